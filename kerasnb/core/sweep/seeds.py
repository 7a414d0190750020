"""Seeds of a sweep: each variant starts from its own, and the caller's random numbers go on as before."""

from __future__ import annotations

import random as python_random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import random


def standing() -> tuple[Any, ...]:
    """Where Python's, NumPy's and kerasnb's random numbers stand."""
    return python_random.getstate(), np.random.get_state(), random._global_generator


def put_back(state: tuple[Any, ...]) -> None:
    """Let them stand there again."""
    python_random.setstate(state[0])
    np.random.set_state(state[1])
    random._global_generator = state[2]


@contextmanager
def kept_randomness() -> Iterator[None]:
    """Afterwards all random numbers go on where they stood before."""
    state = standing()
    try:
        yield
    finally:
        put_back(state)


def checked_seed(seed: Any) -> int:
    """A seed for ``utils.set_random_seed``."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= int(seed) < 2**32:
        raise ValueError(f"sweep: seed must be an integer from 0 to 2**32 - 1, or a list of such, got seed={seed!r}.")
    return int(seed)
