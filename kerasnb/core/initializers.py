"""Initializers: first values of weights, drawn on the host with NumPy.

Nothing is compiled to make a weight. Seeds: an integer gives the same values every time; without
one, draws follow the global seed of ``utils.set_random_seed``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import config, registry
from .registry import Configurable


class Initializer(Configurable):
    """Base: a callable from a shape and dtype to values."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must implement __call__(shape, dtype=None).")

    def clone(self) -> Initializer:
        """A new one of the same configuration."""
        return type(self).from_config(self.get_config())


class RandomInitializer(Initializer):
    """Base of random initializers.

    Args:
        seed: an integer, a SeedGenerator, or None for the global seed.
    """

    def __init__(self, seed: Any = None):
        self._given_seed = seed
        if seed is None:
            seed = int(np.random.randint(0, 2**31 - 1))
        elif isinstance(seed, dict):
            seed = registry.deserialize_keras_object(seed)
        elif not isinstance(seed, (int, np.integer)) and not hasattr(seed, "next"):
            raise ValueError(
                f"{type(self).__name__}: seed must be an integer, a SeedGenerator or None, got seed={seed!r}."
            )
        self.seed = seed

    def _generator(self) -> np.random.Generator:
        seed = self.seed
        if hasattr(seed, "next"):  # a SeedGenerator moves on with each draw
            seed = [int(n) for n in np.asarray(_key_data(seed.next())).ravel()]
        return np.random.default_rng(seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments; the seed as it was given."""
        found = super().get_config()
        found["seed"] = registry.serialize_keras_object(self._given_seed)
        return found


def _key_data(key: Any) -> Any:
    import jax

    return jax.random.key_data(key) if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key) else key


def _dtype(dtype: Any) -> np.dtype:
    import jax.numpy as jnp

    return jnp.dtype(config.standardize_dtype(dtype))


class Zeros(Initializer):
    """All zeros."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        return np.zeros(tuple(shape), _dtype(dtype))


class Ones(Initializer):
    """All ones."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        return np.ones(tuple(shape), _dtype(dtype))


class Constant(Initializer):
    """One value everywhere (or an array that broadcasts to the shape)."""

    def __init__(self, value: Any = 0.0):
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        return np.broadcast_to(np.asarray(self.value), tuple(shape)).astype(_dtype(dtype))


class Identity(Initializer):
    """The identity matrix times ``gain``; for matrices only."""

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        if len(shape) != 2:
            raise ValueError(f"Identity initializer: the shape must have 2 axes, got shape={tuple(shape)}.")
        return (self.gain * np.eye(*shape)).astype(_dtype(dtype))


class RandomNormal(RandomInitializer):
    """Normal with ``mean`` and ``stddev``."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        values = self._generator().standard_normal(tuple(shape), np.float32)
        return (self.mean + self.stddev * values).astype(_dtype(dtype))


class TruncatedNormal(RandomInitializer):
    """Normal with ``mean`` and ``stddev``, draws beyond two deviations drawn again."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        values = truncated_standard_normal(self._generator(), tuple(shape))
        return (self.mean + self.stddev * values).astype(_dtype(dtype))


def truncated_standard_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal values within (-2, 2), by drawing the others again."""
    values = generator.standard_normal(shape, np.float32)
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = generator.standard_normal(int(outside.sum()), np.float32)
        outside = np.abs(values) > 2
    return values


class RandomUniform(RandomInitializer):
    """Uniform between ``minval`` and ``maxval``."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        self.minval, self.maxval = minval, maxval
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        values = self._generator().random(tuple(shape), np.float32)
        return (self.minval + (self.maxval - self.minval) * values).astype(_dtype(dtype))


class VarianceScaling(RandomInitializer):
    """Variance ``scale / n`` with n by ``mode``: number of inputs, outputs, or their mean.

    Args:
        scale: above 0.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: an integer, a SeedGenerator, or None for the global seed.
        input_axes, output_axes: axes that count as inputs and outputs, where the usual reading (last
            two axes, the others as receptive field) does not fit.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: Any = None,
        input_axes: Any = None, output_axes: Any = None,
    ):  # fmt: skip
        if not scale > 0:
            raise ValueError(f"VarianceScaling: scale must be above 0, got scale={scale!r}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"VarianceScaling: mode must be 'fan_in', 'fan_out' or 'fan_avg', got mode={mode!r}.")
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                "VarianceScaling: distribution must be 'truncated_normal', 'untruncated_normal' or 'uniform', "
                f"got distribution={distribution!r}."
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        fan_in, fan_out = fans(tuple(shape), self.input_axes, self.output_axes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, count)
        generator = self._generator()
        if self.distribution == "truncated_normal":
            # A standard normal cut at two deviations has deviation 0.8796...
            values = math.sqrt(variance) / 0.87962566103423978 * truncated_standard_normal(generator, tuple(shape))
        elif self.distribution == "untruncated_normal":
            values = math.sqrt(variance) * generator.standard_normal(tuple(shape), np.float32)
        else:
            limit = math.sqrt(3.0 * variance)
            values = limit * (2 * generator.random(tuple(shape), np.float32) - 1)
        return values.astype(_dtype(dtype))


def fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[float, float]:
    """How many inputs reach a unit, and how many units an input reaches.

    >>> fans((3, 3, 8, 16))
    (72, 144)
    """
    if input_axes is not None or output_axes is not None:

        def axes(given: Any) -> list[int]:
            given = [given] if isinstance(given, int) else list(given or ())
            return [a % len(shape) for a in given]

        inputs, outputs = axes(input_axes), axes(output_axes)
        rest = math.prod(n for i, n in enumerate(shape) if i not in inputs + outputs)
        return rest * math.prod(shape[i] for i in inputs), rest * math.prod(shape[i] for i in outputs)
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def _scaled(name: str, scale: float, mode: str, distribution: str, source: str) -> type:
    def __init__(self: Any, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        VarianceScaling.__init__(self, scale, mode, distribution, seed, input_axes, output_axes)

    def get_config(self: Any) -> dict[str, Any]:
        return {
            "seed": registry.serialize_keras_object(self._given_seed),
            "input_axes": self.input_axes, "output_axes": self.output_axes,
        }  # fmt: skip

    text = f"{distribution.replace('_', ' ').capitalize()} with variance {scale:g} / {mode} ({source})."
    members = {"__init__": __init__, "get_config": get_config, "__doc__": text, "__module__": __name__}
    return type(name, (VarianceScaling,), members)


GlorotUniform = _scaled("GlorotUniform", 1.0, "fan_avg", "uniform", "Glorot & Bengio 2010")
GlorotNormal = _scaled("GlorotNormal", 1.0, "fan_avg", "truncated_normal", "Glorot & Bengio 2010")
LecunNormal = _scaled("LecunNormal", 1.0, "fan_in", "truncated_normal", "LeCun et al. 1998")
LecunUniform = _scaled("LecunUniform", 1.0, "fan_in", "uniform", "LeCun et al. 1998")
HeNormal = _scaled("HeNormal", 2.0, "fan_in", "truncated_normal", "He et al. 2015")
HeUniform = _scaled("HeUniform", 2.0, "fan_in", "uniform", "He et al. 2015")


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal rows or columns, times ``gain`` (Saxe et al. 2014)."""

    def __init__(self, gain: float = 1.0, seed: Any = None):
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal initializer: the shape needs at least 2 axes, got shape={tuple(shape)}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        values = self._generator().standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(values)
        q *= np.sign(np.diag(r))  # makes the distribution uniform over all such matrices
        q = q.T if rows < columns else q
        return (self.gain * q.reshape(tuple(shape))).astype(_dtype(dtype))


class STFT(Initializer):
    """Kernels of a short-time Fourier transform: shape (window, 1, frequencies).

    Args:
        side: "real" (cosines) or "imag" (sines).
        window: name of a scipy window, an array, or None.
        scaling: "density", "spectrum" or None.
        periodic: whether the window is periodic.
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ):
        if side not in ("real", "imag"):
            raise ValueError(f"STFT initializer: side must be 'real' or 'imag', got side={side!r}.")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                f"STFT initializer: scaling must be 'density', 'spectrum' or None, got scaling={scaling!r}."
            )
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Any:
        length, _, frequencies = shape
        n = np.arange(length).reshape(-1, 1, 1)
        k = np.arange(frequencies).reshape(1, 1, -1)
        fft_length = (frequencies - 1) * 2
        angle = 2 * np.pi / fft_length * k * n
        values = np.cos(angle) if self.side == "real" else -np.sin(angle)
        window: Any = np.ones(length)
        if isinstance(self.window, str):
            from scipy.signal import get_window

            window = get_window(self.window, length, self.periodic)
        elif self.window is not None:
            window = np.asarray(self.window)
        if self.scaling == "density":
            window = window / np.sqrt(np.sum(window**2))
        elif self.scaling == "spectrum":
            window = window / np.sqrt(np.sum(window) ** 2)
        return (values * window.reshape(-1, 1, 1)).astype(_dtype(dtype))


IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT

# fmt: off
TABLE: dict[str, Any] = {
    c.__name__: c for c in (
        Zeros, Ones, Constant, Identity, RandomNormal, TruncatedNormal, RandomUniform, VarianceScaling, GlorotUniform,
        GlorotNormal, LecunNormal, LecunUniform, HeNormal, HeUniform, Orthogonal, STFT, Initializer,
    )
} | {
    "zeros": Zeros, "zero": Zeros, "ones": Ones, "one": Ones, "constant": Constant, "identity": Identity,
    "eye": Identity,
    "random_normal": RandomNormal, "normal": RandomNormal, "truncated_normal": TruncatedNormal,
    "random_uniform": RandomUniform, "uniform": RandomUniform, "variance_scaling": VarianceScaling,
    "glorot_uniform": GlorotUniform, "glorot_normal": GlorotNormal, "lecun_normal": LecunNormal,
    "lecun_uniform": LecunUniform, "he_normal": HeNormal, "he_uniform": HeUniform, "orthogonal": Orthogonal,
    "OrthogonalInitializer": Orthogonal, "IdentityInitializer": Identity, "STFTInitializer": STFT, "stft": STFT,
    "xavier_uniform": GlorotUniform, "xavier_normal": GlorotNormal,
}
# fmt: on


def get(identifier: Any) -> Any:
    """The initializer that a name, dict, array or object stands for."""
    if isinstance(identifier, np.ndarray) or (hasattr(identifier, "__array__") and not callable(identifier)):
        values = np.asarray(identifier)

        def from_array(shape: Sequence[int], dtype: Any = None) -> Any:
            if tuple(shape) != values.shape:
                raise ValueError(
                    f"The array given as initializer has shape {values.shape}, the weight has shape {tuple(shape)}."
                )
            return values.astype(_dtype(dtype))

        return from_array
    found = registry.lookup(identifier, TABLE, "initializer", Initializer)
    return found


def serialize(initializer: Any) -> Any:
    """An initializer in archive form."""
    return registry.serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The initializer that ``serialize`` described."""
    return registry.deserialize_keras_object(config, custom_objects, module_objects=TABLE)
