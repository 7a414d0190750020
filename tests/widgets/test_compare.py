"""History.compare: several runs by name, in a figure, a still picture and words with the same numbers."""

from __future__ import annotations

import base64
import io
import json

import pytest

from kerasnb.callbacks import History
from kerasnb.core.training.progress import number


def history_of(rows, seconds=0.5):
    history = History()
    history.history, history.epoch = rows, list(range(len(rows["loss"])))
    history.seconds = [seconds] * len(history.epoch)
    return history


SMALL = history_of({"loss": [1.0, 0.8, 0.7], "val_loss": [1.1, 0.9, 0.95], "accuracy": [0.4, 0.5, 0.6]})
LARGE = history_of({"loss": [0.9, 0.5, 0.2, 0.1], "val_loss": [1.0, 0.6, 0.7, 0.8], "mae": [3.0, 2.0, 1.0, 0.5]})


@pytest.fixture
def bundle():
    return History.compare(small=SMALL, large=LARGE)._repr_mimebundle_()


def test_one_colour_a_run_and_validation_dashed():
    figure = History.compare({"small": SMALL, "large": LARGE})
    lines = [(t.name, t.line.dash, list(t.y)) for t in figure.data]
    assert ("small", "dash", [1.1, 0.9, 0.95]) in lines and ("large", "solid", [0.9, 0.5, 0.2, 0.1]) in lines
    assert len(lines) == 6  # loss of both in training and validation, accuracy of one, mae of the other
    colours = {name: {t.line.color for t in figure.data if t.name == name} for name in ("small", "large")}
    assert all(len(c) == 1 for c in colours.values()) and colours["small"] != colours["large"]
    assert [t.name for t in figure.data if t.showlegend] == ["small", "large"]


def test_the_text_says_last_and_best(bundle):
    rows = [line.split() for line in bundle["text/plain"].splitlines()]
    small = next(row for row in rows if row[:1] == ["small"])
    large = next(row for row in rows if row[:1] == ["large"])
    assert small[1:7] == ["3", "1.5", "s", number(0.95), number(0.9), "2"]
    assert large[1:7] == ["4", "2.0", "s", number(0.8), number(0.6), "2"]
    for value in small[4:] + large[4:]:
        assert value in bundle["text/html"]


def test_it_travels_without_plotly_too(bundle):
    assert set(bundle) == {"text/html", "text/plain", "application/vnd.plotly.v1+json"}
    json.dumps(bundle["application/vnd.plotly.v1+json"], allow_nan=False)
    assert bundle["text/html"].count("<svg viewBox") == 3


def test_the_picture():
    from PIL import Image

    from kerasnb.widgets.compare import compare_bundle, compared

    runs = {"small": SMALL, "large": LARGE}
    png = compare_bundle(runs, compared(runs))["image/png"]
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        assert picture.width > 900 and len(picture.convert("RGB").getcolors(100_000)) > 5


def test_dicts_metrics_log_and_markup():
    figure = History.compare({"<b>a</b>": SMALL.history, "b": LARGE}, metrics="loss", log=True)
    assert len(figure.data) == 4 and figure.layout.yaxis.type == "log"
    html = figure._repr_mimebundle_()["text/html"]
    assert "<b>a</b>" not in html and "&lt;b&gt;a&lt;/b&gt;" in html


@pytest.mark.parametrize(
    "runs, options, error, said",
    [
        (None, {}, ValueError, "pass histories by name"),
        ({"a": 3}, {}, TypeError, "'a' must be a History, or a dict of its numbers, got int"),
        ({"a": [1.0]}, {}, TypeError, "got list"),
        ({"a": History()}, {}, ValueError, "none of these histories has an epoch yet"),
        ({"a": SMALL}, {"metrics": ["f1"]}, ValueError, r"metrics=\['f1'\] are in none .* \['loss', 'accuracy'\]"),
    ],
)
def test_bad_input(runs, options, error, said):
    with pytest.raises(error, match=said):
        History.compare(runs, **options)
