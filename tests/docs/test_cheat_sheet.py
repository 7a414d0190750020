"""The cheat sheet says only what is so, and its files are of today."""

from __future__ import annotations

import pytest
from sitebuild import cheat_content, cheat_sheet

import kerasnb


def test_every_name_and_argument_on_it_is_there():
    assert not cheat_sheet.faults()


def test_names_in_quotes_are_known():
    for word in cheat_sheet.strings():
        kerasnb.activations.get(word)


def test_drawings_and_pdf_are_up_to_date():
    assert not cheat_sheet.stale(), "run: PYTHONPATH=docs python -m sitebuild.cheat_sheet"


def test_the_pdf_has_two_pages():
    assert cheat_sheet.PDF.read_bytes().count(b"/Type /Page\n") == len(cheat_content.SIDES)


@pytest.mark.parametrize(
    "wrong",
    ["layers.Dence(3)", "layers.Dense(3, unit=3)", "keras.optimizers.Adam(lr=1)", "model.fitt(x)", "keras.runs.gets"],
)
def test_what_is_not_so_is_found(wrong):
    assert cheat_sheet._faults(wrong)


def test_a_line_too_long_for_its_column_is_refused(monkeypatch):
    monkeypatch.setattr(cheat_sheet, "SIDES", [[[("Title", ["x" * 400])]]])
    with pytest.raises(ValueError, match="too long for its column"):
        cheat_sheet.svg(1)
