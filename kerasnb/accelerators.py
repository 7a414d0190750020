"""Accelerators of this machine, the wheels that jax needs for each, and what to type: what ``kerasnb doctor`` knows.

Looking at them starts no driver: files of the system say what is there, the installed distributions what jax can use.
"""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kerasnb.doctor import NOTE, OK, Check, installed, numbers

NVIDIA = Path("/proc/driver/nvidia/version")
AMD = Path("/dev/kfd")
TPU = (Path("/dev/accel0"), Path("/dev/vfio/0"))
# CUDA's libraries come as wheels; the driver must be there, of at least this version (docs.jax.dev, installation).
DRIVERS = {"cuda13": 580, "cuda12": 525}


@dataclass(frozen=True)
class Accelerator:
    """A kind of device that jax can compute on.

    Args:
        name: in words.
        extras: of jax, the one to take first in front; each is a set of wheels.
        wheels: distributions that come with any of them.
        there: says whether this machine has one.
    """

    name: str
    extras: tuple[str, ...]
    wheels: tuple[str, ...]
    there: Callable[[], bool]

    def command(self) -> str:
        """What to type for its wheels."""
        extra = self.extras[0]
        if extra in DRIVERS and (driver := nvidia_driver()) is not None:
            fitting = [e for e in self.extras if driver >= DRIVERS[e]]
            if not fitting:
                return f"install an NVIDIA driver of version {DRIVERS[extra]} or later, then {install(extra)}"
            extra = fitting[0]
        return install(extra)


def install(extra: str) -> str:
    """The command for one set of wheels.

    >>> install("cuda13")
    'pip install -U "jax[cuda13]"'
    """
    return f'pip install -U "jax[{extra}]"'


def nvidia_driver() -> int | None:
    """The major version of NVIDIA's driver; None where none is loaded or it does not say."""
    try:
        found = re.search(r"\s(\d{3,})\.\d+", NVIDIA.read_text())
    except OSError:
        return None
    return int(found[1]) if found else None


KINDS = (
    Accelerator(
        "an NVIDIA GPU", ("cuda13", "cuda12"), ("jax-cuda13-plugin", "jax-cuda12-plugin"),
        lambda: NVIDIA.exists() or shutil.which("nvidia-smi") is not None,
    ),
    Accelerator(
        "an AMD GPU", ("rocm7-local",), ("jax-rocm7-plugin", "jax-rocm60-plugin"),
        lambda: AMD.exists() and not NVIDIA.exists(),
    ),
    Accelerator("a TPU", ("tpu",), ("libtpu",), lambda: any(path.exists() for path in TPU) and not NVIDIA.exists()),
)  # fmt: skip


def present() -> list[Accelerator]:
    """Those that this machine has."""
    return [kind for kind in KINDS if kind.there()]


def checks() -> Iterator[Check]:
    """A line on the wheels of each accelerator that is here or has some; where none is, what would be typed."""
    here = present()
    shown = [kind for kind in KINDS if kind in here or any(installed(w) for w in kind.wheels)]
    for kind in shown:
        yield wheels(kind, kind in here)
    if not shown:
        ways = ", ".join(f"{kind.extras[0]} for {kind.name}" for kind in KINDS)
        system = "" if platform.system() == "Linux" else f" (wheels are for Linux; this is {platform.system()})"
        yield Check("GPU wheels", OK, f'none needed here; elsewhere pip install -U "jax[...]" with {ways}{system}')


def wheels(kind: Accelerator, here: bool) -> Check:
    """Whether its wheels are installed and fit jaxlib and the driver."""
    found = {name: version for name in kind.wheels if (version := installed(name)) is not None}
    if not found:
        return Check("GPU wheels", NOTE, f"{kind.name} is here, its wheels are not", kind.command())
    text = ", ".join(f"{name} {version}" for name, version in found.items())
    if not here:
        return Check("GPU wheels", OK, f"{text}; no driver for {kind.name} is loaded here")
    jaxlib = installed("jaxlib")
    apart = [n for n, v in found.items() if n.startswith("jax-") and jaxlib and numbers(v)[:2] != numbers(jaxlib)[:2]]
    if apart:
        return Check("GPU wheels", NOTE, f"{text}, but jaxlib is {jaxlib}", kind.command())
    driver = nvidia_driver()
    for extra in kind.extras:
        if f"jax-{extra}-plugin" in found and driver is not None and driver < DRIVERS.get(extra, 0):
            return Check(
                "GPU wheels",
                NOTE,
                f"{text}; the driver is {driver}, and {extra} needs {DRIVERS[extra]}",
                kind.command(),
            )
    if len([n for n in found if n.startswith("jax-cuda")]) > 1:
        return Check("GPU wheels", NOTE, f"{text}: two sets of CUDA wheels", f"pip uninstall {list(found)[-1]}")
    return Check("GPU wheels", OK, text)
