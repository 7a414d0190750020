"""Exercises: an id, what it is about, and a check that knows the usual mistakes."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from kerasnb.core.registered import did_you_mean

from .series import SERIES


@dataclass(frozen=True)
class Exercise:
    """One question of a tutorial.

    Args:
        id: "00.1": the tutorial's number and the exercise's.
        title: what it is about, in a few words.
        check: takes the answer (and what else the tutorial hands in by name); returns a hint that fits what is
            wrong with it, and "" where nothing is.
        praise: what a right answer is told: why it is right.
    """

    id: str
    title: str
    check: Callable[..., str]
    praise: str


@cache
def exercises_of(number: int) -> dict[str, Exercise]:
    """The exercises of a tutorial, by id."""
    module = importlib.import_module(f"kerasnb.learn.exercises.tutorial_{number:02d}")
    return {exercise.id: exercise for exercise in module.EXERCISES}


def find(exercise_id: Any) -> Exercise:
    """The exercise of that id.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    known = [key for tutorial in SERIES for key in exercises_of(tutorial.number)]
    key = str(exercise_id)
    if key in known:
        return exercises_of(int(key[:2]))[key]
    near = did_you_mean(key, known) if isinstance(exercise_id, str) else ""
    raise ValueError(
        f"learn.check: there is no exercise {exercise_id!r}.{near} Ids look like '00.1': tutorial 00, exercise 1."
    )
