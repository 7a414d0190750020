"""Notebooks read and executed without a browser: what is none, what fails in it, and what is asked of it afterwards."""

from __future__ import annotations

import nbformat
import pytest

from kerasnb import execute

V4 = nbformat.v4


def written(path, *cells):
    return execute.save(V4.new_notebook(cells=list(cells)), path)


def test_a_notebook_runs_and_answers(tmp_path):
    path = written(
        tmp_path / "deep" / "n.ipynb",
        V4.new_markdown_cell("# Sum\n\n```\n# no heading\n```"),
        V4.new_code_cell("import os\nn = 1 + 1\nhere = os.getcwd()"),
        V4.new_code_cell(""),
        V4.new_code_cell("n + 40"),
    )
    seen, took = [], []
    (tmp_path / "work").mkdir()
    done = execute.execute(
        path,
        asks={"n": "n", "gone": "nonesuch", "no literal": "os", "here": "here"},
        on_start=lambda number, count, title: seen.append((number, count, title)),
        on_end=took.append,
        timeout=300,
        folder=tmp_path / "work",
    )
    assert seen == [(1, 2, "Sum"), (2, 2, "n + 40")] and len(took) == 2 and done.seconds > 0
    assert done.answers == {"n": 2, "gone": None, "no literal": None, "here": str((tmp_path / "work").resolve())}
    assert done.notebook.cells[3].outputs[0]["data"]["text/plain"] == "42"
    page = execute.save_html(done.notebook, tmp_path / "pages" / "n.html").read_text()
    assert "42" in page and 'src="http' not in page


def test_the_cell_that_fails_is_named(tmp_path):
    path = written(tmp_path / "n.ipynb", V4.new_markdown_cell("## Halves"), V4.new_code_cell("print('so far')\n1 / 0"))
    fine = written(tmp_path / "fine.ipynb", V4.new_code_cell("1"))
    assert execute.execute(fine).answers == {}
    with pytest.raises(execute.CellFailed, match=r"in 'Halves': ZeroDivisionError: division by zero") as failed:
        execute.execute(path)
    assert failed.value.notebook.cells[1].outputs[0]["text"] == "so far\n" and failed.value.title == "Halves"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        '{"cells": 5}',
        "[" * 100_000,
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}',
    ],
    ids=range(6),
)
def test_what_is_no_notebook(text, tmp_path):
    path = tmp_path / "n.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"n\.ipynb is no notebook, or it is damaged: \S"):
        execute.read_notebook(path)
    with pytest.raises(OSError):
        execute.read_notebook(tmp_path / "gone.ipynb")


def test_an_error_without_words(tmp_path, monkeypatch):
    class Silent(Exception):
        pass

    def fail(*args, **kwargs):
        raise Silent

    monkeypatch.setattr(nbformat, "read", fail)
    with pytest.raises(ValueError, match="damaged: Silent"):
        execute.read_notebook(tmp_path / "n.ipynb")
