"""``%kerasnb cache``: what is kept on disk between kernels, and how to be rid of it."""

from __future__ import annotations

import os
from pathlib import Path

from kerasnb.commands import nearest

WORDS = ("show", "clear")


def cache(word: str = "show") -> str:
    """``cache`` shows what is kept of compiled programs, data sets and runs; ``cache clear`` deletes the programs."""
    if word not in WORDS:
        raise ValueError(f"%kerasnb cache takes show or clear, got {word!r}.{nearest(word, WORDS)}")
    programs = programs_folder()
    if word == "show":
        rows = [("programs", programs, size(programs)), *(("data", folder, size(folder)) for folder in data_folders())]
        rows.append(("runs", runs_file(), size(runs_file())))
        return "\n".join(f"{name:<9} {megabytes(held):>10}  {place or 'not kept'}" for name, place, held in rows)
    if programs is None:
        return "compiled programs are not kept: there is nothing to delete"
    freed = 0
    for path in sorted(programs.glob("*")) if programs.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            held = path.stat().st_size
            try:
                path.unlink()
            except OSError:
                continue  # another kernel was faster, or it is not ours
            freed += held
    return f"{megabytes(freed)} of compiled programs deleted; data sets and runs stay"


def programs_folder() -> Path | None:
    """Where kerasnb keeps compiled programs; never a folder that somebody chose for all of jax."""
    from kerasnb.core import compile_cache

    return compile_cache.folder()


def data_folders() -> list[Path]:
    """The data sets' cache, and a folder of one's own."""
    from kerasnb import doctor

    return doctor.data_folders()


def runs_file() -> Path | None:
    """Where runs are recorded."""
    from kerasnb.runs.places import runs_file

    return runs_file()


def size(place: Path | None) -> int:
    """Bytes of a file, or of all files below a folder."""
    if place is None:
        return 0
    if place.is_file():
        return place.stat().st_size
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
    return total


def megabytes(count: int) -> str:
    """A size in words.

    >>> megabytes(3_500_000)
    '3.5 MB'
    """
    return f"{count / 1e6:,.1f} MB"
