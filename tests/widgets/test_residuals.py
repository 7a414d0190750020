"""Residuals: numbers of a regression, and the pictures that show them."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image
from widgets.stubs import Stub

from kerasnb.core.training.progress import number
from kerasnb.widgets.gallery import gallery
from kerasnb.widgets.plot import Plot, span
from kerasnb.widgets.residuals import Residuals

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 3))
TRUTH = X @ [1.0, -2.0, 0.5] + 3
LINE = Stub(lambda x: np.asarray(x) @ [[1.0], [-2.0], [0.5]] + 3.25, loss="mse", name="line")


@pytest.fixture
def view() -> Residuals:
    truth = TRUTH.copy()
    truth[7] += 4
    return gallery(LINE, X, truth, feature_names=["a", "b", "c"])


def test_numbers(view):
    m = view.metrics()
    errors = np.full(60, 0.25)
    errors[7] = -3.75
    np.testing.assert_allclose(view.errors[:, 0], errors, atol=1e-5)
    assert m["mae"] == pytest.approx(np.abs(errors).mean(), abs=1e-5)
    assert m["rmse"] == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-5)
    assert m["bias"] == pytest.approx(errors.mean(), abs=1e-5)
    assert m["r2"] == pytest.approx(1 - (errors**2).sum() / ((view.truth - view.truth.mean()) ** 2).sum(), abs=1e-5)
    assert m["median"] == pytest.approx(0.25, abs=1e-5) and view.worst(1).tolist() == [7]


def test_text_and_html_show_the_same_numbers(view):
    bundle = view._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    html, text = bundle["text/html"].rpartition("</style>")[2], bundle["text/plain"]
    for word in (number(view.metrics()["mae"]), number(view.metrics()["rmse"]), number(view.metrics()["r2"])):
        assert word in html and word in text
    worst = [cells[0] for cells in re.findall(r"<tr><td>(\d+)</td><td>(.*?)</td>", html)]
    assert worst == [str(i) for i in view.worst()]
    listed = text.rpartition("worst cases:")[2].splitlines()[2:]
    assert [line.split()[0] for line in listed] == worst
    assert html.count("<svg") == 3 and html.count('class="w"') == 16  # each of the worst in two diagrams
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert picture.width > 1500


def test_figure(view):
    figure = view.figure()
    assert isinstance(figure, go.Figure)
    np.testing.assert_allclose(figure.data[0].x, view.truth[:, 0])
    np.testing.assert_allclose(figure.data[0].y, view.predicted[:, 0])


def test_several_outputs():
    model = Stub(lambda x: np.stack([x[:, 0], 2 * x[:, 0]], 1), loss="mae")
    truth = np.stack([X[:, 0], 2 * X[:, 0] + 1], 1)
    view = gallery(model, X, truth, target_names=["height", "weight"], target="weight")
    assert view.metrics()["bias"] == pytest.approx(-1, abs=1e-6) and view.metrics("height")["mae"] < 1e-6
    assert "weight is drawn" in view.text() and "height" in view.text()
    with pytest.raises(ValueError, match=r"target must be one of \['height', 'weight'\]"):
        gallery(model, X, truth, target_names=["height", "weight"], target="age")
    with pytest.raises(ValueError, match="1 names, but the model has 2 outputs"):
        gallery(model, X, truth, target_names="height")


def test_without_targets(view):
    alone = gallery(LINE, X)
    assert "Predictions of line" in alone.text() and alone.still()["text/html"].count("<svg") == 1
    with pytest.raises(ValueError, match="no errors without y"):
        alone.worst()


def test_many_samples_stay_small_and_the_worst_are_there():
    x = DRAW.normal(size=(50_000, 3))
    truth = x @ [1.0, -2.0, 0.5]
    truth[123] = 99
    bundle = gallery(LINE, x, truth).still()
    assert sum(map(len, bundle.values())) < 250_000
    assert "sample 123: true 99.0000" in bundle["text/html"]


def test_images_beside_the_worst_cases():
    images = DRAW.uniform(size=(12, 8, 8)).astype("float32")
    model = Stub(lambda x: np.asarray(x).mean((1, 2))[:, None], loss="mse")
    html = gallery(model, images, images.mean((1, 2)) + DRAW.normal(size=12)).still()["text/html"]
    assert html.count("data:image/png") == 8


def test_names_are_escaped():
    name = "<script>alert(1)</script>"
    html = gallery(LINE, X, TRUTH, target_names=name, feature_names=[name, "b", "c"]).still()["text/html"]
    assert "<script" not in html and "&lt;script&gt;" in html


def test_constant_truth_and_perfect_prediction():
    one = gallery(Stub(lambda x: np.ones((len(x), 1)), loss="mse"), X, np.ones(60))
    assert np.isnan(one.metrics()["r2"]) and one.metrics()["mae"] == 0
    assert "R²" not in one.text().splitlines()[0] and one.still()["image/png"]


FAULTS = [
    (np.ones(5), "y has the shape"),
    (["a"] * 60, "no numbers"),
    (np.where(np.arange(60) == 3, np.nan, 1.0), r"first: sample 3"),
]


@pytest.mark.parametrize(("y", "message"), FAULTS, ids=[m for _, m in FAULTS])
def test_faults_are_told(y, message):
    with pytest.raises(ValueError, match=message):
        Residuals(LINE, X, y)


def test_nan_predictions():
    with pytest.raises(ValueError, match="60 of 60 predictions are NaN"):
        Residuals(Stub(lambda x: np.full((len(x), 1), np.nan)), X, TRUTH)


def test_plot_coordinates():
    plot = Plot("t", "x", "y", (0.0, 10.0), (0.0, 1.0))
    assert plot.x(0.0) < plot.x(10.0) and plot.y(1.0) < plot.y(0.0)
    assert span([5, 5]) == (4.5, 5.5) and span([0, 0]) == (-0.5, 0.5)
    low, high = span([1, 2], zero=True)
    assert low < 0 < 2 < high
