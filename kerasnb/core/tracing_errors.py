"""Errors of JAX while a program is traced, told in the words of those who write layers and losses."""

from __future__ import annotations

from typing import Any

import jax

_NOTE = "For simplicity, JAX has removed its internal frames"  # where JAX's note about shortened tracebacks begins


class TracingError(TypeError):
    """Python or NumPy asked for the numbers of a tensor that has none yet: the program is only being written down."""


def in_own_words(error: BaseException, where: str) -> TracingError | None:
    """The error to raise instead of one of JAX's; None for any other.

    Args:
        error: what was raised.
        where: the place in the learner's terms, such as "layer 'picky'".
    """
    kinds = jax.errors
    if isinstance(error, TracingError):
        return None
    if isinstance(error, kinds.TracerBoolConversionError):
        what, mend = (
            "a Python condition (if, while, and, or, assert) looks at the numbers of a tensor",
            "choose with keras.ops.where(condition, a, b), or branch with keras.ops.cond",
        )
    elif isinstance(error, kinds.TracerArrayConversionError):
        what, mend = (
            "NumPy, or a library that works with it, was given a tensor",
            "write it with the functions of keras.ops, which are named as NumPy's",
        )
    elif isinstance(error, kinds.TracerIntegerConversionError):
        what, mend = (
            "a tensor is used where Python needs an integer (range, an index of a list, a shape)",
            "loop with keras.ops.fori_loop, pick with keras.ops.take, or pass the number as a plain int",
        )
    elif isinstance(error, kinds.NonConcreteBooleanIndexError):
        what, mend = (
            "rows are chosen by a condition, so that their number would depend on the data",
            "keep all rows and use keras.ops.where(condition, x, 0)",
        )
    elif isinstance(error, kinds.UnexpectedTracerError):
        what, mend = (
            "a tensor of an earlier call was kept (in self, a list or a global) and used again",
            "return it, or keep numbers in a keras.Variable and assign to that",
        )
    elif isinstance(error, kinds.ConcretizationTypeError):
        what, mend = (
            "Python asked for the number in a tensor (float(), int(), .item(), a shape made of it)",
            "stay with tensors and the functions of keras.ops",
        )
    else:
        return None
    return TracingError(
        f"In {where}: {what}. The code is compiled: it runs once on tensors that have a shape and no numbers yet, and "
        f"the program made of it runs afterwards. Mend: {mend}. (compile(run_eagerly=True) runs it step by step in "
        "Python, slowly, to look for an error.)"
    )


def without_note(error: BaseException) -> None:
    """Take away JAX's note on shortened tracebacks: the last words shall be those about the mistake."""
    notes: list[Any] | None = getattr(error, "__notes__", None)
    if notes:
        notes[:] = [note for note in notes if _NOTE not in str(note)]
