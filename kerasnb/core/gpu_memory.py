"""How much of a GPU's memory this process takes, and when: told, and set before the GPU is used."""

from __future__ import annotations

import os
import sys
from typing import Any

PREALLOCATE, FRACTION = "XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_PYTHON_CLIENT_MEM_FRACTION"
USUAL = 0.75  # jax's share where no other is asked for


def gpu_memory() -> dict[str, Any]:
    """How this process takes a GPU's memory.

    Returns:
        "preallocate": whether all of its share is taken when the GPU is first used (kerasnb takes it as needed, unless
        ``XLA_PYTHON_CLIENT_PREALLOCATE`` says otherwise); "fraction": the largest share, 0 to 1; "in_use": whether jax
        has started already, after which nothing of it can be changed.

    >>> sorted(gpu_memory())
    ['fraction', 'in_use', 'preallocate']
    """
    taken = os.environ.get(PREALLOCATE, "true").strip().lower() not in ("false", "0", "f")
    if os.environ.get("XLA_PYTHON_CLIENT_ALLOCATOR", "").lower() == "platform":
        taken = False
    try:
        fraction = float(os.environ.get(FRACTION, "") or USUAL)
    except ValueError:  # jax will say that it is no number
        fraction = USUAL
    return {"preallocate": taken, "fraction": fraction, "in_use": has_started()}


def set_gpu_memory(preallocate: bool | None = None, fraction: float | None = None) -> None:
    """Choose how this process takes a GPU's memory. Call it first: it is settled once jax has used a device.

    Args:
        preallocate: True takes the whole share at once (the fastest, nothing is left to others), False as needed.
        fraction: the largest share of a GPU's memory, above 0 and at most 1; 0.75 where none was ever set.

    Raises:
        RuntimeError: a device is in use already (a model, an array or a list of devices was made).
    """
    if preallocate is not None and not isinstance(preallocate, bool):
        raise ValueError(f"set_gpu_memory: preallocate must be True or False, got preallocate={preallocate!r}.")
    if fraction is not None and (
        isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction <= 1
    ):
        raise ValueError(f"set_gpu_memory: fraction must be above 0 and at most 1, got fraction={fraction!r}.")
    if has_started():
        raise RuntimeError(
            "set_gpu_memory: jax uses a device already, and how much of a GPU's memory it takes was settled then. "
            "Restart the kernel (or the program) and call keras.config.set_gpu_memory() first, before any model or "
            f"array; or set {PREALLOCATE} and {FRACTION} in the environment."
        )
    if preallocate is not None:
        os.environ[PREALLOCATE] = "true" if preallocate else "false"
    if fraction is not None:
        os.environ[FRACTION] = str(float(fraction))


def has_started() -> bool:
    """Whether jax has started a backend, without starting one."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    known = getattr(bridge, "backends_are_initialized", None)
    return bool(known()) if callable(known) else False


def described() -> str:
    """The same in words."""
    found = gpu_memory()
    share = f"{found['fraction']:.0%}"
    how = f"{share} taken at the start" if found["preallocate"] else f"taken as needed, up to {share}"
    return how + ("" if found["in_use"] else "; keras.config.set_gpu_memory() changes it until a device is used")
