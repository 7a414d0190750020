"""Fourier transforms. Complex numbers travel as pairs (real, imaginary), as in Keras."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .dispatch import op
from .tensors import floating, tensor

# fmt: off
__all__ = [
    "fft", "fft2", "ifft2", "rfft", "irfft", "extract_sequences", "stft", "istft",
]
# fmt: on


def _complex(x: Any, name: str) -> Any:
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(f"{name} expects a pair (real, imaginary), got {type(x).__name__}.")
    real, imag = floating(x[0]), floating(x[1])
    if real.shape != imag.shape:
        raise ValueError(f"{name}: real and imaginary part differ in shape: {real.shape} and {imag.shape}.")
    return jax.lax.complex(real.astype("float32"), imag.astype("float32"))


def _pair(z: Any) -> tuple[Any, Any]:
    return jnp.real(z), jnp.imag(z)


@op("math", as_class="FFT")
def fft(x: Any) -> tuple[Any, Any]:
    """The discrete Fourier transform along the last axis."""
    return _pair(jnp.fft.fft(_complex(x, "fft")))


@op("math", as_class="FFT2")
def fft2(x: Any) -> tuple[Any, Any]:
    """The discrete Fourier transform over the last two axes."""
    return _pair(jnp.fft.fft2(_complex(x, "fft2")))


@op("math", as_class="IFFT2")
def ifft2(x: Any) -> tuple[Any, Any]:
    """The inverse of ``fft2``."""
    return _pair(jnp.fft.ifft2(_complex(x, "ifft2")))


@op("math", as_class="RFFT")
def rfft(x: Any, fft_length: int | None = None) -> tuple[Any, Any]:
    """The Fourier transform of real numbers along the last axis: ``fft_length // 2 + 1`` frequencies."""
    return _pair(jnp.fft.rfft(floating(x), n=fft_length))


@op("math", as_class="IRFFT")
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """The inverse of ``rfft``: ``fft_length`` real numbers, by default ``2 (n - 1)`` for n frequencies."""
    return jnp.fft.irfft(_complex(x, "irfft"), n=fft_length)


@op("math")
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Overlapping pieces of the last axis: (..., n) to (..., pieces, ``sequence_length``)."""
    x = tensor(x)
    pieces = 1 + (x.shape[-1] - sequence_length) // sequence_stride
    starts = np.arange(max(pieces, 0)) * sequence_stride
    return x[..., starts[:, None] + np.arange(sequence_length)]


def _window(window: Any, sequence_length: int, fft_length: int) -> np.ndarray:
    """The window's numbers, with zeros around up to ``fft_length``."""
    if window is None:
        numbers = np.ones(sequence_length, "float32")
    elif isinstance(window, str):
        kinds = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}
        if window not in kinds:
            raise ValueError(f"window must be 'hann', 'hamming', None or a tensor, got window={window!r}.")
        a, b = kinds[window]
        numbers = a - b * np.cos(2 * np.pi * np.arange(sequence_length) / sequence_length)
    else:
        numbers = np.asarray(window)
        if numbers.shape != (sequence_length,):
            raise ValueError(f"window must have shape ({sequence_length},) like the sequences, got {numbers.shape}.")
    before = (fft_length - sequence_length) // 2
    return np.pad(numbers, (before, fft_length - sequence_length - before)).astype("float32")


def _check_lengths(sequence_length: int, fft_length: int) -> None:
    if fft_length < sequence_length:
        raise ValueError(
            f"fft_length must be at least sequence_length, got fft_length={fft_length} and "
            f"sequence_length={sequence_length}."
        )


@op("math", as_class="STFT")
def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> tuple[Any, Any]:
    """The short-time Fourier transform: ``rfft`` of overlapping, windowed pieces.

    Args:
        x: real numbers (..., samples).
        sequence_length: samples in a piece.
        sequence_stride: samples from one piece to the next.
        fft_length: length of the transform, at least ``sequence_length``.
        window: "hann", "hamming", None or ``sequence_length`` numbers.
        center: whether the samples are reflected at both ends, so that the k-th piece is centred at ``k * stride``.

    Returns: real and imaginary part, (..., pieces, ``fft_length // 2 + 1``).
    """
    _check_lengths(sequence_length, fft_length)
    x = floating(x)
    if center:
        half = fft_length // 2
        x = jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="reflect")
    pieces = extract_sequences.direct(x, fft_length, sequence_stride)
    return _pair(jnp.fft.rfft(pieces * _window(window, sequence_length, fft_length)))


@op("math", as_class="ISTFT")
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Any:
    """The inverse of ``stft``: windowed pieces added up, divided by the windows' squares.

    Args:
        x: real and imaginary part, (..., pieces, ``fft_length // 2 + 1``).
        sequence_length, sequence_stride, fft_length, window, center: as given to ``stft``.
        length: samples of the result; what the pieces hold by default.
    """
    _check_lengths(sequence_length, fft_length)
    pieces = jnp.fft.irfft(_complex(x, "istft"), n=fft_length)
    weights = _window(window, sequence_length, fft_length)
    count = pieces.shape[-2]
    total = (count - 1) * sequence_stride + fft_length
    places = np.arange(count)[:, None] * sequence_stride + np.arange(fft_length)
    signal = jnp.zeros((*pieces.shape[:-2], total), pieces.dtype).at[..., places].add(pieces * weights)
    norm = np.zeros(total, "float32")
    np.add.at(norm, places, np.square(weights) + np.zeros_like(places, "float32"))
    signal = signal / np.where(norm > 1e-11, norm, 1.0)
    start = fft_length // 2 if center else 0
    stop = start + length if length is not None else total - (fft_length // 2 if center else 0)
    return signal[..., start:stop]
