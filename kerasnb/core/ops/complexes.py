"""Complex numbers out of real ones and back."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import op
from .tensors import floating, tensor

# fmt: off
__all__ = [
    "polar", "view_as_complex", "view_as_real",
]
# fmt: on


@op("nn")
def polar(abs_: Any, angle: Any) -> Any:
    """Complex numbers of the given size and angle (radians)."""
    size, angle = floating(abs_), floating(angle)
    return jax.lax.complex(size * jnp.cos(angle), size * jnp.sin(angle))


@op("math")
def view_as_complex(x: Any) -> Any:
    """Complex numbers from pairs (real, imaginary) in the last axis."""
    x = floating(x)
    if not x.ndim or x.shape[-1] != 2:
        raise ValueError(f"view_as_complex: the last axis must hold 2 numbers, got shape {x.shape}.")
    return jax.lax.complex(x[..., 0], x[..., 1])


@op("math")
def view_as_real(x: Any) -> Any:
    """Pairs (real, imaginary) in a new last axis."""
    x = tensor(x)
    return jnp.stack([jnp.real(x), jnp.imag(x)], axis=-1)
