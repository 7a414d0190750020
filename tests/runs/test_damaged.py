"""Files of runs that are damaged, locked, newer, or of another program: told in words, and nothing is lost."""

from __future__ import annotations

import sqlite3

import pytest

from kerasnb import runs
from kerasnb.runs import reading, store


@pytest.fixture
def path(tmp_path, monkeypatch):
    found = tmp_path / "runs.db"
    monkeypatch.setenv("KERASNB_RUNS", str(found))
    return found


def filled(path):
    connection = store.connect(path)
    connection.execute("INSERT INTO runs (key, started, model, final) VALUES ('k', 1.0, 'm', '{\"loss\": 0.5}')")
    connection.close()


def altered(path, *statements):
    filled(path)
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "statement, words",
    [
        ("PRAGMA user_version = 99", "newer kerasnb"),
        ("ALTER TABLE runs RENAME COLUMN final TO last", "lacks 'final'"),
        ("ALTER TABLE runs DROP COLUMN versions", "lacks 'versions'"),
        ("DROP TABLE epochs", "cannot be used"),
    ],
)
def test_files_of_others(statement, words, path):
    altered(path, statement)
    with pytest.raises(ValueError, match=words):
        runs.table()
        repr(runs.get(1).history)
    assert path.is_file()


def test_no_writing_into_a_newer_file(path):
    altered(path, "PRAGMA user_version = 99")
    with pytest.raises(ValueError, match="newer kerasnb"):
        with reading.opened(writing=True):
            pass


def test_nothing_there_yet(path):
    for writing in (False, True):
        with reading.opened(writing=writing) as connection:
            assert connection is None
    sqlite3.connect(path).execute("CREATE TABLE other (a)")  # another process is making it this very moment
    with reading.opened() as connection:
        assert connection is None


def test_a_locked_file(path, monkeypatch):
    filled(path)
    monkeypatch.setattr(store, "PATIENCE", 0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(ValueError, match="locked by another program"):
            with reading.opened(writing=True) as connection:
                connection.execute("UPDATE runs SET notes = 'x'")
    finally:
        other.close()


def test_a_file_that_cannot_be_opened_either_way(path, monkeypatch):
    filled(path)

    class Broken:
        def execute(self, text):
            raise sqlite3.OperationalError("disk I/O error")

        def close(self):
            pass

    monkeypatch.setattr(store.sqlite3, "connect", lambda *args, **kwargs: Broken())
    with pytest.raises(ValueError, match="cannot be used: disk I/O error"):
        runs.table()


def test_a_damaged_file_is_put_aside_once(path, monkeypatch):
    path.write_bytes(b"no database, whatever its name says" * 100)
    monkeypatch.setattr(store.time, "strftime", lambda form: "now")
    with pytest.raises(ValueError, match=r"was damaged. It lies at .*runs\.db\.damaged-now now"):
        runs.table()
    assert [p.name for p in path.parent.iterdir()] == ["runs.db.damaged-now"]
    path.write_bytes(b"and once more, in the same second" * 100)
    with pytest.raises(ValueError, match="damaged-now-1 now"):
        runs.table()
    for number in range(2, 100):
        path.with_name(f"runs.db.damaged-now-{number}").write_bytes(b"")
    path.write_bytes(b"a hundred and first" * 100)
    assert store.move_aside(path).name == "runs.db.damaged-now-99"  # the last name serves again


def test_a_sound_file_stays(path):
    """Another process has put the damaged one aside meanwhile, and begun anew."""
    filled(path)
    assert store.move_aside(path) is None
    said = reading._said(path, sqlite3.DatabaseError("database disk image is malformed"))
    assert "cannot be used" in said and path.is_file()


def test_a_folder_in_its_place(path):
    path.mkdir()
    assert reading._said(path, sqlite3.OperationalError("unable to open")).endswith("to another file.")
    with pytest.raises((ValueError, OSError)):
        with reading.opened(writing=True) as connection:
            assert connection is None
            raise OSError("a folder")


@pytest.mark.parametrize("text", ["{", "[1]", "5", b"\xff", "[" * 100_000, None, ""])
def test_a_bad_column_hides_nothing(text):
    assert reading.unpacked(text) == {}


def test_recording_is_off(monkeypatch):
    monkeypatch.setenv("KERASNB_RUNS", "off")
    with pytest.raises(ValueError, match="KERASNB_RUNS is off"):
        runs.table()
