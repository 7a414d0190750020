"""check: a learner's answer, right or with a hint."""

from __future__ import annotations

from typing import Any

from . import record
from .card import Card
from .exercise import Exercise, find


class Verdict(Card):
    """What became of an answer; as the last line of a cell it shows itself.

    Attributes:
        right: True or False; None where no answer was given yet.
        hint: what to think about; empty for a right answer.
    """

    def __init__(self, exercise: Exercise, right: bool | None, hint: str = ""):
        self.exercise, self.right, self.hint = exercise, right, hint
        kind = {True: "right", False: "wrong", None: "open"}[right]
        said = {True: "Right", False: "Not yet", None: "Your turn"}[right]
        super().__init__(kind, f"{said}: {exercise.title}", hint or exercise.praise)

    def __bool__(self) -> bool:
        return self.right is True


def check(exercise_id: str, answer: Any = ..., **given: Any) -> Verdict:
    """Check the answer to an exercise.

    Args:
        exercise_id: "00.1": tutorial 00, exercise 1.
        answer: a number, text, array, function or model; ``...`` as long as there is none.
        given: what the check needs beside the answer, by name, as the tutorial writes it.

    Returns: a Verdict; it shows itself as a card, its ``right`` is True, False or None (no answer yet).

    Raises:
        ValueError: there is no such exercise; the nearest id is named.

    >>> print(check("00.2", 32_768))
    → Not yet: The weights of one layer
      These are the weights of the connections. Each of the 128 units has something beside them.
    """
    exercise = find(exercise_id)
    if answer is ...:
        return Verdict(exercise, None, "Put your answer in place of the three dots and run this cell again.")
    try:
        hint = exercise.check(answer, **given)
    except Exception as error:
        # A learner's function or model may raise anything: told here, with the exercise, not as a page of frames.
        hint = f"Checking it raised {type(error).__name__}: {error}"
    if not hint:
        record.remember(exercise.id)
    return Verdict(exercise, not hint, hint)
