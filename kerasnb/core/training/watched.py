"""The norm of the gradients, for who watches: measured in the compiled loop, of few steps, without a condition in any.

Reading every gradient once more costs a small dense network a tenth of its step on a CPU, and a condition in the step
half as much, taken or not. So the gradients of a step leave the loop over steps, where the next ones overwrite them,
and that loop stops for those that are measured: 3 % of a step of the MNIST network, whose gradients fill half of the
cache, nothing measurable for most others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax

OFTEN, SELDOM = 8, 32  # of so many steps one has its gradients measured; SELDOM in long epochs


class Kept(NamedTuple):
    """The gradients of a step, and what its loss was multiplied with."""

    gradients: list[Any]
    scale: Any


def watched_every(steps: int | None) -> int:
    """Of how many steps one has its gradients measured: at least eight in an epoch that has so many.

    >>> watched_every(100), watched_every(375)
    (8, 32)
    """
    return SELDOM if (steps or 0) >= 8 * SELDOM else OFTEN


def watched_shape(steps: int, watch: int) -> tuple[int, ...]:
    """The shape of the buffer for what the steps give: a loss each, or a loss and a gradient norm."""
    return (steps, 2) if watch else (steps,)


def gradient_norm(kept: Kept) -> Any:
    """The Euclidean norm of all gradients together, as if the loss had not been multiplied."""
    parts = [jnp.vdot(g, g, preferred_element_type=jnp.float32) for g in kept.gradients]
    return jnp.sqrt(sum(parts, jnp.float32(0.0))) / kept.scale


def watched_loop(
    step: Callable[..., tuple[Any, Any]], state: Any, losses: Any, start: Any, stop: Any, watch: int
) -> tuple[Any, Any]:
    """Steps ``start`` to ``stop``, of which those with a number divisible by ``watch`` are measured.

    Args:
        step: takes (number, state, keep=True), gives (state, (loss, Kept)).
        losses: (steps, 2) buffer: the loss of each step, and the norm of its gradients, NaN where it is not measured.
    """

    def body(i: Any, carry: tuple) -> tuple:
        state, losses, _ = carry
        state, (loss, kept) = step(i, state, keep=True)
        return state, losses.at[i].set(jnp.stack([loss.astype(jnp.float32), jnp.float32(jnp.nan)])), kept

    def stretch(k: Any, carry: tuple) -> tuple:
        """The steps up to the k-th that is measured, or to the last of all."""
        measured = k * watch
        begin, end = jnp.maximum(start, measured - watch + 1), jnp.minimum(stop, measured + 1)
        state, losses, kept = lax.fori_loop(begin, end, body, carry)
        norm = jnp.where(end == measured + 1, gradient_norm(kept), jnp.nan)
        return state, losses.at[end - 1, 1].set(norm), kept

    none = Kept([jnp.zeros_like(a) for a in state.trainable], jnp.float32(1.0))
    first, beyond = -(-start // watch), -(-(stop - 1) // watch) + 1  # rounded up
    return lax.fori_loop(first, beyond, stretch, (state, losses, none))[:2]
