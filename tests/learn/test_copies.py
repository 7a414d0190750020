"""Copies of tutorials: each opens without a question, and none is ever written over."""

from __future__ import annotations

import json

import pytest

from kerasnb.learn import copies
from kerasnb.learn.series import SERIES


@pytest.mark.parametrize("tutorial", SERIES[:3], ids=lambda t: t.name)
def test_a_copy_is_the_tutorial_with_a_kernel(tutorial, tmp_path):
    found = copies.copy(tutorial, tmp_path / "a" / "b")
    assert found.state == "new" and found.path.name == f"{tutorial.name}.ipynb"
    made = json.loads(found.path.read_text())
    came = json.loads((copies.originals() / found.path.name).read_text())
    assert made["cells"] == came["cells"] and made["metadata"]["kernelspec"]["name"]
    assert copies.copy(tutorial, tmp_path / "a" / "b").state == "untouched"


def test_outputs_are_no_edit_and_words_are(tmp_path):
    found = copies.copy(SERIES[0], tmp_path)
    notebook = json.loads(found.path.read_text())
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "ran"}]
    found.path.write_text(json.dumps(notebook))
    assert copies.copy(SERIES[0], tmp_path).state == "untouched"
    code["source"] = "mine = 1"
    found.path.write_text(json.dumps(notebook))
    assert copies.copy(SERIES[0], tmp_path).state == "edited"
    assert "it stays as it is" in str(copies.copy(SERIES[0], tmp_path))
    fresh = [copies.copy(SERIES[0], tmp_path, fresh=True).path.name for _ in range(2)]
    assert fresh == [f"{SERIES[0].name}-2.ipynb", f"{SERIES[0].name}-3.ipynb"]
    assert json.loads(found.path.read_text()) == notebook


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}', '{"cells": [{}]}'])
def test_what_is_no_notebook_any_more_stays_too(tmp_path, content):
    path = tmp_path / f"{SERIES[0].name}.ipynb"
    path.write_text(content)
    assert copies.copy(SERIES[0], tmp_path).state == "edited" and path.read_text() == content


def test_the_originals_are_no_copy_of_themselves():
    found = copies.copy(SERIES[0], copies.originals())
    assert found.state == "untouched" and found.path.parent == copies.originals()


@pytest.mark.parametrize("word, number", [(3, 3), ("03", 3), ("3", 3), ("Basic reg", 3), ("06_conv", 6), ("save", 5)])
def test_tutorials_by_number_and_name(word, number):
    assert copies.tutorial_of(word).number == number


@pytest.mark.parametrize("word", ["99", "-1", "", "basic", "x"])
def test_tutorials_that_are_not_there(word):
    with pytest.raises(ValueError, match="There are: 0 front page"):
        copies.tutorial_of(word)


def test_a_tutorial_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "originals", lambda: tmp_path)
    with pytest.raises(ValueError, match="is not among the files of this kerasnb"):
        copies.copy(SERIES[0], tmp_path / "a")
    (tmp_path / f"{SERIES[0].name}.ipynb").write_text("{}")
    assert copies.copy(SERIES[0], tmp_path).state == "untouched"  # the folder of the originals themselves
