"""The site builds without a warning, all its links lead somewhere, nothing is fetched from a network."""

from __future__ import annotations

import importlib.util

import nbformat
import pytest
from sitebuild import links, notebooks, places, stage

needs_sphinx = pytest.mark.skipif(
    importlib.util.find_spec("myst_nb") is None, reason="the extra docs is not installed (make docs installs it)"
)


def test_every_page_of_the_folder_is_on_the_site():
    """By pattern: a page that is added to docs/ is found, and the front page lists it."""
    front = stage.page(places.DOCS / "index.md")
    for path in places.DOCS.glob("*.md"):
        if path.stem != "index":
            assert f"\n{path.stem}\n" in front, path.name


def test_every_notebook_is_listed():
    text = stage.page(places.DOCS / "examples.md") + stage.page(places.DOCS / "widgets.md")
    for path in places.notebooks("notebooks"):
        assert f"(notebooks/{path.name})" in text
    text = stage.page(places.DOCS / "tutorials.md")
    assert all(f"tutorials/{path.stem}\n" in text for path in places.notebooks("tutorials"))


def test_links_of_pages_are_turned_to_where_things_lie():
    turned = stage.links("[a](../CONTRIBUTING.md) [b](../tutorials/00_front_page.ipynb#x) [c](runs.md)", places.DOCS)
    assert turned == "[a](contributing.md) [b](tutorials/00_front_page.ipynb#x) [c](runs.md)"
    assert "github.com" in stage.links("[a](../kerasnb/cli.py)", places.DOCS)
    assert stage.links("```\n[a](../README.md)\n```", places.DOCS).count("../README.md") == 1


def test_a_notebook_keeps_what_a_page_can_show():
    output = nbformat.v4.new_output(
        "display_data", data={"application/vnd.jupyter.widget-view+json": {}, "text/html": "<b>1</b>"}
    )
    only_live = nbformat.v4.new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}})
    cell = nbformat.v4.new_code_cell("1", outputs=[output, only_live])
    prose = nbformat.v4.new_markdown_cell("[![Open](https://colab.x/badge.svg)](https://colab.x/y) [z](#The-Data)")
    shown = notebooks.for_the_site(nbformat.v4.new_notebook(cells=[prose, cell], metadata={"widgets": {}}))
    assert [list(o.data) for o in shown.cells[1].outputs] == [["text/html"]]
    assert shown.cells[0].source == "[Open this notebook in Colab](https://colab.x/y) [z](#the-data)"
    assert "widgets" not in shown.metadata


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="gone.html">x</a>', "there is no gone.html"),
        ('<a href="#gone">x</a>', "there is no anchor #gone"),
        ('<script src="https://cdn.example/x.js"></script>', "fetches https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/f.css">', "fetches //fonts.example/f.css"),
        ('<img src="gone.png">', "there is no gone.png"),
        ('<p id="here"></p><a href="#here">x</a> <a href="https://example.org">y</a>', None),
    ],
)
def test_faults_of_pages_are_found(tmp_path, html, fault):
    (tmp_path / "index.html").write_text(html)
    assert links.faults(tmp_path) == ([f"index.html: {fault}"] if fault else [])


@needs_sphinx
@pytest.mark.slow
def test_the_site_builds(tmp_path, monkeypatch):
    """With notebooks as they are stored: their execution is the business of tests/test_notebooks.py."""
    from sitebuild import __main__ as build

    for module in (places, stage, build):
        for name in ("OUT", "SOURCE", "HTML"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, tmp_path / name.lower())
    monkeypatch.setenv("PYTHONPATH", str(places.DOCS))
    assert build.main(["--no-notebooks"]) == 0
    assert (tmp_path / "html" / "reference" / "layers" / "Dense.html").is_file()
    assert (tmp_path / "html" / "search.html").is_file()
