"""STFTSpectrogram: sound as short Fourier transforms, by convolution with learnable waves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...config import standardize_data_format
from ...layer import Layer
from ..arguments import positive_int, standardize_padding

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of sounds, in one of several forms.

    Args:
        mode: "log" (of the magnitude), "magnitude", "psd" (power), "real", "imag", "angle" (in radians), or "stft"
            (real parts, then imaginary ones).
        frame_length: samples in a frame.
        frame_step: samples from one frame to the next; half a frame if None.
        fft_length: length of the transform, at least ``frame_length``; as long as a frame if None.
        window: a name that SciPy knows, ``frame_length`` numbers, or None.
        periodic: whether the window is periodic (for spectra) or symmetric.
        scaling: "density", "spectrum" or None: what the window is divided by.
        padding: "valid" or "same".
        expand_dims: whether frequencies and channels get an axis each.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, samples, channels) to (batch, frames, frequencies * channels), or with ``expand_dims`` to (batch,
    frames,
    frequencies, channels); frequencies is ``fft_length // 2 + 1``.

    The waves are weights: training may tune them; set ``trainable=False`` to keep them.
    """

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: str | None = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        where = "STFTSpectrogram"
        if mode not in _MODES:
            raise ValueError(f"{where}: mode must be one of {_MODES}, got mode={mode!r}.")
        self.mode = mode
        self.frame_length = positive_int(frame_length, "frame_length", where)
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(f"{where}: frame_step must lie from 1 to frame_length, got frame_step={frame_step!r}.")
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(f"{where}: fft_length must be at least frame_length, got fft_length={fft_length!r}.")
        if scaling not in ("density", "spectrum", None):
            raise ValueError(f"{where}: scaling must be 'density', 'spectrum' or None, got scaling={scaling!r}.")
        self.frame_step, self.fft_length = frame_step, fft_length
        self.window, self.periodic, self.scaling = window, periodic, scaling
        self.padding = standardize_padding(padding, where)
        self.expand_dims = expand_dims
        self.data_format = standardize_data_format(data_format)

    def _waves(self) -> tuple[np.ndarray, np.ndarray]:
        """Windowed cosines and negative sines, (frame_length, 1, frequencies) each."""
        length, transform = self.frame_length, self.fft_length or self.frame_length
        if self.window is None:
            window = np.ones(length)
        elif isinstance(self.window, str):
            from scipy.signal import get_window

            window = get_window(self.window, length, fftbins=self.periodic)
        else:
            window = np.asarray(self.window, np.float64)
            if window.shape != (length,):
                raise ValueError(f"STFTSpectrogram: window must hold {length} numbers, got shape {window.shape}.")
        scaling = self.scaling if self.window is not None else None  # without a window there is nothing to make up for
        if scaling == "density":
            window = window / np.sqrt((window**2).sum())
        elif scaling == "spectrum":
            window = window / window.sum()
        angle = 2 * np.pi * np.arange(length)[:, None] * np.arange(transform // 2 + 1) / transform
        cosines, sines = window[:, None] * np.cos(angle), -window[:, None] * np.sin(angle)
        return cosines[:, None, :].astype(np.float32), sines[:, None, :].astype(np.float32)

    def build(self, input_shape: Sequence[int | None]) -> None:
        cosines, sines = self._waves()
        self.real_kernel = self.imag_kernel = None
        if self.mode != "imag":
            self.real_kernel = self.add_weight(cosines.shape, _values(cosines), name="real_kernel")
        if self.mode != "real":
            self.imag_kernel = self.add_weight(sines.shape, _values(sines), name="imag_kernel")

    def _transform(self, samples: Any, kernel: Any) -> Any:
        """One part of each channel's transform, (batch, channels, frames, frequencies)."""
        batch, channels, length = samples.shape
        step = self.frame_step or self.frame_length // 2
        out = jax.lax.conv_general_dilated(
            samples.reshape(batch * channels, length, 1), jnp.asarray(kernel.get_value(), samples.dtype), (step,),
            self.padding.upper(), dimension_numbers=("NWC", "WIO", "NWC"),
        )  # fmt: skip
        return out.reshape(batch, channels, *out.shape[1:])

    def call(self, inputs: Any) -> Any:
        samples = inputs.astype(self.compute_dtype)
        if self.data_format == "channels_last":
            samples = jnp.swapaxes(samples, 1, 2)  # (batch, channels, samples)
        real = self._transform(samples, self.real_kernel) if self.mode != "imag" else None
        imaginary = self._transform(samples, self.imag_kernel) if self.mode != "real" else None
        out = self._form(real, imaginary)  # (batch, channels, frames, frequencies)
        if self.expand_dims:
            return jnp.moveaxis(out, 1, -1) if self.data_format == "channels_last" else jnp.swapaxes(out, 2, 3)
        out = jnp.moveaxis(out, 1, 2)  # (batch, frames, channels, frequencies)
        out = out.reshape(*out.shape[:2], -1)
        return out if self.data_format == "channels_last" else jnp.swapaxes(out, 1, 2)

    def _form(self, real: Any, imaginary: Any) -> Any:
        if self.mode == "real":
            return real
        if self.mode == "imag":
            return imaginary
        if self.mode == "stft":
            return jnp.concatenate([real, imaginary], -1)
        if self.mode == "angle":
            return jnp.arctan2(jnp.where(imaginary == 0, 0.0, imaginary), real)  # never -pi for a negative zero
        power = real**2 + imaginary**2
        if self.mode == "psd":
            # the two halves of the spectrum in one; 0 and the highest frequency occur once
            twice = np.full(power.shape[-1], 2.0)
            twice[0] = 1.0
            if (self.fft_length or self.frame_length) % 2 == 0:
                twice[-1] = 1.0
            return power * jnp.asarray(twice, power.dtype)
        magnitude = jnp.sqrt(power)
        return jnp.log(jnp.maximum(magnitude, 1e-7)) if self.mode == "log" else magnitude


def _values(array: np.ndarray) -> Any:
    """An initializer that gives exactly these numbers."""
    return lambda shape, dtype=None: array
