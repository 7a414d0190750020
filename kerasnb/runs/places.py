"""Where runs are recorded, and the switch."""

from __future__ import annotations

import os
from pathlib import Path

OFF = ("off", "0", "no", "false")
_state = {"on": True}


def runs_file() -> Path | None:
    """The file that runs are recorded in; None where the environment switches recording off.

    ``$KERASNB_RUNS`` names a file, or a folder that exists; "off" records nothing. By default it is
    ``$XDG_DATA_HOME/kerasnb/runs.db``, below ``~/.local/share`` where that is not set.
    """
    wish = os.environ.get("KERASNB_RUNS", "").strip()
    if wish.lower() in OFF:
        return None
    if wish and wish.lower() not in ("on", "1", "yes", "true"):
        path = Path(wish).expanduser()
        return path / "runs.db" if path.is_dir() else path
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home).expanduser() / "kerasnb" / "runs.db"


def off() -> None:
    """Record no more runs in this process; those recorded stay."""
    _state["on"] = False


def on() -> None:
    """Record runs again. The environment variable KERASNB_RUNS=off counts for more."""
    _state["on"] = True


def is_on() -> bool:
    """Whether the next ``fit`` is recorded."""
    return _state["on"] and runs_file() is not None
