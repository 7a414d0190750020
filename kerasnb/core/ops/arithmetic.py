"""Functions of two tensors, number by number, with NumPy's broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from .. import config
from .dispatch import named, op
from .tensors import is_float, operands, tensor

# fmt: off
__all__ = [
    "add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "mod", "fmod", "power", "maximum",
    "minimum", "fmax", "fmin", "gcd", "lcm", "arctan2", "hypot", "logaddexp", "logaddexp2", "heaviside",
    "nextafter", "ldexp", "divide_no_nan", "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",
    "logical_and", "logical_or", "logical_xor", "isclose", "allclose", "bitwise_and", "bitwise_or", "bitwise_xor",
    "bitwise_left_shift", "left_shift", "bitwise_right_shift", "right_shift",
]
# fmt: on


def _pair(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x1, x2)."""
    return op("numpy")(named(lambda x1, x2: function(*operands(x1, x2)), name, doc))


def _float_pair(function: Callable, name: str, doc: str) -> Any:
    """A row of the table: integers become floats first."""
    return op("numpy")(named(lambda x1, x2: function(*_floats(x1, x2)), name, doc))


def _bits(function: Callable, name: str, doc: str) -> Any:
    """A row of the table, called with (x, y)."""
    return op("numpy")(named(lambda x, y: function(*operands(x, y)), name, doc))


def _floats(x1: Any, x2: Any) -> list[Any]:
    pair = operands(x1, x2)
    if any(hasattr(x, "dtype") and is_float(x) for x in pair):
        return pair
    return [tensor(x, config.floatx()) for x in pair]


# --- arithmetic ---------------------------------------------------------------------------------------------
add = _pair(jnp.add, "add", "``x1 + x2``.")
subtract = _pair(jnp.subtract, "subtract", "``x1 - x2``.")
multiply = _pair(jnp.multiply, "multiply", "``x1 * x2``.")
divide = _float_pair(jnp.divide, "divide", "``x1 / x2`` as floats.")
true_divide = _float_pair(jnp.divide, "true_divide", "``x1 / x2`` as floats.")
floor_divide = _pair(jnp.floor_divide, "floor_divide", "``floor(x1 / x2)``.")
mod = _pair(jnp.mod, "mod", "The remainder of ``x1 / x2``, with the sign of x2.")
fmod = _pair(jnp.fmod, "fmod", "The remainder of ``x1 / x2``, with the sign of x1.")
power = _pair(jnp.power, "power", "``x1 ^ x2``.")
maximum = _pair(jnp.maximum, "maximum", "The larger number; NaN if one of them is.")
minimum = _pair(jnp.minimum, "minimum", "The smaller number; NaN if one of them is.")
fmax = _pair(jnp.fmax, "fmax", "The larger number; a NaN gives way to a number.")
fmin = _pair(jnp.fmin, "fmin", "The smaller number; a NaN gives way to a number.")
gcd = _pair(jnp.gcd, "gcd", "The greatest common divisor of integers.")
lcm = _pair(jnp.lcm, "lcm", "The least common multiple of integers.")

# --- real functions of two numbers ----------------------------------------------------------------------------
arctan2 = _float_pair(jnp.arctan2, "arctan2", "The angle of the point (x2, x1), in (-pi, pi].")
hypot = _float_pair(jnp.hypot, "hypot", "``sqrt(x1^2 + x2^2)``.")
logaddexp = _float_pair(jnp.logaddexp, "logaddexp", "``log(e^x1 + e^x2)``.")
logaddexp2 = _float_pair(jnp.logaddexp2, "logaddexp2", "``log2(2^x1 + 2^x2)``.")
heaviside = _float_pair(jnp.heaviside, "heaviside", "0 below 0, x2 at 0, 1 above 0.")
nextafter = _float_pair(jnp.nextafter, "nextafter", "The float next to x1 towards x2.")


@op("numpy")
def ldexp(x1: Any, x2: Any) -> Any:
    """``x1 * 2^x2`` for integers x2."""
    x1, x2 = tensor(x1), tensor(x2)
    if is_float(x2):
        raise TypeError(f"ldexp: x2 must hold integers, got dtype {x2.dtype.name}.")
    return jnp.ldexp(x1, x2.astype("int32") if x2.dtype.name == "bool" else x2)


@op("numpy")
def divide_no_nan(x1: Any, x2: Any) -> Any:
    """``x1 / x2``, and 0 where x2 is 0."""
    x1, x2 = _floats(x1, x2)
    safe = jnp.where(x2 == 0, 1, x2)
    return jnp.where(x2 == 0, 0, jnp.divide(x1, safe))


# --- comparisons ------------------------------------------------------------------------------------------------
equal = _pair(jnp.equal, "equal", "``x1 == x2``.")
not_equal = _pair(jnp.not_equal, "not_equal", "``x1 != x2``.")
greater = _pair(jnp.greater, "greater", "``x1 > x2``.")
greater_equal = _pair(jnp.greater_equal, "greater_equal", "``x1 >= x2``.")
less = _pair(jnp.less, "less", "``x1 < x2``.")
less_equal = _pair(jnp.less_equal, "less_equal", "``x1 <= x2``.")
logical_and = _pair(jnp.logical_and, "logical_and", "Whether both are true (not 0).")
logical_or = _pair(jnp.logical_or, "logical_or", "Whether one of them is true (not 0).")
logical_xor = _pair(jnp.logical_xor, "logical_xor", "Whether exactly one of them is true (not 0).")


@op("numpy")
def isclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """``|x1 - x2| <= atol + rtol * |x2|``, number by number."""
    return jnp.isclose(*operands(x1, x2), rtol, atol, equal_nan)


@op("numpy")
def allclose(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether ``isclose`` holds everywhere."""
    return jnp.allclose(*operands(x1, x2), rtol, atol, equal_nan)


# --- bits -------------------------------------------------------------------------------------------------------
bitwise_and = _bits(jnp.bitwise_and, "bitwise_and", "Bits set in both.")
bitwise_or = _bits(jnp.bitwise_or, "bitwise_or", "Bits set in one of them.")
bitwise_xor = _bits(jnp.bitwise_xor, "bitwise_xor", "Bits set in exactly one of them.")
bitwise_left_shift = _bits(jnp.left_shift, "bitwise_left_shift", "``x * 2^y`` by moving bits.")
left_shift = _bits(jnp.left_shift, "left_shift", "``x * 2^y`` by moving bits.")
bitwise_right_shift = _bits(jnp.right_shift, "bitwise_right_shift", "``x // 2^y`` by moving bits.")
right_shift = _bits(jnp.right_shift, "right_shift", "``x // 2^y`` by moving bits.")
