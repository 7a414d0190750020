"""What XLA is told for each program: which pieces of work its CPU backend hands to its library of fused kernels.

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
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np

OPTION = "xla_cpu_experimental_ynn_fusion_type"
FUSED = "LIBRARY_FUSION_TYPE_DOT,LIBRARY_FUSION_TYPE_REDUCE"
SMALL = 30_000  # a model of so few weights does many small products whatever its layers are


def compiler_options(model: Any) -> dict[str, Any] | None:
    """The options for a model's programs; None on accelerators, and where this jaxlib knows no such option."""
    if jax.default_backend() != "cpu" or not _known():
        return None
    fused = any(layer.many_small_products for layer in model._flatten_layers())
    return {OPTION: FUSED if fused or model.count_params() <= SMALL else ""}


@functools.cache
def _known() -> bool:
    """Whether this jaxlib takes the option: one that it does not know is an error, once for all."""
    try:
        jax.jit(lambda x: x, compiler_options={OPTION: FUSED}).lower(np.float32(0)).compile()
    except Exception:
        return False
    return True
