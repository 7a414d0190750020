"""Sound files in a folder, as a data set."""

from __future__ import annotations

import os
import wave
from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np

from ..data.dataset import Dataset
from .directories import Folder, make_datasets


def read_wav(path: str) -> tuple[np.ndarray, int]:
    """The samples of a PCM ``.wav`` file, float32 of shape (time, channels) from -1 to 1, and its sampling rate in Hz.

    Raises:
        ValueError: it is no PCM file.
    """
    try:
        with wave.open(path, "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(min(file.getnframes(), os.path.getsize(path)))  # the header may claim anything
        data = data[: len(data) // (width * channels) * (width * channels)]
    except (wave.Error, EOFError, RuntimeError, OverflowError, ZeroDivisionError) as error:
        raise ValueError(f"{path} is not a PCM wave file: {error}.") from None
    if width == 1:  # 8 bits are stored without sign
        samples = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 128
    elif width == 3:
        threes = np.frombuffer(data, np.uint8).reshape(-1, 3)
        samples = np.pad(threes, ((0, 0), (1, 0))).reshape(-1).view("<i4").astype(np.float32) / 2**31
    elif width in (2, 4):
        samples = np.frombuffer(data, f"<i{width}").astype(np.float32) / 2 ** (8 * width - 1)
    else:
        raise ValueError(f"{path}: samples of {width} bytes cannot be read; convert the file to 16 bits.")
    return samples.reshape(-1, channels), rate


def resample(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Samples (time, channels) at another rate, by a polyphase low-pass filter."""
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return resample_poly(samples, wanted // common, rate // common, axis=0).astype(np.float32)


def audio_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Sounds from a folder with one subfolder for each class, PCM files ending in ``.wav``.

    Args:
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links,
            verbose: as in ``image_dataset_from_directory``.
        sampling_rate: samples per second (Hz) that every file is brought to; as it is if None.
        output_sequence_length: samples that every sound is cut or filled up with silence to; without it the sounds of
            a batch are filled up to the longest of them.
        ragged: not supported, as arrays have one length; use ``output_sequence_length``.
    Returns:
        A ``Dataset`` of ``(sounds, labels)``: float32 of shape (batch, time, channels) from -1 to 1.
    """
    function = "audio_dataset_from_directory"
    if ragged:
        raise ValueError(f"{function}: ragged batches are not supported; leave ragged out, batches are then filled up.")
    for name, value in (("sampling_rate", sampling_rate), ("output_sequence_length", output_sequence_length)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"{function}: {name} must be a positive integer or None, got {name}={value!r}.")
    folder = Folder(directory, (".wav",), labels, label_mode, class_names, follow_links, "audio")

    def read(path: str) -> np.ndarray:
        samples, rate = read_wav(path)
        if sampling_rate is not None:
            samples = resample(samples, rate, sampling_rate)
        if output_sequence_length is not None:
            samples = samples[:output_sequence_length]
            samples = np.pad(samples, ((0, output_sequence_length - len(samples)), (0, 0)))
        return samples

    def batch(data: Dataset, size: int) -> Dataset:
        return data.batch(size) if output_sequence_length else data.padded_batch(size)

    return make_datasets(folder, read, batch_size, shuffle, seed, validation_split, subset, verbose, batch)
