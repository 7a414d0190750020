"""Still pictures: the same numbers in HTML, text and PNG, for runs of every kind."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.callbacks.history import History
from kerasnb.core.training.progress import number
from kerasnb.widgets.record import Run
from kerasnb.widgets.series import is_rising, panels_of, thin, ticks
from kerasnb.widgets.still import history_bundle, number_table, still_of


def history_of(rows: dict, status: str = "done", name: str = "net", message: str = "") -> History:
    history = History()
    history.history, history.status, history.message = rows, status, message
    history.epoch = list(range(max(map(len, rows.values()), default=0)))
    history.seconds = [0.5] * len(history.epoch)
    history.set_model(SimpleNamespace(name=name))
    return history


def run_of(rows: dict, steps: int = 10) -> Run:
    run = Run(steps)
    for epoch in range(len(rows["loss"])):
        run.add_chunk(np.linspace(1, 0.5, steps), {k: v[epoch] for k, v in rows.items() if not k.startswith("val_")})
        run.add_epoch(epoch, {k: v[epoch] for k, v in rows.items()})
    return run


PLAIN = {
    "loss": [1.0, 0.5, 0.25],
    "val_loss": [1.5, 0.75, 0.875],
    "accuracy": [0.5, 0.75, 0.9],
    "val_accuracy": [0.4, 0.7, 0.8],
}
# Histories as they come: name, rows.
CASES = {
    "plain": PLAIN,
    "one epoch": {"loss": [0.5], "mae": [0.1]},
    "no validation": {"loss": [3.0, 2.0]},
    "NaN in the middle": {"loss": [1.0, float("nan"), 0.5], "val_loss": [1.0, float("inf"), 0.5]},
    "all NaN": {"loss": [float("nan")] * 3},
    "constant": {"loss": [0.0] * 5, "val_loss": [0.0] * 5},
    "huge and tiny": {"loss": [1e30, 1e-30], "val_loss": [-1e30, 1e30]},
    "validation now and then": {"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [2.0, 1.0]},
    "long": {"loss": np.geomspace(1, 1e-3, 5000).tolist(), "val_loss": np.geomspace(2, 1e-2, 5000).tolist()},
    "many metrics": {f"metric_{i}": [0.1, 0.2] for i in range(12)} | {"loss": [1.0, 0.5]},
    "learning rate": {"loss": [1.0, 0.5], "learning_rate": [0.1, 0.01]},
    "arrays": {"loss": [1.0, 0.5], "per_class": [np.array([0.1, 0.3]), np.array([0.2, 0.4])]},
    "markup": {"loss": [1.0], "<script>alert(1)</script>": [0.5]},
}
cases = pytest.mark.parametrize("rows", CASES.values(), ids=CASES.keys())


class Page(HTMLParser):
    """The table, the text, and what is not closed."""

    VOID = ("path", "circle", "br", "img")

    def __init__(self, html: str):
        super().__init__()
        self.rows, self.text, self.open, self.links = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.links += [v for k, v in attributes if k in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        if "style" not in self.open:
            self.text.append(data)


@cases
def test_html_and_text_show_the_same_numbers(rows):
    parts = history_bundle(history_of(rows))
    page = Page(parts["text/html"])
    assert page.open == [] and page.links == []
    table = [line.split() for line in parts["text/plain"].splitlines()]
    lines = [[cell for cell in row if cell] for row in page.rows]
    assert lines and [row for row in lines if " " not in "".join(row)] == [row for row in table if row in lines]
    for name, values in rows.items():
        if name == "learning_rate" or not np.isfinite(np.mean(values[-1])):
            continue
        last = number(float(np.mean(values[-1])))
        assert last in parts["text/plain"] and last in " ".join(page.text), name


@cases
def test_the_png_is_a_picture(rows):
    from PIL import Image

    data = base64.b64decode(history_bundle(history_of(rows))["image/png"])
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert (picture.format == "PNG" and picture.width >= 900) or len(rows) == 1
        assert len(picture.convert("RGB").getcolors(100_000)) > 3
    assert len(data) < 200_000


def test_the_png_has_the_colours_it_is_drawn_with():
    from PIL import Image, ImageColor

    from kerasnb.widgets import picture as drawing

    data = base64.b64decode(history_bundle(history_of(PLAIN))["image/png"])
    with Image.open(io.BytesIO(data)) as picture:
        shown = {colour for _, colour in picture.convert("RGB").getcolors(100_000)}
    inks = (drawing.INK, drawing.PALE, drawing.GRID, drawing.TRAINING, drawing.VALIDATION)
    assert {ImageColor.getrgb(ink) for ink in inks} | {drawing.WHITE} <= shown


@cases
def test_coordinates_are_numbers_near_the_picture(rows):
    html = history_bundle(history_of(rows))["text/html"]
    for d in re.findall(r'class="[tvs]" d="M([\d. L-]+)"', html):
        points = np.array([float(v) for v in d.replace("L", " ").split()]).reshape(-1, 2)
        assert (points[:, 0] >= 0).all() and (points[:, 0] <= 460).all()
        assert (np.abs(points[:, 1]) < 5000).all()  # what is outside is cut off by the inner svg
    assert html.count("<svg viewBox") == html.count('<svg x="') > 0
    assert "nan" not in "".join(re.findall(r' d="[^"]*"', html))


def test_markup_in_names_is_escaped():
    parts = history_bundle(history_of(CASES["markup"], name="<b onclick=x>"))
    assert "<script" not in parts["text/html"] and "<b onclick" not in parts["text/html"]


def test_what_stands_above_the_picture():
    parts = history_bundle(history_of(PLAIN, "stopped", message="Stopped in epoch 3: all is kept."))
    for text in (parts["text/plain"], "".join(Page(parts["text/html"]).text)):
        for said in ("net", "3 epochs", "1.5 s in total", "stopped by hand", "in epoch 2: 0.7500", "all is kept."):
            assert said in text


def test_show_brings_back_what_stood_there():
    history = history_of(PLAIN)
    assert "per step" not in str(panels_of(history.history))
    history.run = run_of(PLAIN)
    shown = still_of(history)
    assert shown._repr_mimebundle_()["text/html"].count('class="s"') == 1  # the losses of the steps
    assert repr(shown).startswith("net · 3 epochs") and history.show().parts == shown.parts


def test_a_long_run_is_a_short_output():
    run = Run(1000)
    for epoch in range(300):
        run.add_chunk(np.random.default_rng(epoch).random(1000), {"loss": 0.5, "accuracy": 0.5})
        run.add_epoch(epoch, {"loss": 1 / (epoch + 1), "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5})
    parts = history_bundle(history_of(run.history()), run)
    assert sum(map(len, parts.values())) < 250_000
    header, rows = number_table(run.panels())
    assert header == ["epoch", "loss", "val_loss", "accuracy", "val_accuracy"] and len(rows) <= 24
    assert rows[0][0] == "1" and rows[-1][0] == "300"


class TestRun:
    def test_where_steps_lie(self):
        run = Run(4)
        run.add_chunk(np.ones(4), {"loss": 1.0})
        run.add_epoch(0, {"loss": 1.0})
        run.add_chunk(np.ones(2), {"loss": 1.0})
        assert run.step_x(np.arange(1, 7)).tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]

    def test_an_epoch_number_to_begin_with(self):
        run = Run(2, initial_epoch=5)
        run.add_chunk(np.ones(1), {"loss": 1.0})
        assert run.step_x(np.array([1.0])).tolist() == [5.5]

    def test_steps_are_counted_where_nobody_knew(self):
        run = Run(None)
        run.add_chunk(np.ones(3), {})
        run.add_epoch(0, {"loss": 1.0})
        assert run.steps == 3

    def test_all_losses_are_kept(self):
        run = Run()
        for part in np.array_split(np.arange(5000, dtype=np.float32), 77):
            run.add_chunk(part, {"loss": 1.0})
        np.testing.assert_array_equal(run.losses, np.arange(5000))
        assert run.means[-1][0] == 5000

    def test_memory_is_bounded(self, monkeypatch):
        monkeypatch.setattr("kerasnb.widgets.record.MAX_STEPS", 1000)
        run = Run()
        for _ in range(5000):
            run.add_chunk(np.ones(1), {"loss": 1.0})
        assert run.count == 1000 and len(run.means) < 1700


@given(st.integers(2, 5000), st.integers(8, 500))
def test_thinning_keeps_the_extremes(n, limit):
    y = np.random.default_rng(n).normal(size=n)
    x, kept = thin(np.arange(n, dtype=float), y, limit)
    assert len(kept) <= max(limit, 8)
    assert {y.min(), y.max(), y[0], y[-1]} <= set(kept.tolist())
    assert (np.diff(x) > 0).all() and (y[x.astype(int)] == kept).all()


@given(
    st.integers(9, 3000),
    st.integers(8, 300),
    st.sampled_from([0.1, 0.9, 1.0]),
    st.sampled_from([np.nan, np.inf, -np.inf]),
)
def test_thinning_looks_past_values_that_are_no_numbers(n, limit, share, value):
    draw = np.random.default_rng(n)
    y = draw.normal(size=n)
    y[draw.random(n) < share] = value
    x, kept = thin(np.arange(n, dtype=float), y, limit)
    assert len(kept) <= max(limit, 8) and (x[0], x[-1]) == (0, n - 1)
    for part in np.array_split(np.arange(n), limit // 2 - 1) if n > limit else ():
        real = y[part][np.isfinite(y[part])]
        found = y[[int(i) for i in x if part[0] <= i <= part[-1]]]
        assert not real.size or {real.min(), real.max()} <= set(found.tolist())


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_are_few_and_inside(low, width):
    found = ticks(low, low + width, 5)
    rounding = 1e-11 * max(abs(low), abs(low + width)) + 1e-6 * width
    assert len(found) <= 8
    assert all(low - rounding <= v <= low + width + rounding for v in found)


@pytest.mark.parametrize(
    "name, rising",
    [("accuracy", True), ("val_auc", True), ("top_k_categorical_accuracy", True), ("loss", False), ("mae", False),
     ("f1_score", True), ("cosine_similarity", True), ("mean_squared_error", False), ("accuracy_loss", False),
     ("my_own", None)],
)  # fmt: skip
def test_direction(name, rising):
    assert is_rising(name) is rising


def test_the_best_epoch_is_marked_where_somebody_can_tell():
    rows = {"loss": [1.0, 0.5], "val_loss": [0.5, 1.0], "my_own": [1.0, 2.0], "val_my_own": [1.0, 2.0]}
    history = history_of(rows)
    assert history_bundle(history)["text/html"].count('class="b"') == 1

    class Own:
        name, _direction = "my_own", "up"

    history.set_model(SimpleNamespace(name="net", metrics=[Own()]))
    assert [p.best_epoch for p in panels_of(rows, None, history.model)] == [(1, 0.5), (2, 2.0)]


def test_plot_is_a_plotly_figure_with_its_still():
    figure = history_of(PLAIN).plot()
    parts = figure._repr_mimebundle_()
    assert set(parts) == {"application/vnd.plotly.v1+json", "text/html", "text/plain"}
    shown = {(t.name, t.xaxis): list(t.y) for t in figure.data}
    assert shown["training", "x"] == PLAIN["loss"] and shown["validation", "x2"] == PLAIN["val_accuracy"]
    assert [list(t.x) for t in figure.data if t.name == "best epoch"] == [[2], [3]]
    assert len(history_of(PLAIN).plot(metrics="loss").data) == 3
    with pytest.raises(ValueError, match="it has \\['loss', 'accuracy'\\]"):
        history_of(PLAIN).plot(metrics="acuracy")
    with pytest.raises(ValueError, match="nothing to plot"):
        history_of({}).plot()
