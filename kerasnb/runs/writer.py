"""The background thread that writes runs to the file, so that training never waits for a disk.

The training thread appends to a bounded queue. What does not fit into it, or could not be written, is not lost as
long as the process lives: at the end of a run the whole history is at hand, and is written once more if need be.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from . import store
from .describe import plain

LIMIT = 20_000  # entries that wait
PACE = 0.1  # seconds between two transactions
IDLE = 3.0  # seconds without work after which the thread ends and the file is closed
RETRY = 0.25  # seconds between two tries of a file that somebody holds


class Recording:
    """A run on its way to the file.

    Args:
        key: its name that no other run has.
        row: columns of the table of runs; those that are dicts or lists become JSON.
        config: the model's configuration as JSON, and its hash in ``row``.
    """

    def __init__(self, key: str, row: dict[str, Any], config: str):
        self.key, self.row, self.config = key, row, config
        self.id: int | None = None
        self.connection = 0  # number of the connection that ``id`` was found with
        self.behind = False  # whether epochs are missing in the file


class Writer:
    """Writes to one file from a thread of its own, which begins with the first entry and ends when idle."""

    def __init__(self, path: Path):
        self.path = path
        self.waiting: deque[tuple[Recording, str, Any]] = deque()
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None
        self.hurry = False  # somebody waits for all to be written
        self.busy = False
        self.trouble: str = ""  # what went wrong, until somebody tells it
        self.known: set[str] = set()  # troubles that were told
        self.connection: sqlite3.Connection | None = None
        self.connections = 0
        self.inode = 0

    # --- on the training thread --------------------------------------------------------------------------

    def put(self, recording: Recording, kind: str, what: Any = None) -> None:
        """Add an entry: "start", "epoch" (epoch, logs, seconds), "finish" (a dict) or "saved" (a path)."""
        if kind == "epoch" and len(self.waiting) >= LIMIT:
            recording.behind = True
            return
        with self.changed:  # held for microseconds only, never while the file is at work
            self.waiting.append((recording, kind, what))
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="kerasnb-runs", daemon=True)
                self.thread.start()

    def flush(self, timeout: float) -> bool:
        """Wait until all is written, at most ``timeout`` seconds; whether it is."""
        deadline = time.monotonic() + timeout
        with self.changed:
            self.hurry = True
            self.changed.notify_all()
            while (self.waiting or self.busy) and self.thread is not None and self.thread.is_alive():
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self.changed.wait(min(left, 0.05))
            self.hurry = False
        return not self.waiting and not self.busy

    def close(self, timeout: float = 2.0) -> None:
        """Write what waits and end the thread; at the end of the process."""
        self.flush(timeout)
        with self.changed:
            thread, self.thread = self.thread, None
            self.changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(1.0)

    def news(self) -> str:
        """A trouble nobody was told of yet."""
        text, self.trouble = self.trouble, ""
        return text

    # --- on the thread of its own ------------------------------------------------------------------------

    def _work(self) -> None:
        me, idle_since = threading.current_thread(), time.monotonic()
        while True:
            with self.changed:
                if not self.waiting:
                    if self.thread is not me or time.monotonic() - idle_since > IDLE:
                        self._disconnect()
                        if self.thread is me:
                            self.thread = None
                        return
                    self.changed.wait(PACE)
                    continue
                self.busy = True
                batch = [self.waiting.popleft() for _ in range(len(self.waiting))]
            try:
                self._write_safely(batch)
            finally:
                with self.changed:
                    self.busy = False
                    self.changed.notify_all()
                    idle_since = time.monotonic()
                    if not self.hurry and self.thread is me:
                        self.changed.wait(PACE)

    def _write_safely(self, batch: list[tuple[Recording, str, Any]]) -> None:
        try:
            self._write(batch)
            return
        except (OSError, sqlite3.Error) as error:
            self._rolled_back(batch)
            problem: Exception = error
        if store.is_busy(problem):  # nothing is lost: what waits stays first in line
            self.waiting.extendleft(reversed(batch))
            self._tell("busy", f"{self.path} is locked by another program; runs are written when it is free.")
            with self.changed:
                self.changed.wait(RETRY)
            return
        if store.is_damage(problem):
            with contextlib.suppress(OSError):
                aside = store.move_aside(self.path)
                if aside is not None:
                    self._tell("damage", f"{self.path} was damaged. It lies at {aside} now, and a new one was begun.")
                try:
                    for recording, _, _ in batch:
                        recording.behind = True
                    self._write(batch)
                    return
                except (OSError, sqlite3.Error) as error:
                    self._rolled_back(batch)
                    problem = error
        for recording, kind, _ in batch:
            recording.behind = recording.behind or kind == "epoch"
        self._tell("trouble", f"runs are not recorded: {problem} ({self.path}). Training goes on.")

    def _rolled_back(self, batch: list[tuple[Recording, str, Any]]) -> None:
        for recording, _, _ in batch:
            recording.id = None
        self._disconnect()

    def _disconnect(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self.connection.close()
            self.connection = None

    def _tell(self, kind: str, text: str) -> None:
        if kind not in self.known:
            self.known.add(kind)
            self.trouble = f"{self.trouble}\n{text}" if self.trouble else text

    def _write(self, batch: list[tuple[Recording, str, Any]]) -> None:
        """One transaction."""
        with contextlib.suppress(OSError):
            if self.connection is not None and not _same_file(self.path, self.inode):
                self._disconnect()  # somebody removed it
        if self.connection is None:
            self.connection = store.connect(self.path)
            self.connections += 1
            self.inode = os.stat(self.path).st_ino
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        latest: dict[int, tuple[int, str]] = {}
        rows: list[tuple[int, int, float, str]] = []
        finished: list[tuple[Recording, dict[str, Any]]] = []
        for recording, kind, what in batch:
            number = self._number(connection, recording)
            if kind == "epoch":
                epoch, logs, seconds = what
                text = json.dumps(plain(logs))
                rows.append((number, epoch, seconds, text))
                latest[number] = (epoch, text)
            elif kind == "finish":
                finished.append((recording, what))
            elif kind == "saved":
                (stored,) = connection.execute("SELECT saved FROM runs WHERE id = ?", (number,)).fetchone()
                paths = [p for p in json.loads(stored) if p != what]
                connection.execute("UPDATE runs SET saved = ? WHERE id = ?", (json.dumps([*paths, what]), number))
        connection.executemany("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?)", rows)
        for number, (_, text) in latest.items():
            connection.execute(
                "UPDATE runs SET final = ?, epochs = (SELECT count(*) FROM epochs WHERE run = ?) WHERE id = ?",
                (text, number, number),
            )
        for recording, what in finished:
            self._finish(connection, recording, what)
        connection.execute("COMMIT")

    def _number(self, connection: sqlite3.Connection, recording: Recording) -> int:
        """The number of a run in the file; its row is made where it is missing."""
        if recording.id is not None and recording.connection == self.connections:
            return recording.id
        recording.connection = self.connections
        found = connection.execute("SELECT id FROM runs WHERE key = ?", (recording.key,)).fetchone()
        if found is not None:
            recording.id = int(found[0])
            return recording.id
        row = {k: json.dumps(v) if isinstance(v, (dict, list)) else v for k, v in recording.row.items()}
        row["key"] = recording.key
        connection.execute("INSERT OR IGNORE INTO configs VALUES (?, ?)", (row["hash"], recording.config))
        marks = ", ".join("?" * len(row))
        cursor = connection.execute(f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
        recording.id = int(cursor.lastrowid or 0)
        return recording.id

    def _finish(self, connection: sqlite3.Connection, recording: Recording, what: dict[str, Any]) -> None:
        number, epochs, history = recording.id, what["epoch"], what["history"]
        stored = connection.execute("SELECT count(*) FROM epochs WHERE run = ?", (number,)).fetchone()[0]
        if recording.behind or stored < len(epochs):
            seconds = what["seconds"]
            connection.executemany(
                "INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?)",
                [
                    (number, epoch, seconds[i] if i < len(seconds) else None, json.dumps(_logs(history, i)))
                    for i, epoch in enumerate(epochs)
                ],
            )
        if epochs:  # a run that went back has left later epochs behind
            connection.execute("DELETE FROM epochs WHERE run = ? AND epoch > ?", (number, epochs[-1]))
        last = connection.execute(
            "SELECT logs FROM epochs WHERE run = ? ORDER BY epoch DESC LIMIT 1", (number,)
        ).fetchone()
        connection.execute(
            "UPDATE runs SET status = ?, message = ?, ended = ?, final = ?, parameters = ?,"
            " epochs = (SELECT count(*) FROM epochs WHERE run = ?) WHERE id = ?",
            (
                what["status"],
                what["message"],
                what["ended"],
                last[0] if last else "{}",
                what["parameters"],
                number,
                number,
            ),
        )
        recording.behind = False


def _logs(history: dict[str, list[Any]], i: int) -> dict[str, Any]:
    # A number that not every epoch has (validation_freq) cannot be told which epoch it is of: only whole rows count.
    length = max(map(len, history.values()), default=0)
    return {name: plain(values[i]) for name, values in history.items() if len(values) == length and i < length}


def _same_file(path: Path, inode: int) -> bool:
    try:
        return os.stat(path).st_ino == inode
    except FileNotFoundError:
        return False


_writers: dict[tuple[int, Path], Writer] = {}
_lock = threading.Lock()


def writer_of(path: Path) -> Writer:
    """This process's writer of a file; a forked child gets its own."""
    with _lock:
        if not _writers:
            atexit.register(close_all)
        return _writers.setdefault((os.getpid(), path), Writer(path))


def writers() -> list[Writer]:
    """Those of this process."""
    return [w for (pid, _), w in list(_writers.items()) if pid == os.getpid()]


def close_all() -> None:
    """Write what waits, at the end of the process, and tell troubles that nobody heard of."""
    import sys

    for writer in writers():
        writer.close()
        if writer.waiting:
            writer.trouble += f"\n{writer.path} was still locked at the end: its last runs are not whole."
        if text := writer.news():
            print(f"kerasnb: {text.strip()}", file=sys.stderr)  # noqa: T201
