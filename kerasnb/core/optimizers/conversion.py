"""Values that optimizers take in: rates, initializers, arrays for a Variable; and branches on traced flags."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..registry import constructor_parameters, did_you_mean, to_config_value
from ..variable import Variable, binding, values


def run_if(flag: Any, variables: Sequence[Variable], body: Callable[[], None]) -> None:
    """Let ``body`` change the Variables if the flag (maybe traced) is true."""
    if not isinstance(flag, jax.core.Tracer):
        if bool(flag):
            body()
        return
    unique = list({id(v): v for v in variables}.values())

    def taken(arrays: list[Any]) -> list[Any]:
        with binding(unique, arrays):
            body()
            return values(unique)

    after = lax.cond(flag, taken, lambda arrays: arrays, values(unique))
    for variable, array in zip(unique, after, strict=True):
        variable.set_raw_value(array)


def rate_config(rate: Any) -> Any:
    """A learning rate as configuration: a number, a serialized schedule or a function's name."""
    return float(rate.numpy()) if isinstance(rate, Variable) else to_config_value(rate)


def raw(value: Any) -> Any:
    return value.value if isinstance(value, Variable) else value


def array_like(value: Any, like: Variable) -> Any:
    return jnp.asarray(raw(value), like._raw_value.dtype)


def host_value(initializer: Any, shape: tuple[int, ...], dtype: str) -> Any:
    if isinstance(initializer, str):
        if initializer in ("zeros", "ones"):
            return np.full(shape, 0.0 if initializer == "zeros" else 1.0, jnp.dtype(dtype))
        from .. import initializers

        initializer = initializers.get(initializer)
    if callable(initializer) and not isinstance(initializer, (jax.Array, Variable)):
        return initializer(shape, dtype=dtype)
    if np.ndim(initializer) == 0 and not isinstance(initializer, jax.core.Tracer):
        return np.full(shape, initializer, jnp.dtype(dtype))
    return raw(initializer)


def takes_step(rate: Callable) -> bool:
    try:
        parameters = inspect.signature(rate).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def check_unknown(cls: type, kwargs: dict[str, Any]) -> None:
    if kwargs.pop("decay", None) is not None:
        warnings.warn(
            "Argument decay is no longer supported and is ignored: use a learning rate schedule.", stacklevel=3
        )
    if kwargs:
        name = next(iter(kwargs))
        known = [*constructor_parameters(cls)]
        hint = " Did you mean 'learning_rate'?" if name == "lr" else did_you_mean(name, known)
        raise ValueError(f"Argument(s) not recognized by {cls.__name__}: {kwargs}.{hint}")
