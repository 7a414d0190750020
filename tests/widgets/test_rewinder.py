"""The run to drag along: a gallery that shows former epochs, the way back, and what a notebook keeps of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.widgets import in_place
from kerasnb.widgets.rewinder import Rewinder

X = np.random.RandomState(0).normal(size=(60, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32") + (X[:, 1] > 0)


@pytest.fixture
def history():
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(16, "relu"), layers.Dense(3, "softmax")], name="net")
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(X, Y, epochs=6, batch_size=16, verbose=0, validation_split=0.2, rewind=True)


@pytest.fixture
def view(history):
    return history.rewind.explore(X, Y)


@pytest.fixture
def shown(view, wire, monkeypatch):
    """The view as a notebook displays it."""
    monkeypatch.setattr(in_place, "kernel", lambda: SimpleNamespace())
    monkeypatch.setattr(in_place, "keeps_outputs_apart", lambda: False)
    view._repr_mimebundle_()
    return view


def ask(view, **content):
    view.link._on_message(None, {"request": 1, **content}, [])


def test_each_epoch_shows_its_own_predictions(view, history):
    assert isinstance(view, Rewinder) and view.epoch == 6
    for epoch in (0, 2, 6):
        assert view.show(epoch) == epoch
        expected = history.rewind.predict(epoch, X)
        np.testing.assert_allclose(view.gallery.predictions.probabilities, expected, rtol=1e-6)
        assert view.gallery.predictions.notes[-1] == f"as after epoch {epoch}"
    assert view.show(99) == 6 and view.show(-3) == 0
    assert view.gallery.accuracy < 0.9
    view.show(6)
    assert view.gallery.confusion.counts.sum() == 60


def test_the_picture_and_the_text_hold_run_and_gallery(view):
    view.show(3)
    bundle = view.still()
    assert set(bundle) == {"text/html", "text/plain", "image/png"}
    for part in (bundle["text/html"], bundle["text/plain"], repr(view)):
        assert "Epoch 3 of 6" in part and "as after epoch 3" in part and "right" in part
    assert bundle["text/html"].count('<svg viewBox="0 0 460 250"') == 2
    assert view.place in bundle["text/html"] and view.gallery.place in bundle["text/html"]


def test_what_the_browser_is_told(shown, wire):
    (all_,) = [m for m in wire.custom("everything") if "panels" in m]
    assert all_["panels"] == ["loss", "accuracy"] and (all_["first"], all_["last"], all_["epoch"]) == (0, 6, 6)
    assert [row["epoch"] for row in all_["rows"]] == list(range(6))
    assert set(all_["rows"][0]["values"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    ask(shown, kind="hello")
    assert wire.custom("everything")[-1]["request"] == 1


def test_looking_sends_new_numbers_to_the_gallery(shown, wire, history):
    before = len(wire.custom("numbers"))
    ask(shown, kind="look", value=2)
    assert wire.custom("looked")[-1]["epoch"] == 2 and shown.epoch == 2
    assert wire.custom("numbers")[before]["notes"][-1] == "as after epoch 2"
    ask(shown, kind="look", value=None)
    assert wire.custom("looked")[-1]["epoch"] == 6


def test_going_back(shown, wire, history):
    weights = history.rewind.weights(2)
    ask(shown, kind="back", value=2)
    assert "model.fit(…, initial_epoch=2)" in wire.custom("said")[-1]["text"]
    assert all(np.array_equal(a, b) for a, b in zip(history.model.get_weights(), weights, strict=True))
    history.status = "running"
    ask(shown, kind="back", value=3)
    assert "in training now" in wire.custom("error")[-1]["message"]


@pytest.mark.parametrize("content", [{"kind": "look", "value": "x"}, {"kind": "back"}, {"kind": "back", "value": None}])
def test_nonsense_is_answered_with_an_error(shown, wire, content, history):
    weights = history.model.get_weights()
    ask(shown, **content)
    assert wire.custom("error")[-1]["request"] == 1
    assert all(np.array_equal(a, b) for a, b in zip(history.model.get_weights(), weights, strict=True))


def test_without_states_or_classes(history):
    history.rewind.close()
    with pytest.raises(ValueError, match=r"no states are kept.*rewind=True"):
        history.rewind.explore(X, Y)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    run = model.fit(X, X[:, 0], verbose=0, rewind=True)
    with pytest.raises(TypeError, match=r"history\.rewind\.predict\(epoch, x\)"):
        run.rewind.explore(X, X[:, 0])


def test_a_gallery_in_fit_waits_while_a_former_epoch_is_looked_at(history):
    model = history.model
    view = model.gallery(X, Y)
    refreshed = []
    view.refresh = lambda note="": refreshed.append(note) or 0

    def look(epoch, logs):
        if epoch == 1:
            model.history.rewind.look(1)
        if epoch == 3:
            model.history.rewind.look(None)

    watch = keras.callbacks.LambdaCallback(on_epoch_end=look)
    model.fit(X, Y, epochs=6, verbose=0, rewind=True, callbacks=[watch, view.callback()])
    assert refreshed == ["", "as after epoch 1", "", "", "", ""]  # of the epochs 1, 4, 5 and 6, and what was looked at
