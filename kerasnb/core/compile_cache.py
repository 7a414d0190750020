"""Compiled programs on disk: a restarted kernel compiles nothing that was compiled before.

JAX's persistent cache, switched on when the first program is made, unless the user has chosen a folder for it
already. ``KERASNB_COMPILE_CACHE`` names another folder, or is "off"; ``KERASNB_COMPILE_CACHE_MB`` bounds its size
(1024 by default). The folder is ``$XDG_CACHE_HOME/kerasnb/programs``, or ``~/.cache/kerasnb/programs``.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import jax

LIMIT_MB = 1024
FRESH = 600  # seconds in which a file is left alone: another process may be writing it
_done = False


def folder() -> Path | None:
    """Where programs are kept; None where the cache is off."""
    wish = os.environ.get("KERASNB_COMPILE_CACHE", "")
    if wish.lower() in ("off", "0", "no", "false"):
        return None
    if wish and wish.lower() not in ("on", "1", "yes", "true"):
        return Path(wish).expanduser()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).expanduser() / "kerasnb" / "programs"


def enable() -> None:
    """Keep compiled programs on disk from here on; called before the first is compiled, harmless when repeated."""
    global _done
    if _done:
        return
    _done = True
    if jax.config.jax_compilation_cache_dir or not jax.config.jax_enable_compilation_cache:
        return  # the user's own choice
    place = folder()
    if place is None:
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
        prune(place, limit_bytes())
    except OSError:
        return  # no writable home: programs live in memory alone
    jax.config.update("jax_compilation_cache_dir", str(place))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def limit_bytes() -> int:
    """The size that the folder is held to."""
    try:
        return int(float(os.environ.get("KERASNB_COMPILE_CACHE_MB", LIMIT_MB)) * 2**20)
    except ValueError:
        raise ValueError(
            "The environment variable KERASNB_COMPILE_CACHE_MB must be a number of megabytes, "
            f"got {os.environ['KERASNB_COMPILE_CACHE_MB']!r}."
        ) from None


def prune(place: Path, limit: int) -> int:
    """Delete the programs used longest ago until the folder holds at most ``limit`` bytes; returns bytes freed."""
    files = []
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                files.append((max(stat.st_mtime, stat.st_atime), stat.st_size, entry.path))
    excess = sum(size for _, size, _ in files) - limit
    freed = 0
    for used, size, path in sorted(files):
        if freed >= excess or used > time.time() - FRESH:
            break
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            os.remove(path)
            freed += size
    return freed
