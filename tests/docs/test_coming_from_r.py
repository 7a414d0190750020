"""Every function of R's packages has its counterpart, and every counterpart is there."""

from __future__ import annotations

import re

import pytest
from sitebuild import coming_from_r, names

ROWS = coming_from_r.rows()


def test_the_list_is_whole():
    """Names of all kinds, none twice within a package; 1141 of them when the list was made."""
    assert len(ROWS) >= 1141
    seen = [(row.package, row.name) for row in ROWS]
    assert len(set(seen)) == len(seen)


def test_every_counterpart_is_there():
    missing = []
    for row in ROWS:
        if row.target:
            try:
                names.resolve(row.target)
            except AttributeError as error:
                missing.append(f"{row.name}: {error}")
    assert not missing, "\n".join(missing)


def test_every_function_has_a_counterpart_or_a_word_why_not():
    assert not [row.name for row in ROWS if not row.target and not row.note]
    # what has no counterpart here at all is said to be missing, is R's own, or is the language's
    without = [row.name for row in ROWS if not row.target and not row.code]
    assert len(without) < 0.06 * len(ROWS), without


def test_code_in_the_table_is_about_names_that_are_there():
    """Every ``keras.`` name in a row's code and note, not only the first."""
    for row in ROWS:
        for name in re.findall(r"\bkeras\.([a-z_]\w*(?:\.\w+)*|[A-Z]\w+)", f"{row.code} {row.note}"):
            names.resolve(name)


def test_the_page_is_up_to_date():
    assert coming_from_r.PAGE.read_text(encoding="utf-8") == coming_from_r.text()


@pytest.mark.parametrize(
    ("r", "here"),
    [
        ("layer_conv_2d", "layers.Conv2D"),
        ("loss_hinge", "losses.hinge"),
        ("metric_hinge", "metrics.Hinge"),
        ("op_image_resize", "ops.image.resize"),
        ("optimizer_adam_w", "optimizers.AdamW"),
        ("dataset_mnist", "datasets.mnist.load_data"),
    ],
)
def test_some_by_hand(r, here):
    assert next(row.target for row in ROWS if row.name == r) == here
