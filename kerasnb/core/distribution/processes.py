"""Several processes as one run: what they must agree on, and values that are brought together from all of them.

Everything here is called by all processes at the same place in the run; nothing here does anything in a run of one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from . import strategies

LOOK_STEPS = 16  # steps between the places where processes tell each other about stop and learning rate


def several() -> bool:
    """Whether this process is one of several (asks nothing of the devices where it is not)."""
    return jax.distributed.is_initialized() and jax.process_count() > 1


def is_first() -> bool:
    """Whether this process is the one that writes files and tells people: number 0, or the only one."""
    return not several() or jax.process_index() == 0


def together() -> bool:
    """Whether the distribution in force spreads one model over several processes."""
    strategy = strategies.distribution()
    if strategy is None or not several():
        return False
    return len({d.process_index for d in strategy.device_mesh.backend_mesh.devices.flat}) > 1


def speaks() -> bool:
    """Whether this process tells people what goes on: in a run of several only the first does."""
    return is_first() or not together()


def say(words: str) -> None:
    """Print a line, once however many processes train together."""
    if speaks():
        print(words)  # noqa: T201


def gathered(numbers: Any) -> np.ndarray:
    """The numbers of all processes, (processes, ...)."""
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(np.asarray(numbers)))


def from_first(tree: Any) -> Any:
    """NumPy arrays with the values that they have in process 0."""
    from jax.experimental import multihost_utils

    return multihost_utils.broadcast_one_to_all(tree)


def agree_on_draws() -> None:
    """Let NumPy's global generator go on in every process as it does in process 0: equal weights, equal shuffles."""
    _, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    keys, rest = from_first((np.asarray(keys, np.uint32), np.array([position, has_gauss], np.int32)))
    np.random.set_state(("MT19937", keys, int(rest[0]), int(rest[1]), gauss if is_first() else 0.0))


def check_same(what: str, value: Any, hint: str) -> None:
    """Raise in every process where a value is not the same in all of them.

    Args:
        what: what the value is, for the message.
        value: anything with a ``repr`` that tells it.
        hint: what to do.
    """
    digests = gathered(np.uint32(zlib.crc32(repr(value).encode())))
    if len(set(digests.tolist())) > 1:
        raise ValueError(
            f"The {jax.process_count()} processes of this run do not agree on {what}; here (process "
            f"{jax.process_index()}) it is {value!r}. {hint}"
        )


def host_array(array: Any) -> np.ndarray:
    """An array as a NumPy array, whole, also where its parts lie with other processes (then all must ask)."""
    if isinstance(array, jax.Array) and not (array.is_fully_addressable or array.is_fully_replicated):
        from jax.experimental import multihost_utils

        return np.asarray(multihost_utils.process_allgather(array, tiled=True))
    return np.asarray(array)


@contextmanager
def one_writer(variables: Iterable[Any]) -> Iterator[bool]:
    """Around the writing of a file: gives whether this process writes it.

    In a run of several processes the first one does, with the Variables' whole values at hand, and the others wait
    until it is done.
    """
    spread = [v for v in variables if not getattr(v._raw_value, "is_fully_addressable", True)]
    if not spread:
        yield True
        return
    from jax.experimental import multihost_utils

    from ..variable import binding

    values: list[Any] = []
    for variable in spread:  # one at a time: only process 0 holds all of them
        value = host_array(variable._raw_value)
        if is_first():
            values.append(jax.device_put(value))
    try:
        if is_first():
            with binding(spread, values):
                yield True
        else:
            yield False
    finally:
        multihost_utils.sync_global_devices("kerasnb: file written")


def lost(error: BaseException) -> str | None:
    """What to say where an error of jax means that another process is gone; None for other errors."""
    words = str(error)
    signs = ("Gloo", "gloo", "NCCL", "onnection closed by peer", "coordination service", "onnection reset by peer")
    if not several() or not any(sign in words for sign in signs):
        return None
    return (
        f"Another process of this run has ended or cannot be reached (this is process {jax.process_index()} of "
        f"{jax.process_count()}). Look at the others' output for the first error; then start all of them again. "
        "What the last checkpoint holds is safe: callbacks.OrbaxCheckpoint(folder).restore(model)."
    )
