"""Several labels for a sample: recognised, counted as NumPy counts, shown, one label looked at as a gallery."""

from __future__ import annotations

import re

import numpy as np
import pytest
from widgets.stubs import fixed

from kerasnb.widgets.gallery import Gallery, gallery
from kerasnb.widgets.label_gallery import LabelGallery
from kerasnb.widgets.label_sets import LabelSets, several_labels

P = np.array([[0.9, 0.2, 0.6], [0.8, 0.7, 0.1], [0.1, 0.4, 0.3], [0.99, 0.02, 0.97]], "float32")
Y = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
IMAGES = np.random.default_rng(0).uniform(0, 1, (4, 8, 8)).astype("float32")
NAMES = ["cat", "do<g>", "sun"]


def view(**options):
    return gallery(fixed(P), IMAGES, Y, **{"class_names": NAMES, **options})


@pytest.mark.parametrize(
    ("outputs", "y", "options", "expected"),
    [
        (P, Y, {}, True),
        (P, np.eye(3)[[0, 1, 2, 0]], {}, False),
        (P, np.eye(3)[[0, 1, 2, 0]], {"task": "labels"}, True),
        (P, Y, {"task": "classes"}, False),
        (P, Y, {"model": fixed(P, loss="mse")}, False),
        (P, None, {"model": fixed(P, loss="binary_crossentropy")}, True),
        (P, None, {}, False),
        (P[:, :1], Y[:, :1], {}, False),
        (P, np.array([0, 1, 2, 0]), {}, False),
        (P, Y + 0.5, {}, False),
    ],
)
def test_recognised_by_shape_and_values(outputs, y, options, expected):
    assert several_labels(outputs, y, **options) is expected


def test_counts_and_scores_are_numpys():
    sets = LabelSets.of(P, Y)
    given = P > 0.5
    counts, scores = sets.counts(), sets.scores()
    np.testing.assert_array_equal(counts["found"], (given & (Y == 1)).sum(0))
    np.testing.assert_array_equal(counts["missed"], (~given & (Y == 1)).sum(0))
    np.testing.assert_array_equal(counts["false"], (given & (Y == 0)).sum(0))
    np.testing.assert_allclose(scores["precision"], [2 / 3, 0, 1])
    np.testing.assert_allclose(scores["recall"], [1, 0, 1])
    np.testing.assert_allclose(scores["f1"], [0.8, 0, 1])
    assert sets.right.tolist() == [True, False, False, False] and sets.accuracy == pytest.approx(9 / 12)
    expected = -np.log(np.where(Y == 1, P, 1 - P)).mean(1)
    np.testing.assert_allclose(sets.loss, expected, rtol=1e-5)


def test_orders():
    sets = LabelSets.of(P, Y)
    assert sets.order("wrong").tolist() == [3, 1, 2, 0]
    assert sets.order("loss").tolist()[0] == 3 and sets.order("order").tolist() == [0, 1, 2, 3]
    nearest = np.abs(P - 0.5).min(1)
    assert (np.diff(nearest[sets.order("unsure")]) >= 0).all() and (np.diff(nearest[sets.order("sure")]) <= 0).all()


def test_table_samples_and_words_show_the_same():
    shown = view()
    assert isinstance(shown, LabelGallery)
    html, text = shown.html(), shown.text()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S)))
    for said in ("66.7%", "80.0%", "1 with all labels right (25.0%)", "75.0% of single labels right"):
        assert said in words and said in text
    assert "do<g>" in text and "do<g>" not in html and "do&lt;g&gt;" in html
    first = text.splitlines()[5]
    assert first.strip() == "sample 3: found sun; wrongly given cat"
    assert html.count('<details class="knb-sample">') == 4 and html.count("<img ") == 4
    assert "wrongly given: </span>cat" in html and "missed: </span>do&lt;g&gt;" in html
    assert set(shown._repr_mimebundle_()) == {"text/html", "text/plain"}
    assert not re.search(r"https?://|<script|<link|@import", html)


def test_one_label_is_a_gallery_of_its_own():
    one = view().of("cat")
    assert isinstance(one, Gallery) and one.class_names == ["no cat", "cat"]
    assert one.predictions.truth.tolist() == Y[:, 0].tolist() and one.accuracy == 0.75
    np.testing.assert_allclose(one.predictions.probabilities[:, 1], P[:, 0])
    assert view().of(2).class_names[1] == "sun"
    other = view().of("sun")
    other.refresh()
    np.testing.assert_allclose(other.predictions.probabilities[:, 1], P[:, 2], err_msg="asked anew, the same label")


def test_logits_and_no_labels():
    shown = gallery(fixed(np.log(P / (1 - P)), loss="binary_crossentropy"), IMAGES, None)
    np.testing.assert_allclose(shown.sets.probabilities, P, atol=1e-5)
    assert "sigmoid applied" in shown.text() and "missed" not in shown.text() and "given" in shown.html()


def test_texts_and_tables():
    texts = gallery(fixed(P), np.array(["one & two", "three", "four", "five"]), Y)
    assert "one &amp; two" in texts.html()
    assert "x0" in gallery(fixed(P), np.ones((4, 3), "float32"), Y).html()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sort": "best"}, "sort must be one of"),
        ({"page": 0}, "page must be at least 1"),
        ({"class_names": ["a"]}, "class_names has 1 names"),
        ({"predictions": np.full((4, 3), np.nan, "float32")}, "4 of 4 predictions are NaN"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(ValueError, match=words):
        view(**options)


@pytest.mark.parametrize(
    ("y", "words"), [(Y[:, :2], "y has the shape"), (Y * 2, "must hold 0 and 1"), (Y.astype(float) + np.nan, "0 and 1")]
)
def test_bad_labels(y, words):
    with pytest.raises(ValueError, match=words):
        gallery(fixed(P), IMAGES, y, task="labels")


def test_no_such_label():
    with pytest.raises(ValueError, match="no label 'dog'"):
        view().of("dog")
    with pytest.raises(ValueError, match="no label 3"):
        view().of(3)
