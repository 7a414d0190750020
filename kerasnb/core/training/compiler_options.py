"""What XLA's CPU backend is told for each program: what goes to its library of fused kernels, how wide its own are.

Measured on jaxlib 0.10 and two cores, time of an epoch beside that with the library's products alone:

| network | products and sums fused | nothing fused |
|---|---|---|
| MNIST, 784-256-128-10 | 1.01 | 0.91 |
| embedding, mean, two small layers | 1.0 | 0.75 |
| two convolutions, batch normalization | 1.0 | 0.92 |
| 13-64-64-1 | 0.98 | 1.13 |
| LSTM 128 | 0.90 | 1.05 |
| transformer, two blocks 64 wide | 0.83 | 1.03 |

The library's convolutions, which XLA takes by default, run on one core and take three times as long: never.

Loops that it writes itself use the processor's whole vectors where those have 512 bits, not half of them, which is its
default since processors of 2017 slowed down at it: an epoch of the MNIST network takes 0.93 of the time, of the others
0.97 to 1. Where vectors are shorter it changes nothing.

And it is told to keep barriers: arrays which layers want made once (layers/once.py).
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np

OPTION = "xla_cpu_experimental_ynn_fusion_type"
FUSED = "LIBRARY_FUSION_TYPE_DOT,LIBRARY_FUSION_TYPE_REDUCE"
VECTORS = "xla_cpu_prefer_vector_width"
WIDEST = 512  # bits
BARRIERS = "xla_disable_hlo_passes"
# The pass that would throw them out before it is decided what is computed together; and the one that hands loops over
# less than a kilobyte to a part of the backend that knows no barriers.
KEPT = "cse_barrier_expander,small-while-loop-hoisting"
SMALL = 30_000  # a model of so few weights does many small products whatever its layers are


def compiler_options(model: Any) -> dict[str, Any] | None:
    """The options for a model's programs; None on accelerators, and where this jaxlib knows none of them."""
    if jax.default_backend() != "cpu":
        return None
    fused = any(layer.many_small_products for layer in model._flatten_layers())
    wanted = _options(FUSED if fused or model.count_params() <= SMALL else "")
    return {name: wanted[name] for name in _known(*wanted)} or None


def _options(fused: str) -> dict[str, Any]:
    return {OPTION: fused, VECTORS: WIDEST, BARRIERS: KEPT}


@functools.cache
def _known(*names: str) -> tuple[str, ...]:
    """Which of the options this jaxlib takes, found out once: one that it does not know is an error of the compiler."""
    if _taken(names):
        return names
    return tuple(name for name in names if _taken((name,)))


def _taken(names: tuple[str, ...]) -> bool:
    values = _options(FUSED)
    try:
        options: Any = {name: values[name] for name in names}
        jax.jit(lambda x: x, compiler_options=options).lower(np.float32(0)).compile()
    except Exception:
        return False
    return True
