"""MelSpectrogram: sound as energies of mel bands over time."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from ...layer import Layer
from ...ops.fourier import stft

# The mel scale of HTK: mel = 1127 ln(1 + f / 700).
_BREAK_HERTZ, _HIGH_Q = 700.0, 1127.0


def _mel(hertz: Any) -> Any:
    return _HIGH_Q * np.log1p(np.asarray(hertz) / _BREAK_HERTZ)


def mel_weights(bands: int, bins: int, sampling_rate: float, low: float, high: float) -> np.ndarray:
    """Triangles that gather frequency bins into mel bands, (bins, bands).

    Args:
        bands: how many bands, equally wide in mels and overlapping by half.
        bins: frequencies from 0 to half the sampling rate.
        sampling_rate: samples a second.
        low, high: the ends of the outer bands, in hertz.
    """
    mels = _mel(np.linspace(0.0, sampling_rate / 2, bins))[1:, None]  # the constant part belongs to no band
    edges = np.linspace(_mel(low), _mel(high), bands + 2)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (mels - left) / (centre - left), (right - mels) / (right - centre)
    return np.pad(np.maximum(0.0, np.minimum(rising, falling)), ((1, 0), (0, 0))).astype(np.float32)


class MelSpectrogram(Layer):
    """Sound as a mel spectrogram: short Fourier transforms, gathered into bands that follow the ear, in decibels.

    Args:
        fft_length: samples of each transform.
        sequence_stride: samples from one transform to the next.
        sequence_length: samples of the window; ``fft_length`` if None.
        window: "hann", "hamming" or None.
        sampling_rate: samples a second.
        num_mel_bins: how many bands.
        min_freq, max_freq: the ends of the bands in hertz; up to half the sampling rate if ``max_freq`` is None.
        power_to_db: whether to give decibels.
        top_db: decibels below the loudest that are cut off.
        mag_exp: power of the magnitude: 1 for amplitude, 2 for energy.
        min_power: smaller powers count as this one, before the logarithm.
        ref_power: the power of 0 decibels.

    Shapes: (samples,) to (num_mel_bins, frames); (batch, samples) to (batch, num_mel_bins, frames).
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.fft_length, self.sequence_stride = fft_length, sequence_stride
        self.sequence_length = sequence_length or fft_length
        if self.sequence_length > fft_length:
            raise ValueError(
                f"MelSpectrogram: sequence_length must be at most fft_length={fft_length}, got {self.sequence_length}."
            )
        self.window, self.sampling_rate, self.num_mel_bins = window, sampling_rate, num_mel_bins
        self.min_freq, self.max_freq = min_freq, max_freq or int(sampling_rate / 2)
        self.power_to_db, self.top_db, self.mag_exp = power_to_db, top_db, mag_exp
        self.min_power, self.ref_power = min_power, ref_power

    def call(self, inputs: Any) -> Any:
        samples = inputs.astype(self.compute_dtype)
        real, imaginary = stft(
            samples, self.sequence_length, self.sequence_stride, self.fft_length, window=self.window, center=True
        )
        power = jnp.sqrt(real**2 + imaginary**2) ** self.mag_exp  # (..., frames, bins)
        weights = mel_weights(
            self.num_mel_bins, self.fft_length // 2 + 1, self.sampling_rate, self.min_freq, self.max_freq
        )
        bands = jnp.swapaxes(power @ jnp.asarray(weights, power.dtype), -1, -2)  # (..., bands, frames)
        return self._decibels(bands) if self.power_to_db else bands

    def _decibels(self, power: Any) -> Any:
        decibels = 10 * jnp.log10(jnp.maximum(power, self.min_power))
        decibels = decibels - 10 * jnp.log10(jnp.maximum(self.ref_power, self.min_power))
        return jnp.maximum(decibels, decibels.max((-2, -1), keepdims=True) - self.top_db)
