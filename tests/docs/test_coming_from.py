"""The programs of the pages that lead here from elsewhere run; names in their tables are there."""

from __future__ import annotations

import re

import pytest
from sitebuild import names
from sitebuild.places import DOCS

PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def programs(page: str) -> list[str]:
    """The Python programs of a page, in order."""
    return PROGRAM.findall((DOCS / page).read_text(encoding="utf-8"))


def test_programs_of_coming_from_run_one_after_another():
    found = programs("coming_from.md")
    assert len(found) >= 4
    space: dict = {}
    for number, program in enumerate(found):
        exec(compile(program, f"coming_from.md, program {number}", "exec"), space)


def test_the_program_beside_r_builds_the_front_page_network():
    (program,) = [p for p in programs("coming_from_r.md") if "history.plot" in p]
    space: dict = {}
    exec(compile(program.partition("history =")[0], "coming_from_r.md", "exec"), space)
    assert space["model"].count_params() == 235_146


@pytest.mark.parametrize("page", ["coming_from.md", "coming_from_r.md", "why.md", "widgets.md", "getting_started.md"])
def test_names_in_pages_are_there(page):
    """Every ``layers.X``, ``keras.x.y`` and the like between backticks."""
    text = (DOCS / page).read_text(encoding="utf-8").partition("<!-- written by")[0]
    modules = (
        "layers|ops|losses|metrics|optimizers|callbacks|datasets|utils|models|saving|widgets|runs|applications|config"
    )
    found = set()
    for code in re.findall(r"`([^`\n]+)`", text):
        found.update(re.findall(rf"(?<![\w./])(?:keras\.)?((?:{modules})\.[A-Za-z_][\w.]*\w|[A-Z]\w+)(?=\()", code))
        found.update(re.findall(rf"(?<![\w./])(?:keras\.)?((?:{modules})\.[A-Za-z_]\w*(?:\.\w+)*)", code))
    for name in sorted(n for n in found if "." in n and not n.endswith((".md", ".ipynb", ".py"))):
        names.resolve(name)
