"""Spectral normalization: a layer whose kernel is kept at spectral norm 1."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from ..layer import Layer
from .arguments import positive_int
from .core import Wrapper


class SpectralNormalization(Wrapper):
    """Divide a layer's kernel by its largest singular value at every training step.

    The value is estimated by power iteration: ``v = u W^T / |u W^T|``, ``u = v W / |v W|``,
    ``sigma = v W u^T``, with ``W`` the kernel as a matrix (all, last axis) and ``u`` kept between
    steps.

    Args:
        layer: a layer with a ``kernel`` or ``embeddings``.
        power_iterations: how many iterations a step makes.

    Source: Miyato et al., Spectral Normalization for GANs, ICLR 2018.
    """

    def __init__(self, layer: Layer, power_iterations: int = 1, **kwargs: Any):
        super().__init__(layer, **kwargs)
        self.power_iterations = positive_int(power_iterations, "power_iterations", "SpectralNormalization")

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        for name in ("kernel", "embeddings"):
            if getattr(self.layer, name, None) is not None:
                self.kernel = getattr(self.layer, name)
                break
        else:
            raise ValueError(
                f"SpectralNormalization wraps a layer with a kernel or embeddings, got "
                f"{type(self.layer).__name__} {self.layer.name!r}, which has neither."
            )
        self.vector_u = self.add_weight((1, self.kernel.shape[-1]), "random_normal", trainable=False, name="vector_u")

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            u, kernel = self._normalized()
            self.vector_u.assign(u)
            self.kernel.assign(kernel)
        return self.layer(inputs)

    def _normalized(self) -> tuple[Any, Any]:
        kernel = self.kernel.value
        matrix = kernel.reshape(-1, kernel.shape[-1])
        u = self.vector_u.value.astype(matrix.dtype)
        for _ in range(self.power_iterations):
            v = _unit(u @ matrix.T)  # (1, rows)
            u = _unit(v @ matrix)  # (1, columns)
        u, v = lax.stop_gradient(u), lax.stop_gradient(v)
        sigma = (v @ matrix @ u.T)[0, 0]
        # A kernel of zeros has no direction to divide by and stays as it is.
        empty = jnp.all(kernel == 0)
        safe = jnp.where(empty, 1, sigma)
        return jnp.where(empty, self.vector_u.value.astype(u.dtype), u), kernel / safe

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)


def _unit(x: Any) -> Any:
    return x * lax.rsqrt(jnp.maximum((x * x).sum(), 1e-12))
