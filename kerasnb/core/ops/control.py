"""Control flow inside compiled code: conditions, loops, scans, maps; and gradients written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .dispatch import op
from .tensors import tensor

# fmt: off
__all__ = [
    "cond", "switch", "while_loop", "fori_loop", "scan", "associative_scan", "map", "vectorized_map", "vectorize",
    "custom_gradient",
]
# fmt: on


def _tensors(tree: Any) -> Any:
    return jax.tree.map(tensor, tree)


@op("core")
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """``true_fn()`` where the condition holds, else ``false_fn()``; both give the same structure."""
    if isinstance(pred, (bool, np.bool_)):
        return _tensors(true_fn() if pred else false_fn())
    return jax.lax.cond(tensor(pred).astype(bool).reshape(()), lambda: true_fn(), lambda: false_fn())


@op("core")
def switch(index: Any, branches: Any, *operands: Any) -> Any:
    """``branches[index](*operands)``; an index beyond the ends means the first or last branch."""
    return jax.lax.switch(tensor(index), list(branches), *_tensors(operands))


@op("core")
def while_loop(cond: Callable, body: Callable, loop_vars: Any, maximum_iterations: int | None = None) -> Any:
    """``loop_vars = body(*loop_vars)`` as long as ``cond(*loop_vars)`` holds.

    Args:
        cond: gives a truth value.
        body: gives the new variables, of the same structure, shapes and dtypes.
        loop_vars: a tuple or list of tensors, or a single one.
        maximum_iterations: when to stop at the latest.
    """
    single = not isinstance(loop_vars, (tuple, list))
    start = (loop_vars,) if single else tuple(loop_vars)

    def go_on(state: tuple) -> Any:
        count, values = state
        more = jnp.asarray(cond(*values), bool).reshape(())
        return more if maximum_iterations is None else more & (count < maximum_iterations)

    def step(state: tuple) -> tuple:
        count, values = state
        values = body(*values)
        return count + 1, tuple(values) if isinstance(values, (tuple, list)) else (values,)

    _, values = jax.lax.while_loop(go_on, step, (jnp.zeros((), "int32"), _tensors(start)))
    return values[0] if single else values


@op("core")
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """``value = body_fun(i, value)`` for i from ``lower`` up to but not including ``upper``."""
    return jax.lax.fori_loop(lower, upper, body_fun, _tensors(init_val))


@op("core")
def scan(
    f: Callable, init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, unroll: Any = 1
) -> tuple[Any, Any]:
    """A loop that carries a state and collects outputs: ``carry, y = f(carry, x)`` over axis 0 of ``xs``.

    Args:
        f: the step.
        init: the first carry.
        xs: nested tensors, cut along axis 0; None for ``length`` steps without input.
        length: number of steps.
        reverse: whether to run from the last to the first.
        unroll: steps unrolled into one.

    Returns: the last carry, and the outputs stacked along axis 0.
    """
    if not callable(f):
        raise TypeError(f"scan: f must be a function (carry, x) -> (carry, y), got {f!r}.")
    return jax.lax.scan(f, _tensors(init), _tensors(xs), length, reverse, unroll)


@op("core")
def associative_scan(f: Callable, elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Running results of an associative ``f(a, b)`` along an axis, computed in parallel."""
    return jax.lax.associative_scan(f, _tensors(elems), reverse, axis)


@op("core")
def map(f: Callable, xs: Any) -> Any:
    """``f`` of each slice along axis 0 of nested tensors, one after the other, outputs stacked."""
    return jax.lax.map(f, _tensors(xs))


@op("core")
def vectorized_map(function: Callable, elements: Any) -> Any:
    """``function`` of each slice along axis 0 of nested tensors, all at once, outputs stacked."""
    return jax.vmap(function)(_tensors(elements))


@op("numpy", records=False)
def vectorize(pyfunc: Callable, *, excluded: Any = None, signature: str | None = None) -> Callable:
    """A function of numbers as one of tensors, with broadcasting.

    Args:
        pyfunc: the function.
        excluded: positions of arguments that are not mapped over.
        signature: the axes that belong to the function, such as ``"(n),(n)->()"``.
    """
    if not callable(pyfunc):
        raise ValueError(f"vectorize: pyfunc must be a function, got {pyfunc!r}.")
    mapped = jnp.vectorize(pyfunc, excluded=excluded or set(), signature=signature)
    return lambda *args: mapped(*_tensors(args))


@op("core", records=False)
def custom_gradient(f: Callable) -> Callable:
    """Decorator: a function that returns (output, gradient function) and is differentiated by the latter.

    The gradient function gets the gradient of the output (as ``upstream`` where it takes such an argument)
    and returns that of the inputs.
    """

    @jax.custom_gradient
    def run(*args: Any, **kwargs: Any) -> Any:
        output, gradient = f(*args, **kwargs)

        def pull(upstream: Any) -> Any:
            try:
                return gradient(upstream=upstream)
            except TypeError:
                return gradient(upstream)

        return output, pull

    return lambda *args, **kwargs: run(*_tensors(args), **kwargs)
