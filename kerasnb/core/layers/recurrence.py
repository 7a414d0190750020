"""The loop over time steps: in general for any cell, and fast for cells of one recurrent product.

A cell of the fast kind computes, from its projected inputs x (one product for all steps, before the
loop) and its state h, the product ``r = (h * drop) @ kernel + bias`` and then numbers element by
element. For these the gradient is written out: the loop backwards makes only the gradients of the
gates, and the kernel's gradient is one product over all steps after it. Taken by JAX's own rules it
would be a product and a sum in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .. import activations
from ..variable import binding, journal, values
from .cpu_sums import channel_sums
from .once import once

# The slope of an activation, told from its value.
SLOPES: dict[Callable, Callable] = {
    activations.tanh: lambda y: 1 - y * y,
    activations.sigmoid: lambda y: y * (1 - y),
    activations.hard_sigmoid: lambda y: jnp.where((y > 0) & (y < 1), 1 / 6, 0).astype(y.dtype),
    activations.relu: lambda y: (y > 0).astype(y.dtype),
    activations.linear: jnp.ones_like,
}

# On a GPU a round of a loop costs more than the small products in it: with eight steps written out in each, an LSTM or
# GRU of 128 units takes half the time, and both less than cuDNN does as jax reaches it.
TOGETHER_ON_GPU = 8


class CellMath(NamedTuple):
    """What one cell does in a step, element by element.

    ``step(x, r, states) -> (states, kept)``: x the projected inputs, r the recurrent product, both
    (batch, gates * units); states a tuple with h, the output, first; kept is what ``back`` needs.
    ``back(kept, before, after, d_states) -> (d_x, d_r, d_before)``: gradients; ``d_before`` leaves out
    the way through r. Where ``d_r`` is the same object as ``d_x`` it is stored once.
    """

    step: Callable
    back: Callable


def unfold(
    math: CellMath, x: Any, kernel: Any, bias: Any, states: tuple, mask: Any = None, drop: Any = None,
    reverse: bool = False, sequences: bool = False, product: Callable = jnp.matmul,
) -> tuple[Any, tuple]:  # fmt: skip
    """Run a cell of one recurrent product over all steps.

    Args:
        math: the cell's step and its gradient.
        x: (time, batch, gates * units), the projected inputs.
        kernel: (units, gates * units).
        bias: (gates * units,), added to the recurrent product, or None.
        states: of shape (batch, units) each, h first.
        mask: (time, batch, 1), False where the states stay as they are; or None.
        drop: (batch, units), multiplied to h in the product; or None.
        reverse: from the last step to the first.
        sequences: whether h of every step is wanted.
        product: of h and kernel, linear in both; a convolution for convolutional cells, whose arrays
            have further axes between batch and units.

    Returns:
        h of every step (time, batch, units), or None, and the last states.
    """
    together = TOGETHER_ON_GPU if jax.default_backend() == "gpu" and product is jnp.matmul else 1

    def run(x: Any, kernel: Any, bias: Any, states: tuple, mask: Any, drop: Any, keep: bool) -> tuple:
        def step(before: tuple, now: tuple) -> tuple:
            x, m = now
            h = before[0] if drop is None else before[0] * drop
            r = product(h, kernel)
            r = r if bias is None else r + bias
            after, kept = math.step(x, r, before)
            if m is not None:
                after = tuple(jnp.where(m, a, b) for a, b in zip(after, before, strict=True))
            return after, ((after, kept) if keep else after[0] if sequences else None)

        return lax.scan(step, states, (x, mask), reverse=reverse, unroll=together)

    @jax.custom_vjp
    def recur(x: Any, kernel: Any, bias: Any, states: tuple, mask: Any, drop: Any) -> tuple:
        last, hs = run(x, kernel, bias, states, mask, drop, keep=False)
        return hs, last

    def forward(x: Any, kernel: Any, bias: Any, states: tuple, mask: Any, drop: Any) -> tuple:
        last, (after, kept) = run(x, kernel, bias, states, mask, drop, keep=True)
        return (after[0] if sequences else None, last), (after, kept, kernel, bias, states, mask, drop)

    def backward(saved: tuple, gradients: tuple) -> tuple:
        after, kept, kernel, bias, states, mask, drop = saved
        d_hs, d_last = gradients
        before = tuple(_shifted(s, a, reverse) for s, a in zip(states, after, strict=True))
        # d_r to d_h; for a product of matrices with the kernel transposed before the loop, not in it
        transposed = kernel.T if product is jnp.matmul else None
        _, pull = jax.vjp(lambda h: product(h, kernel), states[0])

        def step(d: tuple, now: tuple) -> tuple:
            kept, before, after, m, d_h = now
            if d_h is not None:
                d = (d[0] + d_h, *d[1:])
            passed = None
            if m is not None:
                passed = tuple(jnp.where(m, 0, g) for g in d)
                d = tuple(jnp.where(m, g, 0) for g in d)
            d_x, d_r, d_before = math.back(once(kept), before, after, d)
            through = d_r @ transposed if transposed is not None else pull(d_r)[0]
            through = through if drop is None else through * drop
            d_before = (d_before[0] + through, *d_before[1:])
            if passed is not None:
                d_before = tuple(g + p for g, p in zip(d_before, passed, strict=True))
            return d_before, (d_x, None if d_r is d_x else d_r)

        xs = (kept, before, after, mask, d_hs)
        d_states, (d_x, d_r) = lax.scan(step, d_last, xs, reverse=not reverse, unroll=together)
        d_r = d_x if d_r is None else d_r
        h = before[0] if drop is None else before[0] * drop
        h, rows = (a.reshape(-1, *a.shape[2:]) for a in (h, d_r))  # all steps in one batch
        (d_kernel,) = jax.vjp(lambda k: product(h, k), kernel)[1](rows)
        d_bias = None if bias is None else channel_sums(rows)
        return d_x, d_kernel, d_bias, d_states, None, None

    recur.defvjp(forward, backward)
    return recur(x, kernel, bias, states, mask, drop)


def _shifted(first: Any, after: Any, reverse: bool) -> Any:
    """The state before each step, from the one after each step."""
    parts = (after[1:], first[None]) if reverse else (first[None], after[:-1])
    return jnp.concatenate(parts)


def loop(
    step: Callable, sequences: Any, states: Any, mask: Any = None, *, variables: Any = (), reverse: bool = False,
    unroll: bool = False, zero_output: bool = False, keep_all: bool = False,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Run any cell over all steps.

    Args:
        step: ``(inputs, states) -> (output, states)`` of one time step.
        sequences: (batch, time, ...), or a nesting of such arrays.
        states: any nesting of arrays.
        mask: (batch, time), False where a step is passed over, or None.
        variables: those that ``step`` may assign, such as the states of random generators.
        reverse: from the last step to the first; outputs come in the order of running.
        unroll: write the steps out one after the other, which compiles long and seldom runs faster.
        zero_output: masked steps give zeros; otherwise they repeat the output before.
        keep_all: whether the outputs of all steps are wanted.

    Returns:
        the last output, the outputs (batch, time, ...) or None, the last states.
    """
    xs = jax.tree.map(lambda a: jnp.swapaxes(a, 0, 1), sequences)
    mask = None if mask is None else jnp.swapaxes(mask, 0, 1)  # (time, batch)

    def one(carry: tuple, now: tuple) -> tuple:
        (states, previous), (x, m) = carry, now
        output, new = step(x, states)
        new = jax.tree.map(lambda a, b: a.astype(b.dtype), new, states)
        if m is not None:
            new = jax.tree.map(lambda a, b: _chosen(m, a, b), new, states)
            output = _chosen(m, output, jnp.zeros_like(output) if zero_output else previous)
        return (new, output), (output if keep_all else None)

    start = (states, _before_first(step, jax.tree.map(lambda a: a[0], xs), states, zeros=unroll))
    run = unrolled if unroll else scan
    (states, last), outputs = run(one, start, (xs, mask), variables, reverse=reverse)
    if not keep_all:
        return last, None, states
    if reverse:
        outputs = jnp.flip(outputs, 0)
    return last, jnp.swapaxes(outputs, 0, 1), states


def scan(body: Callable, carry: Any, xs: Any, variables: Any = (), reverse: bool = False) -> tuple[Any, Any]:
    """``lax.scan`` of a body that may assign the given Variables."""
    variables = list(variables)

    def bound(carry: tuple, now: Any) -> tuple:
        carry, arrays = carry
        with binding(variables, arrays):
            carry, ys = body(carry, now)
            return (carry, values(variables)), ys

    (carry, arrays), ys = lax.scan(bound, (carry, values(variables)), xs, reverse=reverse)
    for variable, array in zip(variables, arrays, strict=True):
        variable.set_raw_value(array)
    return carry, ys


def unrolled(body: Callable, carry: Any, xs: Any, variables: Any = (), reverse: bool = False) -> tuple[Any, Any]:
    """As ``scan``, with the steps written out."""
    length = jax.tree.leaves(xs)[0].shape[0]
    shown = []
    for t in reversed(range(length)) if reverse else range(length):
        carry, ys = body(carry, jax.tree.map(lambda a, t=t: a[t], xs))
        shown.append(ys)
    if reverse:
        shown.reverse()
    return carry, jax.tree.map(lambda *ys: jnp.stack(ys), *shown)


def _chosen(mask: Any, new: Any, old: Any) -> Any:
    """``new`` where a row's mask (batch,) is True, else ``old``."""
    return jnp.where(mask.reshape(-1, *(1,) * (new.ndim - 1)), new, old)


def _before_first(step: Callable, x: Any, states: Any, zeros: bool) -> Any:
    """What stands for the output before the first step: the first state where it has the shape, else zeros."""
    with journal():
        output, _ = jax.eval_shape(step, x, states)
    first = jax.tree.leaves(states)[0]
    if zeros or first.shape != output.shape:
        return jnp.zeros(output.shape, output.dtype)
    return first.astype(output.dtype)
