"""The file of runs: SQLite in WAL form, so that readers never wait and several kernels write at once."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

VERSION = 1
PATIENCE = 2.0  # seconds that a connection waits for another's lock

# What every row of the table of runs has; a file without them is somebody else's, or damaged.
COLUMNS = frozenset(
    """id key name status message started ended host process notebook cell model parameters hash data fit compile seed
    versions epochs final saved notes tags""".split()
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS configs (hash TEXT PRIMARY KEY, config TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'running',
    message TEXT NOT NULL DEFAULT '',
    started REAL NOT NULL,
    ended REAL,
    host TEXT, process TEXT,
    notebook TEXT, cell TEXT,
    model TEXT, parameters INTEGER, hash TEXT,
    data TEXT, fit TEXT, compile TEXT, seed INTEGER, versions TEXT,
    epochs INTEGER NOT NULL DEFAULT 0,
    final TEXT NOT NULL DEFAULT '{}',
    saved TEXT NOT NULL DEFAULT '[]',
    notes TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS epochs (
    run INTEGER NOT NULL, epoch INTEGER NOT NULL, seconds REAL, logs TEXT NOT NULL, PRIMARY KEY (run, epoch)
) WITHOUT ROWID;
"""


class NewerFile(OSError):
    """The file was written by a newer kerasnb."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection for writing; the file is made where there is none.

    Raises:
        OSError, sqlite3.Error: it cannot be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerFile(f"{path} was written by a newer kerasnb")
        # Every commit outlives the process; a machine that loses power may lose the last ones, never the file.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if version < VERSION:
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection | None:
    """A connection that only reads; None where nothing is recorded yet. The folder may be read-only.

    Raises:
        sqlite3.DatabaseError: the file is damaged, or cannot be read.
    """
    if not path.is_file():
        return None
    problem: sqlite3.OperationalError | None = None
    for way in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?{way}", uri=True, timeout=PATIENCE)
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] > VERSION:
                raise NewerFile(f"{path} was written by a newer kerasnb: update kerasnb to read it.")
            there = {row[1] for row in connection.execute("PRAGMA table_info(runs)")}
            if there and not there >= COLUMNS:
                raise sqlite3.DatabaseError(f"it holds no runs, their table lacks {sorted(COLUMNS - there)[0]!r}")
        except sqlite3.OperationalError as error:
            connection.close()
            problem = error
            continue
        except BaseException:
            connection.close()
            raise
        if not there:  # another process is making it this very moment
            connection.close()
            return None
        connection.row_factory = sqlite3.Row
        return connection
    raise problem or sqlite3.OperationalError(f"cannot open {path}")


def is_busy(error: BaseException) -> bool:
    """Whether waiting helps: somebody else holds a lock."""
    return isinstance(error, sqlite3.OperationalError) and ("locked" in str(error) or "busy" in str(error))


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken."""
    text = str(error)
    return isinstance(error, sqlite3.DatabaseError) and ("not a database" in text or "malformed" in text)


def move_aside(path: Path) -> Path | None:
    """Put a damaged file out of the way, with what belongs to it; None where it is sound after all.

    Several processes find the damage at once: the second must not move the first one's new file.
    """
    with contextlib.suppress(sqlite3.Error):
        connection = sqlite3.connect(path, timeout=PATIENCE)
        try:
            if connection.execute("PRAGMA quick_check").fetchone()[0] == "ok":
                return None
        finally:
            connection.close()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    for number in range(1, 100):
        if not target.exists():
            break
        target = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{target}{ending}")
    return target
