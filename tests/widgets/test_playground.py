"""The playground without a browser: it trains what its program trains, in the background, and ends when told."""

from __future__ import annotations

import base64
import gc
import io
import threading
import time
import weakref

import numpy as np
import pytest
from PIL import Image

import kerasnb as keras
from kerasnb.widgets import in_place
from kerasnb.widgets import playground as module
from kerasnb.widgets.playground import Playground
from kerasnb.widgets.playground_run import GRID, UNIT, Run, as_bytes, grid
from kerasnb.widgets.playground_settings import Settings
from kerasnb.widgets.playground_still import coloured


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "kerasnb-playground"]


def until(what, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def shown(monkeypatch, wire):
    """Makes a playground that a notebook shows."""
    monkeypatch.setattr(in_place, "kernel", lambda: object())
    made = []

    def make(*arguments, **options):
        made.append(Playground(*arguments, **options))
        made[-1]._repr_mimebundle_()
        return made[-1]

    yield make
    for one in made:
        one.close()
    until(lambda: not workers())


@pytest.mark.parametrize("settings", [
    {"dataset": "circles", "layers": [4, 2], "regularization": "l2", "regularization_rate": 0.01},
    {"dataset": "hills", "layers": [3], "activation": "relu", "optimizer": "adam", "batch_size": 30, "seed": 4},
    {"dataset": "plane", "layers": []},
], ids=lambda s: s["dataset"])  # fmt: skip
def test_the_program_makes_the_same_model(settings, capsys):
    play = Playground(**settings, samples=120)
    play.step(4)
    names: dict = {}
    exec(play.code(), names)
    np.testing.assert_allclose(names["history"].history["loss"], play.losses[:, 1], rtol=1e-5)
    np.testing.assert_allclose(names["history"].history["val_loss"], play.losses[:, 2], rtol=1e-5)
    for a, b in zip(names["model"].get_weights(), play.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_caller_s_random_numbers_go_on():
    keras.utils.set_random_seed(3)
    expected = np.random.rand()
    keras.utils.set_random_seed(3)
    Playground(samples=60).step()
    assert np.random.rand() == expected


def test_it_learns_and_is_thinned(monkeypatch):
    monkeypatch.setattr("kerasnb.widgets.playground_run.KEPT", 30)
    play = Playground("circles", layers=[4], learning_rate=0.3, samples=200)
    play.step(90)
    assert play.epoch == 90 and 15 <= len(play.losses) <= 31 and (np.diff(play.losses[:, 0]) > 0).all()
    assert play.losses[-1, 2] < play.losses[0, 2] / 2 and play.losses[-1, 4] > 0.9


def test_what_is_seen_of_the_plane():
    run = Run(Settings(layers=(3, 2), samples=60))
    seen, units = run.look()
    assert seen.shape == (GRID, GRID) and seen.dtype == np.uint8 and units.shape == (5, UNIT, UNIT)
    expected = run.model.predict(grid(), verbose=0).reshape(GRID, GRID)
    np.testing.assert_allclose(seen / 255, expected, atol=1 / 255)
    assert grid()[0].tolist() == pytest.approx([-5.88, 5.88]) and run.weights().size == 2 * 3 + 3 * 2 + 2
    assert as_bytes(np.array([np.nan, -1, 2])).tolist() == [128, 0, 255]


def test_settings_gentle_and_not():
    play = Playground(samples=60, layers=[3])
    play.step(2)
    before = play.model.get_weights()
    play.set(learning_rate=0.5, batch_size=20)
    assert play.epoch == 2 and all((a == b).all() for a, b in zip(before, play.model.get_weights()))
    play.step(1)
    assert play.epoch == 3 and float(play.model.optimizer.learning_rate) == 0.5 and play.run.fit.feed.batch_size == 20
    assert len(play.losses) == 3 and "SGD(0.5)" in play.code() and "epochs=3" in play.code()
    play.set(layers=[2, 2], dataset="moons")
    assert play.epoch == 0 and not len(play.losses) and play.model.get_weights()[0].shape == (2, 2)
    play.step()
    play.reset()
    assert play.epoch == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dataset": "circle"}, "dataset must be one of circles.*Did you mean 'circles'"),
        ({"activation": 3}, "activation must be one of"),
        ({"layers": [4, 9]}, r"layers must be a list of at most 5 numbers from 1 to 8.*got layers=\[4, 9\]"),
        ({"layers": 4}, "layers must be a list"),
        ({"layers": "44"}, "layers must be a list"),
        ({"layers": [1] * 6}, "layers must be a list of at most 5"),
        ({"noise": 2}, "noise must be a number from 0 to 0.5"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number"),
        ({"batch_size": 0}, "batch_size must be an integer from 1 to 100"),
        ({"seed": 1.5}, "seed must be an integer"),
        ({"learning_rat": 1}, "no setting 'learning_rat'.*Did you mean 'learning_rate'"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
def test_bad_settings(options, said):
    with pytest.raises(ValueError, match=said):
        Playground(**options)
    play = Playground(samples=60)
    with pytest.raises(ValueError, match=said):
        play.set(**options)
    assert play.settings == Settings(samples=60)
    with pytest.raises(ValueError, match="epochs must be an integer of at least 1"):
        play.step(0)


def test_still_text_and_picture():
    play = Playground("xor", layers=[2], samples=60)
    assert "epoch 0" in play.text()
    play.step(3)
    bundle = play._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    loss = f"{play.losses[-1, 2]:.4f}"
    assert loss in bundle["text/plain"] and loss in bundle["text/html"] and "epoch 3" in bundle["text/html"]
    assert bundle["text/html"].count("<circle") == 30 and "keras.Sequential([" in bundle["text/html"]
    rows = [line for line in bundle["text/plain"].splitlines() if set(line.strip()) <= set("#.o")]
    assert len(rows) == 16 and all(len(r) == 34 for r in rows)
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).size == (960, 500)
    assert coloured(np.array([[0, 255]], np.uint8)).tolist() == [[[213, 112, 24], [20, 117, 178]]]


def test_plays_in_the_background_and_pauses(shown, wire):
    play = shown(samples=60, layers=[2])
    until(lambda: wire.custom("frame"))
    first = wire.custom("frame")[0]
    assert first["epoch"] == 0 and len(first["points"][0]) == 30
    assert [len(b) for b in first["buffers"]] == [GRID * GRID, 2 * UNIT * UNIT, 4 * (4 + 2), 0]
    play.receive("speed", {"value": 60}, [])
    play.receive("play", {"request": 1}, [])
    until(lambda: play.epoch > 20)
    assert wire.custom("heard")[-1]["request"] == 1 and wire.custom("state")[-1]["playing"] is True
    play.receive("pause", {}, [])
    until(lambda: not workers())  # nothing is left running
    at, frames = play.epoch, wire.custom("frame")
    assert wire.custom("state")[-1]["playing"] is False
    rows: list = []
    for frame in frames:
        found = np.frombuffer(frame["buffers"][3], np.float32).reshape(-1, 5)
        del rows[frame["first"] :]
        rows += found.tolist()
    assert [r[0] for r in rows] == list(range(1, len(rows) + 1)) and at - 10 <= len(rows) <= at
    play.receive("step", {}, [])
    assert play.epoch == at + 1


def test_pictures_of_an_old_network_are_not_shown(shown, wire):
    play = shown(samples=60, layers=[2])
    play.play()
    until(lambda: play.epoch > 5)
    play.receive("set", {"values": {"layers": [3, 1]}}, [])
    version = play._version
    until(lambda: any(f["version"] == version for f in wire.custom("frame")))
    begun = next(i for i, f in enumerate(wire.custom("frame")) if f["version"] == version)
    assert all(f["layers"] == [3, 1] and f["version"] == version for f in wire.custom("frame")[begun:])
    assert play.playing  # goes on with the new one
    with pytest.raises(ValueError, match="layers must be"):
        play.receive("set", {"values": {"layers": [99]}}, [])


def test_close_ends_the_training(shown, wire):
    play = shown(samples=60, layers=[2])
    play.play()
    until(lambda: play.epoch > 3)
    play.close()
    assert not workers() and play.link is None and not play.playing
    play.step()  # it can still be used


def test_one_that_nobody_holds_ends():
    def played():
        play = Playground(samples=60, layers=[2])
        play.play()
        until(lambda: play.epoch > 2)
        return weakref.ref(play)

    gone = played()
    until(lambda: gc.collect() is not None and gone() is None and not workers())


def test_an_error_is_told_and_ends_it(shown, wire, monkeypatch):
    play = shown(samples=60, layers=[2])
    until(lambda: wire.custom("frame") and not workers())

    def broken(epochs):
        raise FloatingPointError("no <b>more</b>\nnumbers")

    monkeypatch.setattr(play.run, "advance", broken)
    play.play()
    until(lambda: play.problem)
    assert play.problem == "FloatingPointError: no <b>more</b>" and not play.playing
    until(lambda: wire.custom("state")[-1]["problem"])


def test_pauses_where_nobody_looks(shown, wire, monkeypatch):
    """The page is silent, the kernel free: its loop runs what the playground asks of it."""
    monkeypatch.setattr(module, "ALONE", 0.05)

    class Loop:
        def call_soon_threadsafe(self, act):
            act()

        def call_later(self, seconds, act):
            threading.Timer(seconds, act).start()

    play = shown(samples=60, layers=[2])
    play.link._loop = Loop()
    play.play()
    until(lambda: not play.playing)
    assert play.problem == "Paused: nobody was looking."
