"""Playground: a small network in the plane, trained before your eyes."""

from __future__ import annotations

import threading
import time
import weakref
from typing import Any

import numpy as np

from . import playground_still
from .in_place import InPlace, Link
from .playground_run import GRID, UNIT, Run
from .playground_settings import (
    ACTIVATIONS,
    GENTLE,
    MOST_BATCH,
    MOST_LAYERS,
    MOST_UNITS,
    OPTIMIZERS,
    REGULARIZATIONS,
    Settings,
    code_of,
)

FRAME = 1 / 15  # seconds between two pictures
SPEEDS = (1, 5, 15, 60, 240)  # epochs per second
ALONE = 30.0  # seconds after which a playground that nobody looks at pauses


class Playground(InPlace):
    """A network with two inputs to play with: data, layers, activation, regularization, learning rate, noise.

    The decision boundary is redrawn while it trains, beside what every single unit does; the program that makes the
    same model stands below and follows every slider. It trains in the background: other cells can run meanwhile. It
    pauses by itself when nobody looks any more.

    Args:
        dataset: "circles", "xor", "gaussians", "moons", "spiral"; or a value to predict: "plane", "hills".
        **settings: ``noise``, ``train_share``, ``layers``, ``activation``, ``regularization`` ("none", "l1", "l2"),
            ``regularization_rate``, ``optimizer`` ("sgd", "adam", "rmsprop"), ``learning_rate``, ``batch_size``,
            ``seed``, ``samples``.

    Attributes:
        settings: what is trained now.
        epoch: how many epochs are done.
        playing: whether it trains.

    Example:

    >>> from kerasnb.widgets import Playground
    >>> play = Playground("xor", layers=[4], learning_rate=0.1)
    >>> play.step(3)
    >>> play.epoch, len(play.code().splitlines())
    (3, 19)
    """

    view_name = "playground"
    view_parts = ("values", "playground_paint")

    def __init__(self, dataset: str = "circles", **settings: Any):
        self.settings = Settings().changed(dataset=dataset, **settings)
        self.run = Run(self.settings)
        self.speed = SPEEDS[2]
        self.problem = ""
        self.playing = False
        self._version = 0  # counts the networks: pictures of an older one are not shown
        self._sent = 0  # rows of losses that the browser has
        self._worker: threading.Thread | None = None
        self._state = threading.Condition()
        self._render = False
        self._seen = time.monotonic()  # when the browser last said that it shows what it gets

    # --- in Python ---------------------------------------------------------------------------------------

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return self.run.epoch

    @property
    def model(self) -> Any:
        """The model as it stands; the playground pauses, so that nobody else trains it."""
        self.pause()
        return self.run.model

    @property
    def data(self) -> tuple[Any, Any]:
        """``(x_train, y_train), (x_test, y_test)``."""
        return self.run.train, self.run.test

    @property
    def losses(self) -> np.ndarray:
        """Rows of (epoch, training loss, test loss, training accuracy, test accuracy); thinned in a long run."""
        return np.array(self.run.losses, float).reshape(-1, 5)

    def code(self) -> str:
        """The program that makes the same model."""
        return code_of(self.settings, self.epoch or 100)

    def play(self) -> None:
        """Train in the background until ``pause``."""
        with self._state:
            self.playing, self.problem, self._seen = True, "", time.monotonic()
        self._wake()

    def pause(self) -> None:
        """Stop training; returns when the epochs under way are done."""
        worker = self._halt()
        if worker is not None and worker is not threading.current_thread():
            worker.join(60)
        self._tell_state()

    def _halt(self) -> threading.Thread | None:
        """Stop training after the epochs under way; the thread that does them."""
        with self._state:
            self.playing = False
            self._state.notify_all()
            return self._worker

    def step(self, epochs: int = 1) -> None:
        """Train so many epochs, now.

        Args:
            epochs: at least 1.
        """
        if isinstance(epochs, bool) or not hasattr(epochs, "__index__") or int(epochs) < 1:
            raise ValueError(f"Playground: epochs must be an integer of at least 1, got epochs={epochs!r}.")
        self.pause()
        self.run.advance(int(epochs))
        self._frame(self.run, self._version)

    def reset(self) -> None:
        """Start anew with fresh weights."""
        self._replace(self.settings)

    def set(self, **settings: Any) -> None:
        """Change settings. A new learning rate or batch size goes on with the model; anything else starts anew."""
        self._replace(self.settings.changed(**settings), GENTLE if settings else frozenset())

    def close(self) -> None:
        """End the training and give the wire back; the picture stays."""
        self._render = False
        self.pause()
        super().close()

    def _replace(self, settings: Settings, gentle: frozenset[str] = frozenset()) -> None:
        old, new = self.settings.as_dict(), settings.as_dict()
        changed = {name for name in new if new[name] != old[name]}
        if changed and changed <= gentle:
            if "batch_size" in changed:
                was = self.playing
                self.pause()
                self.settings, self.run = settings, Run(settings, self.run)
                self.playing = was
            else:
                self.settings = self.run.settings = settings
            self.run.rate = settings.learning_rate
        else:
            run = Run(settings)
            with self._state:  # pictures of the old network come too late from now on
                self._version += 1
                self.settings, self.run, self._sent, self.problem = settings, run, 0, ""
        self._tell_state()
        self._wake()

    # --- the background ------------------------------------------------------------------------------------

    def _wake(self) -> None:
        """See to it that a thread draws, and trains while it plays; it ends when there is nothing to do."""
        with self._state:
            if self.link is None and not self.playing:
                return
            self._render = True
            if self._worker is None:
                me = weakref.ref(self)
                self._worker = threading.Thread(target=_work, args=(me,), name="kerasnb-playground", daemon=True)
                self._worker.start()
            self._state.notify_all()

    def _tick(self) -> float | None:
        """Epochs and a picture; how long to wait for the next, None when there is nothing to do."""
        began = time.monotonic()
        with self._state:
            run, version, playing = self.run, self._version, self.playing
            if not playing and not self._render:
                self._worker = None
                return None
            self._render = False
        interval = max(FRAME, 1 / self.speed)
        try:
            if playing:
                run.advance(max(1, round(self.speed * interval)))
            self._frame(run, version)
        except Exception as error:
            with self._state:
                self.playing, self.problem = False, f"{type(error).__name__}: {error}".partition("\n")[0]
            self._tell_state()
        if playing and self.link is not None and time.monotonic() - self._seen > ALONE:
            self._is_anyone_there()
        return max(interval - (time.monotonic() - began), 0.002) if playing else 0.002

    def _is_anyone_there(self) -> None:
        """Pause when the page has been silent, unless the kernel is too busy to hear it."""
        loop = getattr(self.link, "_loop", None)
        asked = self._seen = time.monotonic()

        def heard() -> None:  # the kernel is free, so what the page says comes through
            loop.call_later(ALONE, nobody)

        def nobody() -> None:
            if self._seen == asked and self.playing:
                self.problem = "Paused: nobody was looking."
                self.playing = False
                self._tell_state()

        if loop is not None:
            loop.call_soon_threadsafe(heard)

    # --- the browser -----------------------------------------------------------------------------------------

    def shown(self, link: Link) -> None:
        link.send(*self._everything())
        self._wake()

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        link, number = self.link, content.get("request")
        if link is None:
            return
        if kind == "seen":
            self._seen = time.monotonic()
            return
        if kind == "hello":
            link.answer(number, *self._everything())
            self._wake()
            return
        if kind == "play":
            self.play()
        elif kind == "pause":
            self._halt()
            self.redraw()  # the notebook keeps the picture of now
        elif kind == "step":
            self.step()
        elif kind == "reset":
            self.reset()
        elif kind == "speed":
            self.speed = min(max(int(content["value"]), SPEEDS[0]), SPEEDS[-1])
        elif kind == "set":
            self.set(**dict(content["values"]))
        else:
            raise ValueError(f"Playground: the page asked for {kind!r}, which is unknown.")
        self._tell_state()  # to every view of it
        if number is not None:
            link.answer(number, {"kind": "heard"})

    def _state_now(self) -> dict[str, Any]:
        return {
            "kind": "state", "settings": self.settings.as_dict(), "playing": self.playing, "epoch": self.epoch,
            "speed": self.speed, "problem": self.problem, "code": self.code(), "version": self._version,
        }  # fmt: skip

    def _tell_state(self) -> None:
        if self.link is not None:
            self.link.send(self._state_now())

    def _everything(self) -> tuple[dict[str, Any], list[bytes]]:
        self._sent = 0
        return {
            **self._state_now(), "kind": "everything", "grid": GRID, "unit": UNIT, "speeds": list(SPEEDS),
            "activations": list(ACTIVATIONS), "optimizers": list(OPTIMIZERS),
            "regularizations": list(REGULARIZATIONS), "most_layers": MOST_LAYERS, "most_units": MOST_UNITS,
            "most_batch": MOST_BATCH,
        }, []  # fmt: skip

    def _frame(self, run: Run, version: int) -> None:
        """A picture of now to the browser."""
        link = self.link
        if link is None:
            return
        seen, units = run.look()
        with self._state:
            if version != self._version:
                return
            rows = np.array(run.losses[self._sent :], np.float32).reshape(-1, 5)
            first, self._sent = self._sent, len(run.losses)
            if first > len(run.losses):  # thinned meanwhile: all of them again
                first, rows = 0, np.array(run.losses, np.float32).reshape(-1, 5)
        content = {
            "kind": "frame", "version": version, "epoch": run.epoch, "first": first, "playing": self.playing,
            "layers": list(run.settings.layers), "points": _points_of(run) if first == 0 else None,
        }  # fmt: skip
        link.send(content, buffers=[seen.tobytes(), units.tobytes(), run.weights().tobytes(), rows.tobytes()])

    # --- pictures --------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Settings, losses and the plane in characters."""
        return playground_still.text(self)

    def still(self) -> dict[str, Any]:
        return playground_still.bundle(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        self._seen = time.monotonic()
        return super()._repr_mimebundle_(include, exclude)


def _work(me: weakref.ref[Playground]) -> None:
    """The thread of a playground: ticks until there is nothing to do, or the playground is gone."""
    while True:
        playground = me()
        if playground is None:
            return
        wait = playground._tick()
        if wait is None:
            return
        with playground._state:
            if playground.playing:
                playground._state.wait(wait)
        del playground


def _points_of(run: Run) -> list[list[list[float]]]:
    """[x, y, value] of the points to train on, and of those to test on."""
    return [
        [[round(float(a), 3), round(float(b), 3), round(float(v), 3)] for (a, b), v in zip(x, y[:, 0], strict=True)]
        for x, y in (run.train, run.test)
    ]
