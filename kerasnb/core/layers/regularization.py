"""Dropout and noise: random disturbance while training, nothing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ..layer import Layer
from ..random import SeedGenerator
from .arguments import fraction


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
    kept = jax.random.bernoulli(key, 1 - rate, resolve_noise_shape(noise_shape, x.shape))
    return jnp.where(kept, x / (1 - rate), 0)


def resolve_noise_shape(noise_shape: Any, shape: tuple) -> tuple:
    """The mask's shape: the input's where None stands, or everywhere if none is given."""
    if noise_shape is None:
        return shape
    return tuple(n if m is None else m for m, n in zip(noise_shape, shape, strict=True))


def _checked_noise_shape(noise_shape: Any, where: str) -> Any:
    if noise_shape is None:
        return None
    if not isinstance(noise_shape, Sequence):
        raise ValueError(
            f"{where}: noise_shape must be a tuple of sizes or None, got {noise_shape!r}."
        )
    for n in noise_shape:
        if n is not None and (not isinstance(n, int) or n <= 0):
            raise ValueError(
                f"{where}: noise_shape must hold positive integers or None, got {noise_shape!r}."
            )
    return tuple(noise_shape)
