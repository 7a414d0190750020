"""Where a run can be struck, and with what: the rows and columns of the matrix of faults.

A stage is a run of ``fit`` with one weak spot, where ``strike`` is called; a fault is what the strike does.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import jax
import numpy as np

import kerasnb as keras
from kerasnb import callbacks as C
from kerasnb import layers as L

ROWS, BATCH, EPOCHS = 32, 8, 3
STEPS = ROWS // BATCH
X = np.random.RandomState(0).normal(size=(ROWS, 4)).astype("float32")
Y = X[:, :1] * 2 - X[:, 1:2]


class Strike:
    """A fault that comes once, when it is armed.

    Args:
        fault: what it does: raises, or sends a signal.
        at: the call it comes with, counted from 1.
    """

    def __init__(self, fault: Callable[[], None], at: int = 1):
        self.fault, self.at, self.count, self.armed, self.done = fault, at, 0, True, False

    def __call__(self) -> None:
        self.count += self.armed
        if self.armed and self.count == self.at:
            self.armed, self.done = False, True
            self.fault()


def send(number: int) -> Callable[[], None]:
    """A signal to this very process."""

    def fault() -> None:
        os.kill(os.getpid(), number)
        time.sleep(0.02)

    return fault


def raises(error: Exception) -> Callable[[], None]:
    """An exception."""

    def fault() -> None:
        raise error

    return fault


FAULTS: dict[str, Callable[[], Callable[[], None]]] = {
    "interrupt": lambda: send(signal.SIGINT),
    "exception": lambda: raises(RuntimeError("mine")),
    "full disk": lambda: raises(OSError(errno.ENOSPC, "No space left on device")),
    "read-only": lambda: raises(OSError(errno.EROFS, "Read-only file system")),
}
DEADLY = {"SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}


@dataclass
class Run:
    """A run with a weak spot.

    Attributes:
        model: compiled, with the weights of ``network``.
        arguments: of ``fit``.
        around: contexts to be in while it runs.
        strike: the fault.
    """

    model: Any
    arguments: dict[str, Any]
    strike: Strike
    around: list[Any] = field(default_factory=list)

    def fit(self, *callbacks: Any) -> Any:
        """Let it happen."""
        given = {"epochs": EPOCHS, "shuffle": False, "verbose": 0, **self.arguments}
        given["callbacks"] = [*given.get("callbacks", []), *callbacks]
        if "x" not in given:
            given.update(x=X, y=Y, batch_size=BATCH)
        with ExitStack() as stack:
            for context in self.around:
                stack.enter_context(context)
            return self.model.fit(**given)


@dataclass(frozen=True)
class Stage:
    """One row of the matrix.

    Attributes:
        make: ``make(strike, folder)`` gives the run.
        steps: after how many steps the weights are when an exception comes there; None: of any finished chunk.
        at: the call of the weak spot that is struck.
        goes_on: faults that such a run survives.
    """

    make: Callable[[Strike, Path], Run]
    steps: int | None
    at: int = 1
    goes_on: tuple[str, ...] = ()


def network(first: Any = None) -> Any:
    """A small network; the same weights every time."""
    keras.utils.set_random_seed(1)
    inner = [] if first is None else [first]
    model = keras.Sequential([keras.Input((4,)), *inner, L.Dense(5, "tanh"), L.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


class Numbered(keras.utils.PyDataset):
    """Batches by number, with a weak spot."""

    def __init__(self, strike: Strike):
        super().__init__()
        self.strike = strike

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, i: int) -> Any:
        self.strike()
        return X[i * BATCH : (i + 1) * BATCH], Y[i * BATCH : (i + 1) * BATCH]


def in_data(strike: Strike, folder: Path) -> Run:
    """The data cannot be read."""
    return Run(network(), {"x": Numbered(strike)}, strike)


def in_tracing(strike: Strike, folder: Path) -> Run:
    """A layer's own code fails while the program is written down."""

    class Spot(L.Layer):
        def call(self, x: Any) -> Any:
            strike()
            return x * 1.0

    strike.armed = False
    model = network(Spot())
    model.predict(X, verbose=0)
    strike.armed = True
    return Run(model, {}, strike)


def in_step(strike: Strike, folder: Path) -> Run:
    """Code that runs on the host in the middle of a compiled step fails."""

    def check(x: Any) -> Any:
        strike()
        return x

    class Spot(L.Layer):
        def call(self, x: Any) -> Any:
            one = jax.lax.stop_gradient(x[0, 0])  # of the batch: otherwise once a chunk would do
            return x + 0.0 * jax.pure_callback(check, jax.ShapeDtypeStruct((), "float32"), one)

    return Run(network(Spot()), {}, strike)


def in_validation(strike: Strike, folder: Path) -> Run:
    """The validation data cannot be read, the second time."""
    return Run(network(), {"validation_data": Numbered(strike)}, strike)


def in_epoch_callback(strike: Strike, folder: Path) -> Run:
    """A callback of the learner's fails at the end of an epoch."""
    return Run(network(), {"callbacks": [C.LambdaCallback(on_epoch_end=lambda epoch, logs: strike())]}, strike)


def in_batch_callback(strike: Strike, folder: Path) -> Run:
    """A callback of the learner's fails after a batch."""
    return Run(network(), {"callbacks": [C.LambdaCallback(on_train_batch_end=lambda batch, logs: strike())]}, strike)


def _struck_replace(strike: Strike, name: str) -> Any:
    """Every move of a finished file into its place is a weak spot."""
    real = os.replace

    def replace(source: Any, target: Any, **more: Any) -> None:
        if Path(target).name == name:
            strike()
        real(source, target, **more)

    return mock.patch.object(os, "replace", replace)


def in_checkpoint(strike: Strike, folder: Path) -> Run:
    """A checkpoint cannot be written, the second time."""
    callback = C.ModelCheckpoint(str(folder / "best.keras"))
    return Run(network(), {"callbacks": [callback]}, strike, [_struck_replace(strike, "best.keras")])


def in_backup(strike: Strike, folder: Path) -> Run:
    """A backup cannot be written, the second time."""
    callback = C.BackupAndRestore(folder / "backup", delete_checkpoint=False)
    return Run(network(), {"callbacks": [callback]}, strike, [_struck_replace(strike, "current")])


def in_flush(strike: Strike, folder: Path) -> Run:
    """The browser has gone: what the monitor sends cannot be sent."""
    import comm
    from comm.base_comm import BaseComm

    from kerasnb.core.training.progress import register_reporter
    from kerasnb.widgets.monitor import Monitor

    class Wire(BaseComm):
        def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any):
            if msg_type == "comm_msg":
                strike()

    quiet = SimpleNamespace(poll=lambda: None, say_busy=lambda: None, reachable=False, kernel=None)
    stack = ExitStack()
    stack.enter_context(mock.patch.object(comm, "create_comm", Wire))
    undo = register_reporter(
        lambda model, verbose, task: Monitor(model, every=0.0, show=lambda view: lambda parts: None, inbox=quiet)
    )
    stack.callback(undo)
    return Run(network(), {"verbose": 1}, strike, [stack])


STAGES = {
    "data": Stage(in_data, STEPS + 1, at=STEPS + 2),
    "tracing": Stage(in_tracing, 0),
    "step": Stage(in_step, None, at=6),
    "validation": Stage(in_validation, 2 * STEPS, at=STEPS + 2),
    "epoch callback": Stage(in_epoch_callback, 2 * STEPS, at=2),
    "batch callback": Stage(in_batch_callback, STEPS + 2, at=STEPS + 2),
    "checkpoint": Stage(in_checkpoint, 2 * STEPS, at=2),
    "backup": Stage(in_backup, 3 * STEPS, at=2, goes_on=("exception", "full disk", "read-only")),
    "flush": Stage(in_flush, 3 * STEPS, at=3, goes_on=("exception", "full disk", "read-only")),
}


def states() -> list[list[np.ndarray]]:
    """The weights after every step of a run that nothing struck; the first are those before it."""
    model = network()
    found = [model.get_weights()]
    watch = C.LambdaCallback(on_train_batch_end=lambda batch, logs: found.append(model.get_weights()))
    model.fit(X, Y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[watch])
    return found
