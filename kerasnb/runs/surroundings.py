"""Where a run happens: the notebook and cell, the process, the versions. All as far as they can be known."""

from __future__ import annotations

import contextlib
import os
import platform
import socket
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any


def notebook() -> str | None:
    """The notebook's path, or the script's; None where neither is known."""
    if name := os.environ.get("JPY_SESSION_NAME"):
        return name
    shell = _shell()
    if shell is not None:
        named = shell.user_ns.get("__vsc_ipynb_file__")
        return str(named) if named else None
    script = sys.argv[0] if sys.argv else ""
    return str(Path(script).resolve()) if script and Path(script).is_file() else None


def cell() -> str | None:
    """The cell: its execution count and, where the notebook sends it, its id."""
    shell = _shell()
    if shell is None:
        return None
    text = f"In [{shell.execution_count}]"
    with contextlib.suppress(Exception):
        parent = shell.get_parent()
        if found := parent["metadata"].get("cellId"):
            text += f" {found}"
    return text


def _shell() -> Any:
    if "IPython" not in sys.modules:
        return None
    with contextlib.suppress(Exception):
        return sys.modules["IPython"].get_ipython()
    return None


@cache
def versions() -> dict[str, str]:
    """Of Python and the packages that numbers depend on."""
    found = {"python": platform.python_version()}
    for name in ("kerasnb", "jax", "jaxlib", "flax", "optax", "numpy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    with contextlib.suppress(Exception):
        import jax

        found["device"] = str(jax.devices()[0].device_kind)
    return found


def host() -> str:
    """This machine's name."""
    return socket.gethostname()


def process() -> str:
    """This process, so that no later one is taken for it: its number and when it began."""
    return f"{os.getpid()} {_begun(os.getpid())}".strip()


def is_gone(where: str | None, which: str | None) -> bool:
    """Whether a process of this machine has ended; False where that cannot be known."""
    if not which or where != host():
        return False
    number, _, begun = which.partition(" ")
    if not number.isdigit():
        return False
    if not Path("/proc/self").exists():
        if os.name == "nt":
            return False
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False
    return _begun(int(number)) != begun


def _begun(pid: int) -> str:
    """When a process began, in the system's ticks; empty where there is none, or where it has only to be buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, IndexError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]
