"""The catalogue of mistakes: each is answered in words that name its cause and what to write instead."""

from __future__ import annotations

import contextlib
import io
import tempfile
import traceback
import warnings
from pathlib import Path

import pytest
from contracts.mistake_cases import CASES, Mistake

NEEDED = 60


def answer(case: Mistake) -> tuple[str, BaseException | None]:
    """What a learner reads last, and the exception that was raised."""
    out, raised, shown = io.StringIO(), None, ""
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(record=True) as seen,
        contextlib.redirect_stdout(out),
    ):
        warnings.simplefilter("always")
        try:
            case.program(Path(folder))
        except Exception as error:  # which is what we are here for
            raised, shown = error, "".join(traceback.format_exception_only(error))
    said = [str(w.message) for w in seen]
    return shown or "\n".join([out.getvalue(), *said]), raised


def is_ours(error: BaseException) -> bool:
    """Whether a traceback ends in our words: an exception of Python's or of ours, and not of JAX's."""
    origin = type(error).__module__
    return origin == "builtins" or origin.startswith("kerasnb")


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_it_is_taught(case):
    told, raised = answer(case)
    if case.error is None:
        assert raised is None, told
    else:
        assert isinstance(raised, case.error), told
        assert is_ours(raised), type(raised)
    assert "JAX" not in told, told
    missing = [word for word in (*case.cause, *case.mend) if word not in told]
    assert not missing, f"{missing} are not in:\n{told}"


def test_there_are_enough_of_them():
    assert len({c.name for c in CASES}) == len(CASES) >= NEEDED
