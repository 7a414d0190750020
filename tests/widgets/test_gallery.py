"""The gallery without a browser: numbers, corrections, still pictures, and what is said to a browser that asks."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import re
import threading
import weakref

import numpy as np
import pytest
from PIL import Image
from widgets.stubs import Stub, digits, fixed

import kerasnb as keras
from kerasnb.widgets import gallery as module
from kerasnb.widgets import in_place, live
from kerasnb.widgets.confusion import Confusion
from kerasnb.widgets.explain import explain
from kerasnb.widgets.gallery import Gallery, gallery
from kerasnb.widgets.gallery_messages import answer, everything
from kerasnb.widgets.refresh import Refresh
from kerasnb.widgets.residuals import Residuals


@pytest.fixture
def three() -> Gallery:
    model, x, y = digits()
    return gallery(model, x, y, class_names=["low", "middle", "high"])


# --- numbers ---------------------------------------------------------------------------------------------


def test_counts(three):
    y = three.predictions.truth
    assert three.counts["samples"] == 30 and three.counts["right"] + three.counts["wrong"] == 30
    assert three.accuracy == pytest.approx(three.counts["right"] / 30)
    np.testing.assert_array_equal(three.confusion.counts.sum(1), np.bincount(y, minlength=3))
    assert three.confusion.counts.trace() == three.counts["right"]
    worst = three.worst(3)
    assert three.predictions.wrong[worst].all()
    assert (np.diff(three.predictions.confidence[worst]) <= 0).all()


def test_rates():
    confusion = Confusion(np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]]), ["a", "b", "c"])
    np.testing.assert_allclose(confusion.recall, [0.75, 1, np.nan])
    np.testing.assert_allclose(confusion.precision, [1, 2 / 3, np.nan])
    assert confusion.pairs() == [(0, 1, 1)]


def test_text_and_html_show_the_same_numbers(three):
    text, html = three.text(), three.still()["text/html"]
    right = f"{three.counts['right']} of 30 right ({three.accuracy:.1%})"
    assert right in text and right in html
    table = re.search(r'<table class="knb-confusion.*?</table>', html, re.S)[0]
    cells = [int(c or 0) for c in re.findall(r"<td class=[^>]*>(\d*)</td>", table)]
    assert cells == three.confusion.counts.ravel().tolist()
    rows = [line.split() for line in text.splitlines() if line.split()[:1] and line.split()[0] in three.class_names]
    assert [[int(n) for n in row[1:4]] for row in rows] == three.confusion.counts.tolist()
    shown = [int(i) for i in re.findall(r'<figure [^>]*title="sample (\d+)"', html)]
    assert shown == three.order()[:28].tolist()
    for i in three.worst(3):
        assert f"sample {i}: says {three.class_names[three.predictions.predicted[i]]}" in text


def test_png_is_a_picture(three):
    picture = Image.open(io.BytesIO(base64.b64decode(three.still()["image/png"])))
    assert picture.width > 600 and len(set(picture.convert("L").get_flattened_data())) > 20


def test_names_are_escaped():
    model, x, y = digits()
    html = gallery(model, x, y, class_names=["<script>alert(1)</script>", '"quoted"', "&"]).still()["text/html"]
    assert "<script" not in html and "&lt;script&gt;" in html and "&quot;quoted&quot;" in html
    model.name = "<img src=x onerror=alert(1)>"
    assert "<img src=x" not in gallery(model, x, y).still()["text/html"]


@pytest.mark.parametrize("classes", [2, 3, 13, 45])
def test_any_number_of_classes(classes):
    draw = np.random.default_rng(classes)
    y = draw.integers(0, classes, 80)
    bundle = gallery(fixed(draw.dirichlet(np.ones(classes), 80)), np.zeros((80, 8, 8)), y).still()
    html = bundle["text/html"].rpartition("</style>")[2]
    assert ("knb-pairs" in html) == (classes > 40) and ("knb-dense" in html) == (12 < classes <= 40)
    assert ("taken for" in bundle["text/plain"]) == (classes > 12)


def test_perfect_and_hopeless_models():
    right = gallery(fixed(np.eye(3)), np.zeros((6, 8, 8)), [0, 1, 2] * 2)
    assert right.accuracy == 1 and len(right.worst()) == 0 and "confidently wrong" not in right.text()
    wrong = gallery(fixed(np.eye(3)), np.zeros((6, 8, 8)), [1, 2, 0] * 2)
    assert wrong.accuracy == 0 and len(wrong.worst()) == 6
    assert "no two classes" in gallery(fixed(np.eye(20)), np.zeros((20, 8, 8)), np.arange(20)).text()


def test_without_labels(three):
    seen = gallery(three.model, three.x)
    assert seen.sort == "unsure" and np.isnan(seen.accuracy)
    assert "least sure" in seen.text() and "knb-counts" in seen.still()["text/html"]
    x, y = seen.corrected()
    assert len(x) == 30 and y is None


def test_one_sample():
    seen = gallery(fixed([[0.2, 0.8]]), np.zeros((1, 8, 8)), [1])
    assert seen.accuracy == 1 and "1 of 1 right" in seen.text() and seen.still()["image/png"]


# --- corrections -------------------------------------------------------------------------------------------


def test_corrections(three):
    before = three.y.copy()
    three.relabel(4, "high")
    three.relabel(5, 0)
    three.drop(1, 2)
    three.drop(2)
    x, y = three.corrected()
    kept = [i for i in range(30) if i not in (1, 2)]
    np.testing.assert_array_equal(x, three.x[kept])
    assert y[kept.index(4)] == 2 and y[kept.index(5)] == 0 and len(y) == 28
    assert three.counts["dropped"] == 2 and 1 not in three.order() and "2 dropped" in three.text()
    np.testing.assert_array_equal(three.y, before)
    three.restore(1, 4)
    assert three.predictions.truth[4] == before[4] and three.counts["dropped"] == 1
    three.restore()
    assert three.counts["dropped"] == 0 == three.counts["relabelled"]
    with pytest.raises(IndexError, match="no sample 30"):
        three.drop(30)
    with pytest.raises(ValueError, match="Did you mean 'high'"):
        three.relabel(0, "hihg")


def test_corrections_keep_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": np.arange(4.0), "b": np.arange(4.0)}, index=[9, 8, 7, 6])
    labels = pandas.Series([0, 1, 0, 1], index=frame.index)
    view = gallery(fixed([[0.9, 0.1]]), frame, labels)
    view.relabel(0, 1)
    view.drop(2)
    x, y = view.corrected()
    assert x.index.tolist() == [9, 8, 6] and y.tolist() == [1, 1, 1] and y.index.tolist() == [9, 8, 6]


def test_refresh_keeps_corrections(three):
    three.relabel(3, "middle")
    outputs = np.full((30, 3), [0.1, 0.8, 0.1])
    three.model._predict = lambda x: outputs
    three.refresh()
    assert (three.predictions.predicted == 1).all() and three.predictions.truth[3] == 1
    shown = gallery(three.model, three.x, three.y, predictions=outputs)
    with pytest.raises(ValueError, match="given to it"):
        shown.refresh()


def test_gallery_follows_fit():
    keras.utils.set_random_seed(0)
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, 64)
    x = (draw.normal(size=(64, 5)) + 3 * y[:, None]).astype("float32")
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.3), "sparse_categorical_crossentropy")
    view = model.gallery(x, y)
    seen = []

    def refresh(old=view.refresh):
        sent = old()
        seen.append(view.accuracy)
        return sent

    view.refresh = refresh
    model.fit(x, y, epochs=7, verbose=0, callbacks=[view.callback(every=2)])
    assert len(seen) == 4 and seen[-1] > 0.9  # after 2, 4, 6 epochs and at the end
    assert view.accuracy == pytest.approx((model.predict_classes(x) == y).mean())
    with pytest.raises(ValueError, match="at least 1 epoch"):
        view.callback(0)


def test_refreshes_leave_room_on_the_wire():
    class View:
        count = 0

        def refresh(self):
            self.count += 1
            return 2_000_000

        def redraw(self):
            self.drawn = self.count

    now, view = [0.0], View()
    callback = Refresh(view, clock=lambda: now[0])
    for epoch in range(100):  # ten seconds
        callback.on_epoch_end(epoch)
        now[0] += 0.1
    callback.on_train_end()
    assert view.count == 3 == view.drawn


# --- what comes in ----------------------------------------------------------------------------------------------


def test_quantities_lead_to_residuals():
    assert isinstance(gallery(fixed([[1.5], [2.5]]), np.zeros((2, 4)), [1.25, 2.5]), Residuals)
    with pytest.raises(ValueError, match="quantities"):
        Gallery(fixed([[1.5], [2.5]]), np.zeros((2, 4)), [1.25, 2.5])


def test_data_sets_of_batches():
    model, x, y = digits()
    batches = [(x[i : i + 10], y[i : i + 10]) for i in (0, 10, 20)]
    seen = gallery(model, iter(batches))
    np.testing.assert_array_equal(seen.y, y)


def test_numbered_batches_are_read_once():
    model, x, y = digits()

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return x[10 * i : 10 * i + 10], y[10 * i : 10 * i + 10]

    seen = gallery(model, Batches())
    np.testing.assert_array_equal(seen.y, y)
    np.testing.assert_array_equal(seen.x, x)


def test_data_that_gives_nothing():
    with pytest.raises(ValueError, match="no batches"):
        gallery(digits()[0], iter([]))


def test_several_outputs():
    model = Stub(lambda x: {"kind": np.tile([0.2, 0.8], (len(x), 1)), "size": np.zeros((len(x), 1))})
    assert gallery(model, np.zeros((3, 8, 8)), [1, 1, 0], output="kind").accuracy == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match=r"outputs \['kind', 'size'\]"):
        gallery(model, np.zeros((3, 8, 8)), [1, 1, 0])


FAULTS = [
    ({"sorting": "loss"}, TypeError, r"no option 'sorting'.*Did you mean 'sort'"),
    ({"sort": "best"}, ValueError, "sort must be one of"),
    ({"page": 0}, ValueError, "page must be at least 1"),
    ({"class_names": ["a"]}, ValueError, "1 names, but the model tells 3"),
    ({"y": np.arange(30)}, ValueError, "label 3"),
    ({"y": [0, 1]}, ValueError, "30 samples"),
    ({"x": np.zeros((0, 8, 8)), "predictions": np.zeros((0, 3))}, ValueError, "no samples"),
    ({"predictions": np.zeros((7, 3))}, ValueError, "30 samples but predictions"),
    ({"predictions": np.full((30, 3), np.nan)}, ValueError, "30 of 30 predictions are NaN"),
]


@pytest.mark.parametrize(("options", "error", "message"), FAULTS, ids=[m for *_, m in FAULTS])
def test_faults_are_told(options, error, message):
    model, x, y = digits()
    options = dict(options)
    with pytest.raises(error, match=message):
        gallery(model, options.pop("x", x), options.pop("y", y), **options)


def test_too_many_samples(monkeypatch):
    monkeypatch.setattr(module, "MOST", 29)
    model, x, y = digits()
    with pytest.raises(ValueError, match=r"model.gallery\(x\[:29\]"):
        gallery(model, x, y)


# --- explanations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flat", [False, True])
def test_occlusion_finds_what_counts(flat):
    model, x, y = digits(seed=3)
    view = gallery(model, x.reshape(30, -1) if flat else x, y)
    i = int(np.flatnonzero(view.predictions.predicted == 1)[0])
    message, (heat,) = explain(view, i)
    heat = np.frombuffer(heat, np.float32).reshape(message["height"], message["width"])
    assert heat.shape == (8, 8) and np.abs(heat).max() == pytest.approx(1)
    assert heat[2:4].mean() > 3 * np.abs(heat[6:]).mean()  # the stripe of class 1


def test_gradient_finds_what_counts():
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    kernel = np.zeros((64, 2), np.float32)
    kernel[18:20, 1] = 2.0
    model.set_weights([kernel, np.zeros(2, np.float32)])
    view = model.gallery(np.random.default_rng(0).uniform(size=(3, 8, 8, 1)).astype("float32"))
    for _ in range(2):  # the second time by the kept program
        _, (heat,) = explain(view, 0, "gradient", 1)
        heat = np.frombuffer(heat, np.float32).reshape(8, 8)
        assert heat[2, 2:4].min() == pytest.approx(1) and heat[6:].max() == 0
    with pytest.raises(ValueError, match="needs a kerasnb model"):
        explain(gallery(fixed([[0.3, 0.7]]), view.x), 0, "gradient")
    with pytest.raises(ValueError, match="method must be"):
        explain(view, 0, "guess")


def test_words_and_features_contribute():
    def good(x):  # the more of token 7, the surer
        p = np.clip((np.asarray(x) == 7).sum(1) / 3, 0, 1)
        return np.stack([1 - p, p], 1)

    ids = np.array([[0, 0, 7, 3, 7], [0, 1, 2, 3, 4]])
    view = gallery(Stub(good), ids, [1, 0], word_index={"good": 7, "film": 3})
    message, _ = explain(view, 0, label=1)
    assert message["parts"] == ["good", "film", "good"]
    np.testing.assert_allclose(message["weights"], [1 / 3, 0, 1 / 3], atol=1e-4)

    table = np.array([[1.0, 5.0], [0.0, 5.0], [0.0, 5.0]])
    view = gallery(Stub(lambda x: np.stack([1 - x[:, 0], x[:, 0]], 1)), table, feature_names=["a", "b"])
    message, _ = explain(view, 0, label=1)
    assert message["parts"] == ["a = 1", "b = 5"]
    np.testing.assert_allclose(message["weights"], [2 / 3, 0], atol=1e-4)

    def loud(x):
        p = np.array([1.0 if "loud" in str(t) else 0.0 for t in np.ravel(x)])
        return np.stack([1 - p, p], 1)

    view = gallery(Stub(loud), np.array(["so loud here", "quiet"]), [1, 0])
    message, _ = explain(view, 0)
    assert message["parts"] == ["so", "loud", "here"] and message["weights"] == [0, 1, 0]


def test_a_text_to_its_end():
    view = gallery(fixed([[0.1, 0.9]]), np.array(["word " * 100]), [1])
    assert answer(view, "whole", {"index": 0})[0]["text"] == ("word " * 100).strip()
    assert len(everything(view)[0]["captions"][0]) <= 240
    assert answer(view, "nonsense", {"index": 0}) is None


def test_explanations_of_logits_and_several_inputs():
    images = np.zeros((4, 8, 8), np.float32)
    images[:, 2:4] = 1
    x = {"other": np.zeros((4, 2), np.float32), "image": images}
    model = Stub(lambda x: np.stack([x["image"][:, 2:4].sum((1, 2)), np.full(len(x["other"]), 4.0)], 1))
    view = gallery(model, x, [0] * 4)
    assert view.predictions.notes
    message, (heat,) = explain(view, 0)
    assert message["most"] > 0 and np.frombuffer(heat, np.float32).reshape(8, 8)[2:4].mean() > 0.3


# --- the browser ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(three, wire, monkeypatch):
    """The gallery as displayed in a notebook."""
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    three.bundle = three._repr_mimebundle_()
    yield three
    three.close()


def numbers(message) -> dict:
    """The arrays of a message, as the browser reads them."""
    names = ("truth", "predicted", "given", "confidence", "loss", "classes", "p")
    found = {n: np.frombuffer(b, np.uint16) for n, b in zip(names, message["buffers"], strict=False)}
    found.update({n: found[n] / 65535 for n in ("confidence", "loss", "p")})
    found["loss"] = -np.log(1e-7) * found["loss"]
    return found


def test_the_output_is_the_picture_and_no_widget_view(shown, wire):
    assert set(shown.bundle) == {"text/html", "image/png", "text/plain"}
    assert f'class="knb knb-gallery {shown.place}"' in shown.bundle["text/html"]
    assert wire.state("place") == [shown.place]
    shown._repr_mimebundle_()
    assert len(wire.custom("everything")) == 1  # sent once, however often it is displayed


def test_what_the_browser_gets(shown, wire):
    (message,) = wire.custom("everything")
    found = numbers(message)
    p = shown.predictions
    np.testing.assert_array_equal(found["truth"], p.truth)
    np.testing.assert_array_equal(found["predicted"], p.predicted)
    np.testing.assert_allclose(found["confidence"], p.confidence, atol=1e-5)
    np.testing.assert_allclose(found["loss"], p.loss, atol=2e-4)
    np.testing.assert_allclose(found["p"].reshape(30, 3).max(1), p.probabilities.max(1), atol=1e-5)
    assert message["names"] == shown.class_names and message["rows"] == shown.order().tolist()
    (sheet,) = message["sheets"]
    tiles = np.frombuffer(message["buffers"][7], np.uint8).reshape(30, 8, 8, 1)
    assert sheet["format"] == "raw"
    np.testing.assert_array_equal(tiles, shown.samples.pixels(shown.order()))


def test_requests(shown, wire):
    wire.press(kind="hello", request=1)
    wire.press(kind="tiles", request=2, rows=[3, 1, 99])
    wire.press(kind="whole", request=3, index=2)
    wire.press(kind="explain", request=4, index=2, method="occlusion")
    wire.press(kind="relabel", request=5, index=2, label=1)
    wire.press(kind="drop", request=6, index=3)
    wire.press(kind="restore", request=7, index=2)
    answers = [m for m in wire.custom() if m.get("request")]
    assert [(m["request"], m["kind"]) for m in answers] == [
        (1, "everything"), (2, "tiles"), (3, "whole"), (4, "explained"), (5, "changed"), (6, "changed"), (7, "changed"),
    ]  # fmt: skip
    assert answers[1]["rows"] == [3, 1] and len(answers[1]["buffers"][0]) == 128
    assert shown.relabelled == {} and shown.dropped == {3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"kind": "explain", "index": 99}, "no sample 99"),
        ({"kind": "explain", "index": 1, "method": "guess"}, "method must be"),
        ({"kind": "relabel", "index": 1, "label": 7}, "label 7"),
        ({"kind": "drop", "index": None}, "no sample None"),
        ({"kind": "tiles"}, "rows"),
    ],
)
def test_bad_requests_are_answered(shown, wire, content, message):
    wire.press(request=1, **content)
    (answer,) = wire.custom("error")
    assert message in answer["message"] and answer["request"] == 1


def test_refreshing_tells_the_browser(shown, wire):
    shown.model._predict = lambda x: np.full((len(x), 3), [0.1, 0.8, 0.1])
    shown.refresh()
    (message,) = wire.custom("numbers")
    assert (numbers(message)["predicted"] == 1).all()


def test_messages_stay_below_what_the_server_lets_through(wire):
    """Jupyter drops what exceeds 3 MB in 3 seconds."""
    draw = np.random.default_rng(0)
    for shape, dtype in (((28, 28), np.uint8), ((32, 32, 3), np.uint8), ((96, 96, 3), np.uint8)):
        x = draw.integers(0, 256, (4000 if shape[0] < 90 else 500, *shape), dtype=dtype)
        view = gallery(fixed(draw.dirichlet(np.ones(10), 50)), x, draw.integers(0, 10, len(x)))
        _, buffers = everything(view)
        assert sum(map(len, buffers)) < 2_700_000, shape


def test_other_threads_wait_for_the_main_one(three, wire, monkeypatch):
    """A kernel's subshell must not trace a model that may be in training."""
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    threads = []
    monkeypatch.setattr(three, "receive", lambda *a: threads.append(threading.current_thread()))

    def press():
        wire.press(kind="explain", request=1, index=0)

    async def cell(poll):
        three._repr_mimebundle_()
        beside = threading.Thread(target=press)
        beside.start()
        beside.join()
        if poll:
            live.Inbox(None).poll()
            assert len(threads) == 2
        assert poll or len(threads) == 0  # nothing while the cell runs
        await asyncio.sleep(0.01)

    asyncio.run(cell(poll=False))
    assert threads == [threading.main_thread()]
    three.close()
    asyncio.run(cell(poll=True))
    assert threads == [threading.main_thread()] * 2


def test_front_ends_that_keep_outputs_apart_get_the_view_too(three, wire, monkeypatch):
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: True)
    bundle = three._repr_mimebundle_()
    assert bundle[in_place.WIDGET_VIEW]["model_id"] == three.link.model_id and "text/html" in bundle
    three.close()
    assert three.link is None and wire.messages[-1]["type"] == "comm_close"


def test_galleries_nobody_holds_are_freed(wire, monkeypatch):
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    model, x, y = digits()

    def show():
        view = gallery(model, x, y)
        view._repr_mimebundle_()
        return weakref.ref(view)

    shown = [show() for _ in range(in_place.KEPT + 3)]
    gc.collect()
    assert [r() is None for r in shown] == [True] * 3 + [False] * in_place.KEPT
    closed = [m for m in wire.messages if m["type"] == "comm_close"]
    assert len(closed) >= 3  # the gallery's wire, and with it what belongs to it
    in_place._last_shown.clear()
    gc.collect()
    assert all(r() is None for r in shown)


def test_the_output_can_be_drawn_anew(three, wire, monkeypatch):
    outputs = []

    class Handle:
        def update(self, bundle, raw):
            outputs.append(bundle["text/plain"])

    def display(bundle, raw, display_id):
        assert raw and display_id
        outputs.append(bundle["text/plain"])
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    with pytest.raises(NotImplementedError):  # no kernel: IPython takes the text
        three._ipython_display_()
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    three.redraw()
    assert outputs == []
    three._ipython_display_()
    three.drop(0)
    three.redraw()
    assert len(outputs) == 2 and "1 dropped" not in outputs[0] and "1 dropped" in outputs[1]
    three.close()


def test_without_a_kernel_nothing_is_opened(three, wire):
    three._repr_mimebundle_()
    assert wire.messages == [] and three.link is None
