"""Functions of one tensor, number by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import alias, named, op
from .tensors import floating, is_float, tensor

# fmt: off
__all__ = [
    "absolute", "abs", "fabs", "negative", "sign", "signbit", "square", "reciprocal", "sqrt", "rsqrt", "cbrt",
    "exp", "exp2", "expm1", "log", "log10", "log2", "log1p", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "deg2rad", "rad2deg", "sinc", "erf", "erfc", "erfinv",
    "i0", "floor", "ceil", "trunc", "round", "real", "imag", "conjugate", "conj", "angle", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "isreal", "logical_not", "bitwise_not", "bitwise_invert", "copy", "clip",
    "nan_to_num",
]
# fmt: on


def _same(function: Callable, name: str, doc: str, module: str = "numpy") -> Any:
    """A row of the table: the dtype stays."""
    return op(module)(named(lambda x: function(tensor(x)), name, doc))


def _float(function: Callable, name: str, doc: str, module: str = "numpy") -> Any:
    """A row of the table: integers become floats first."""
    return op(module)(named(lambda x: function(floating(x)), name, doc))


# --- sign and size --------------------------------------------------------------------------------------
absolute = _same(lambda x: x if x.dtype == bool else jnp.abs(x), "absolute", "``|x|``.")
abs = alias("abs", absolute)
fabs = _float(jnp.fabs, "fabs", "``|x|`` as floats.")
negative = _same(jnp.negative, "negative", "``-x``.")
sign = _same(jnp.sign, "sign", "-1, 0 or 1 by the sign of x.")
signbit = _same(jnp.signbit, "signbit", "Whether x is below 0, or -0.0.")
square = _same(lambda x: jnp.square(x.astype("int32") if x.dtype == bool else x), "square", "``x^2``.")
reciprocal = _float(jnp.reciprocal, "reciprocal", "``1 / x``.")

# --- roots, powers, logarithms ----------------------------------------------------------------------------
sqrt = _float(jnp.sqrt, "sqrt", "The square root; NaN below 0.")
rsqrt = _float(jax.lax.rsqrt, "rsqrt", "``1 / sqrt(x)``.", "math")
cbrt = _float(jnp.cbrt, "cbrt", "The cube root.")
exp = _float(jnp.exp, "exp", "``e^x``.")
exp2 = _float(jnp.exp2, "exp2", "``2^x``.")
expm1 = _float(jnp.expm1, "expm1", "``e^x - 1``, exact for small x.")
log = _float(jnp.log, "log", "The natural logarithm.")
log10 = _float(jnp.log10, "log10", "The logarithm to base 10.")
log2 = _float(jnp.log2, "log2", "The logarithm to base 2.")
log1p = _float(jnp.log1p, "log1p", "``log(1 + x)``, exact for small x.")

# --- angles -----------------------------------------------------------------------------------------------
sin = _float(jnp.sin, "sin", "The sine of radians.")
cos = _float(jnp.cos, "cos", "The cosine of radians.")
tan = _float(jnp.tan, "tan", "The tangent of radians.")
arcsin = _float(jnp.arcsin, "arcsin", "The inverse sine, in [-pi/2, pi/2].")
arccos = _float(jnp.arccos, "arccos", "The inverse cosine, in [0, pi].")
arctan = _float(jnp.arctan, "arctan", "The inverse tangent, in [-pi/2, pi/2].")
sinh = _float(jnp.sinh, "sinh", "``(e^x - e^-x) / 2``.")
cosh = _float(jnp.cosh, "cosh", "``(e^x + e^-x) / 2``.")
tanh = _float(jnp.tanh, "tanh", "``sinh(x) / cosh(x)``, between -1 and 1.")
arcsinh = _float(jnp.arcsinh, "arcsinh", "The inverse of ``sinh``.")
arccosh = _float(jnp.arccosh, "arccosh", "The inverse of ``cosh``, for x from 1 on.")
arctanh = _float(jnp.arctanh, "arctanh", "The inverse of ``tanh``, for x between -1 and 1.")
deg2rad = _float(jnp.deg2rad, "deg2rad", "Degrees to radians, ``x * pi / 180``.")
rad2deg = _float(jnp.rad2deg, "rad2deg", "Radians to degrees, ``x * 180 / pi``.")
sinc = _float(jnp.sinc, "sinc", "``sin(pi x) / (pi x)``, 1 at 0.")

# --- special functions ------------------------------------------------------------------------------------
erf = _float(jax.lax.erf, "erf", "The error function ``2 / sqrt(pi) * integral of exp(-t^2) from 0 to x``.", "math")
erfc = _float(jax.lax.erfc, "erfc", "``1 - erf(x)``, exact for large x.", "math")
erfinv = _float(jax.lax.erf_inv, "erfinv", "The inverse of ``erf``, for x between -1 and 1.", "math")
i0 = _float(jnp.i0, "i0", "The modified Bessel function of the first kind, order 0.")

# --- rounding ---------------------------------------------------------------------------------------------
floor = _float(jnp.floor, "floor", "The largest whole number not above x, as a float.")
ceil = _float(jnp.ceil, "ceil", "The smallest whole number not below x, as a float.")
trunc = _same(jnp.trunc, "trunc", "x without its fraction.")


@op("numpy")
def round(x: Any, decimals: int = 0) -> Any:
    """The nearest number with that many decimals; halves go to the even neighbour."""
    x = tensor(x)
    if is_float(x):
        return jnp.round(x, decimals)
    return x if decimals >= 0 else jnp.round(x.astype("float32"), decimals).astype(x.dtype)


# --- complex numbers ----------------------------------------------------------------------------------------
real = _same(jnp.real, "real", "The real part.")
imag = _same(jnp.imag, "imag", "The imaginary part, 0 for real numbers.")
conjugate = _same(jnp.conjugate, "conjugate", "The complex conjugate, ``a - ib`` of ``a + ib``.")
conj = alias("conj", conjugate)
angle = _float(jnp.angle, "angle", "The angle of a complex number, in radians.")

# --- questions ----------------------------------------------------------------------------------------------
isfinite = _same(jnp.isfinite, "isfinite", "Whether x is neither infinite nor NaN.")
isinf = _same(jnp.isinf, "isinf", "Whether x is infinite.")
isnan = _same(jnp.isnan, "isnan", "Whether x is not a number.")
isneginf = _same(jnp.isneginf, "isneginf", "Whether x is minus infinity.")
isposinf = _same(jnp.isposinf, "isposinf", "Whether x is plus infinity.")
isreal = _same(jnp.isreal, "isreal", "Whether the imaginary part is 0.")
logical_not = _same(jnp.logical_not, "logical_not", "True where x is 0 or False.")

# --- bits ---------------------------------------------------------------------------------------------------
bitwise_not = _same(jnp.bitwise_not, "bitwise_not", "All bits turned over.")
bitwise_invert = _same(jnp.bitwise_not, "bitwise_invert", "All bits turned over, as ``bitwise_not``.")

copy = _same(jnp.array, "copy", "A copy of the tensor.")


@op("numpy")
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """``min(max(x, x_min), x_max)``."""
    x = tensor(x)
    return jnp.clip(x.astype("int32") if x.dtype == bool else x, x_min, x_max)


@op("numpy")
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """NaN and infinities replaced; infinities by the dtype's largest and smallest number unless given."""
    return jnp.nan_to_num(tensor(x), nan=nan, posinf=posinf, neginf=neginf)
