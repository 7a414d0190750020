"""What little global state there is: automatic names, counters of names, the seed."""

from __future__ import annotations

import gc
import numbers

from .. import naming

_uids: dict[str, int] = {}


def clear_session(free_memory: bool = True) -> None:
    """Start automatic names anew and let go of unused memory. Never needed: no model hangs on a session.

    Args:
        free_memory: also collect garbage, so that arrays of deleted models leave the device.
    """
    naming.reset()
    _uids.clear()
    if free_memory:
        gc.collect()


def get_uid(prefix: str = "") -> int:
    """How often this prefix was asked for, this time included: 1, 2, 3, ... until ``clear_session``."""
    _uids[prefix] = _uids.get(prefix, 0) + 1
    return _uids[prefix]


def set_random_seed(seed: int) -> None:
    """Seed Python's, NumPy's and kerasnb's random numbers: the same program then gives the same numbers.

    On one device to the bit, weights, shuffles and dropout included.

    Args:
        seed: an integer from 0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise ValueError(f"set_random_seed: seed must be an integer, got seed={seed!r} of type {type(seed).__name__}.")
    if not 0 <= int(seed) < 2**32:
        raise ValueError(f"set_random_seed: seed must be from 0 to 2**32 - 1, got seed={seed}.")
    from ..random import set_global_seed

    set_global_seed(int(seed))
