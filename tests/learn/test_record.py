"""Progress: what is done is remembered, shown, and never in the way."""

from __future__ import annotations

import json
import os

import pytest

from kerasnb import learn, magic
from kerasnb.learn import record
from kerasnb.learn.exercise import exercises_of
from kerasnb.learn.series import SERIES


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_right_answers_are_remembered(home):
    assert record.done() == set()
    learn.check("00.2", 32_768)
    assert not home.exists()
    learn.check("00.2", 32_896)
    learn.check("00.2", 32_896)
    learn.check("01.1", "sneaker")
    assert record.done() == {"00.2", "01.1"}
    assert json.loads(record.progress_file().read_text())["done"] == ["00.2", "01.1"]
    assert [path.name for path in home.iterdir()] == [record.FILE]  # and no scratch files


@pytest.mark.parametrize("text", ["", "{", "[]", '{"done": 3}', '{"done": [1, {}]}', '{"other": 1}', "\x00"])
def test_damaged_files_count_as_nothing(text, home):
    home.mkdir()
    record.progress_file().write_text(text)
    assert record.done() == set()
    assert learn.check("01.1", "sneaker").right
    assert record.done() == {"01.1"}


@pytest.mark.parametrize("kind", ["a file in the way", "a folder that cannot be written"])
def test_an_unwritable_home_is_no_reason_to_complain(kind, home):
    if kind == "a file in the way":
        home.write_text("")
    else:
        home.mkdir()
        home.chmod(0o500)
    assert learn.check("01.1", "sneaker").right
    if kind == "a file in the way" or os.getuid():
        assert record.done() == set()
    home.chmod(0o700)


def test_the_series_is_shown_as_text_and_html():
    learn.check("00.2", 32_896)
    shown = learn.progress()
    page = shown._repr_mimebundle_()
    for tutorial in SERIES:
        assert tutorial.title in repr(shown)
        assert f"<td>{tutorial.minutes} min</td>" in page["text/html"]
    count = len(exercises_of(0))
    assert f"1 of {count}" in repr(shown).splitlines()[0] and f"1 of {count}" in page["text/html"]
    assert repr(magic.answer("tutorials")) == repr(shown)
