"""The dtype that arithmetic between several dtypes gives."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from . import config


def result_type(*dtypes: Any) -> str:
    """The dtype in which values of the given dtypes meet, by JAX's lattice with Keras's default float.

    Python's ``int``, ``float`` and ``bool`` are weak: they bend to the others. Without 64-bit mode a 64-bit result
    comes as its 32-bit kin.

    Args:
        dtypes: names, types or ``int``, ``float``, ``bool``; None stands for the default float type.
    Raises:
        ValueError: an unknown dtype, text, or different 8-bit floats, which nothing converts silently.

    >>> result_type("int32", "float16"), result_type("float16", float), result_type(int, float)
    ('float16', 'float16', 'float32')
    """
    if not dtypes:
        return config.floatx()
    if all(d is int or d is float or d is bool for d in dtypes):
        return config.floatx() if float in dtypes else "int32" if int in dtypes else "bool"
    operands = [d if d is int or d is float or d is bool else config.standardize_dtype(d) for d in dtypes]
    names = [d for d in operands if isinstance(d, str)]
    if "string" in names:
        raise ValueError("result_type: text has no common dtype with anything, got 'string' among the dtypes.")
    small = sorted({n for n in names if n.startswith("float8")})
    if small and set(names) != set(small[:1]):
        raise ValueError(
            f"result_type: 8-bit floats are never converted silently, got {names}. Cast with ops.cast first."
        )
    if "uint64" in names and any(n.startswith("int") for n in names):
        return config.floatx()  # no integer type holds both
    canonical = [jax.dtypes.canonicalize_dtype(d) if isinstance(d, str) else d for d in operands]
    return jnp.result_type(*canonical).name
