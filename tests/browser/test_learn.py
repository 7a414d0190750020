"""Exercises in a real JupyterLab: cards in both themes, solutions that unfold, the list of tutorials."""

from __future__ import annotations

import nbformat
import pytest
from browser.axe import grave_faults
from browser.checks import contrast
from browser.lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOLUTION = "<details>\n<summary>Solution 00.2</summary>\n\n```python\n256 * 128 + 128\n```\n\n</details>"
CODE = (
    "import os, tempfile; os.environ['KERAS_HOME'] = tempfile.mkdtemp()\nfrom kerasnb import learn",
    "learn.check('00.2', ...)",
    "learn.check('00.2', 32_768)",
    "learn.check('00.2', 256 * 128 + 128)",
    "learn.note('Small digits <b>stand in</b>.', title='No network')",
    "learn.progress()",
)


def test_cards_and_solutions(lab, page):
    path = lab.write("learn.ipynb", list(CODE))  # with a kernel's name: no dialog asks for it
    written = nbformat.read(path, 4)
    written.cells.insert(4, nbformat.v4.new_markdown_cell(SOLUTION))
    nbformat.write(written, path)
    book = Notebook(page, lab, "learn.ipynb").open()
    book.run_all()
    said = ("Your turn", "Not yet", "Right", "No network")
    for index, words in enumerate(said, start=1):
        assert words in book.text_of(index)
    assert "has something beside them" in book.text_of(2) and "<b>" in book.text_of(4)
    assert "1 of 5" in book.text_of(5)

    solution = page.locator(".jp-MarkdownCell details")
    assert not solution.locator("pre").is_visible()
    solution.locator("summary").click()
    assert "256 * 128 + 128" in solution.locator("pre").inner_text()

    for theme in ("light", "dark"):
        book.theme(theme)
        for found in (".knb-said", ".knb-words", ".knb-series td"):
            assert contrast(page, found) >= 4.5, (theme, found)
        for card in (".knb-answer", ".knb-series"):
            assert grave_faults(page, card) == [], theme
