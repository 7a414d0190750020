"""Dropout and noise: random disturbance while training, nothing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import regularizers
from ..layer import InputSpec, Layer
from ..random import SeedGenerator
from .arguments import fraction, standardize_data_format
from .random_bits import random_words


class _Noise(Layer):
    """Base: a seeded generator that only layers with something to disturb carry."""

    supports_masking = True

    def _seed(self, seed: int | None, needed: Any) -> None:
        self.seed = seed
        if needed:
            self.seed_generator = SeedGenerator(seed)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class Dropout(_Noise):
    """Set a random share of the inputs to zero while training, scale the rest up.

    Each number is kept with probability ``1 - rate`` and then multiplied by ``1 / (1 - rate)``, so
    that sums keep their expected value.

    Args:
        rate: share that is dropped, from 0 to 1.
        noise_shape: shape of the random mask, None or 1 where it is to be shared along an axis; by
            default one draw per number.
        seed: an integer that makes the draws reproducible.

    Shapes: any, unchanged.

    Source: Srivastava et al., Dropout, JMLR 2014.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rate = fraction(rate, "rate", "Dropout")
        self.noise_shape = _checked_noise_shape(noise_shape, "Dropout")
        self._seed(seed, rate > 0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        return drop(inputs, self.rate, self.noise_shape, self.seed_generator.next())


def drop(x: Any, rate: float, noise_shape: Any, key: Any) -> Any:
    """Zero a share ``rate`` of ``x``, one draw per entry of ``noise_shape``; scale the rest."""
    if rate >= 1:
        return jnp.zeros_like(x)
    return jnp.where(kept(key, 1 - rate, resolve_noise_shape(noise_shape, x.shape)), x / (1 - rate), 0)


def kept(key: Any, share: float, shape: tuple) -> Any:
    """A mask that is True with probability ``share``, from 16 random bits a place, or 8 where those are exact.

    Random bits are most of the work of a dropout. Shares within 1 % of 0 or 1, which 16 bits would round too
    coarsely, get the usual 32.
    """
    if not shape or not 0.01 <= share <= 0.99 or not all(isinstance(n, int) for n in shape):
        return jax.random.bernoulli(key, share, shape)
    width = 8 if float(share * 2**8).is_integer() else 16
    pieces, threshold = 32 // width, np.uint32(round(share * 2**width))
    *rows, n = shape
    bits = random_words(key, (*rows, -(-n // pieces)))
    low = np.uint32(2**width - 1)
    return jnp.concatenate([(bits >> np.uint32(i * width)) & low < threshold for i in range(pieces)], -1)[..., :n]


def resolve_noise_shape(noise_shape: Any, shape: tuple) -> tuple:
    """The mask's shape: the input's where None stands, or everywhere if none is given."""
    if noise_shape is None:
        return shape
    return tuple(n if m is None else m for m, n in zip(noise_shape, shape, strict=True))


def _checked_noise_shape(noise_shape: Any, where: str) -> Any:
    if noise_shape is None:
        return None
    if not isinstance(noise_shape, Sequence):
        raise ValueError(f"{where}: noise_shape must be a tuple of sizes or None, got {noise_shape!r}.")
    for n in noise_shape:
        if n is not None and (not isinstance(n, int) or n <= 0):
            raise ValueError(f"{where}: noise_shape must hold positive integers or None, got {noise_shape!r}.")
    return tuple(noise_shape)


class SpatialDropout(_Noise):
    """Drop whole channels: one draw per sample and channel; see ``Dropout``."""

    rank = 1
    data_format = "channels_last"

    def _setup(self, rate: float, seed: int | None) -> None:
        self.rate = fraction(rate, "rate", type(self).__name__)
        self._seed(seed, rate > 0)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        ones = (1,) * self.rank
        noise_shape = (None, *ones, None) if self.data_format == "channels_last" else (None, None, *ones)
        return drop(inputs, self.rate, noise_shape, self.seed_generator.next())

    def get_config(self) -> dict[str, Any]:
        # The constructor takes a name and a dtype, not trainable: there is nothing to train.
        config = super().get_config()
        config.pop("trainable")
        return config


class SpatialDropout1D(SpatialDropout):
    """Drop whole features of a sequence, at all time steps together.

    Neighbouring steps are alike, so that dropping single numbers would hide little.

    Args:
        rate: share of the features that is dropped, from 0 to 1.
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, steps, features), unchanged.

    Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, CVPR 2015.
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self._setup(rate, seed)


class SpatialDropout2D(SpatialDropout):
    """Drop whole channels of an image; see ``SpatialDropout1D``.

    Args:
        rate: share of the channels that is dropped, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, height, width, channels), unchanged.
    """

    rank = 2

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)
        self._setup(rate, seed)


class SpatialDropout3D(SpatialDropout):
    """Drop whole channels of a volume; see ``SpatialDropout1D``.

    Args:
        rate: share of the channels that is dropped, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: an integer that makes the draws reproducible.

    Shapes: (batch, depth, height, width, channels), unchanged.
    """

    rank = 3

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)
        self._setup(rate, seed)


class GaussianNoise(_Noise):
    """Add normally distributed noise while training.

    Args:
        stddev: standard deviation of the noise, from 0 to 1.
        seed: an integer that makes the draws reproducible.

    Shapes: any, unchanged.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.stddev = fraction(stddev, "stddev", "GaussianNoise")
        self._seed(seed, stddev > 0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.stddev == 0:
            return inputs
        noise = jax.random.normal(self.seed_generator.next(), inputs.shape, inputs.dtype)
        return inputs + self.stddev * noise


class GaussianDropout(_Noise):
    """Multiply by normally distributed noise of mean 1 while training.

    Its standard deviation is ``sqrt(rate / (1 - rate))``, that of dropout with the same rate.

    Args:
        rate: the rate of the dropout it stands for, from 0 to 1.
        seed: an integer that makes the draws reproducible.

    Shapes: any, unchanged.

    Source: Srivastava et al., Dropout, JMLR 2014, section 10.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = fraction(rate, "rate", "GaussianDropout")
        self._seed(seed, rate > 0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        # At rate 1 the deviation is infinite; the smallest step below 1 keeps it a number.
        deviation = (self.rate / max(1 - self.rate, 1e-7)) ** 0.5
        noise = jax.random.normal(self.seed_generator.next(), inputs.shape, inputs.dtype)
        return inputs * (1 + deviation * noise)


class AlphaDropout(_Noise):
    """Dropout for SELU networks: it keeps mean and variance of standardized inputs.

    Dropped numbers become SELU's lower limit ``a = -scale * alpha``; everything is then mapped
    by ``k x + b`` with ``k = ((1 - rate) (1 + rate a**2))**-0.5`` and ``b = -k a rate``.

    Args:
        rate: share that is dropped, from 0 to 1.
        noise_shape: as in ``Dropout``.
        seed: an integer that makes the draws reproducible.

    Shapes: any, unchanged.

    Source: Klambauer et al., Self-Normalizing Neural Networks, NIPS 2017.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.rate = fraction(rate, "rate", "AlphaDropout")
        self.noise_shape = _checked_noise_shape(noise_shape, "AlphaDropout")
        self._seed(seed, rate > 0)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return jnp.zeros_like(inputs)
        low = -1.6732632423543772 * 1.0507009873554805
        k = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        shape = resolve_noise_shape(self.noise_shape, inputs.shape)
        mask = kept(self.seed_generator.next(), 1 - self.rate, shape)
        return k * jnp.where(mask, inputs, low) - k * low * self.rate


class ActivityRegularization(Layer):
    """Add a penalty of the inputs to the loss: ``l1 * sum(|x|) + l2 * sum(x**2)``.

    Args:
        l1: factor of the absolute values, at least 0.
        l2: factor of the squares, at least 0.

    Shapes: any, unchanged.
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config
