"""The matrix of faults: a run is struck at every stage by every fault.

Afterwards the weights are those of a step that was finished, files are whole, the message says what happened, and the
next ``fit`` works.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from contracts.disks import full_disk
from faults.stages import BATCH, EPOCHS, FAULTS, STAGES, STEPS, Strike, X, Y, network, states

import kerasnb as keras
from kerasnb import callbacks as C

# An interrupt may strike while the garbage collector runs a callback of jax's: Python prints it there and goes on.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def reference():
    """The weights after every step of a whole run."""
    return states()


def step_of(weights, reference):
    """After which step the weights are; -1 where they are those of none."""
    for step, state in enumerate(reference):
        if all(np.allclose(w, s, rtol=1e-5, atol=1e-7) for w, s in zip(weights, state, strict=True)):
            return step
    return -1


def cells():
    """Every stage with every fault. Where no file is written, a disk's errors are exceptions like any other."""
    for place in STAGES:
        for fault in FAULTS:
            seldom = fault in ("full disk", "read-only") and place not in ("checkpoint", "backup")
            yield pytest.param(place, fault, marks=[pytest.mark.slow] if seldom else [], id=f"{place}-{fault}")


@pytest.mark.parametrize(("place", "fault"), list(cells()))
def test_struck(place, fault, reference, tmp_path):
    stage, handler = STAGES[place], signal.getsignal(signal.SIGINT)
    strike = Strike(FAULTS[fault](), stage.at)
    run = stage.make(strike, tmp_path)
    history = error = None
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            history = run.fit()
        except Exception as caught:
            error = caught
    assert strike.done, "the fault never came"
    step = step_of(run.model.get_weights(), reference)
    assert step >= 0, "weights that no step has made"

    if fault == "interrupt":
        assert error is None and history.stopped and "keeps what it learned" in history.message
        assert step < 3 * STEPS or place in ("flush", "backup")
    elif fault in stage.goes_on:
        assert error is None and history.status == "done" and step == 3 * STEPS
        assert place != "backup" or any("could not be written" in str(w.message) for w in seen)
    else:
        words = {"exception": "mine", "full disk": "No space left", "read-only": "Read-only"}[fault]
        assert error is not None and words in str(error)
        assert run.model.history.status == "error"
        assert stage.steps is None or step == stage.steps

    assert signal.getsignal(signal.SIGINT) is handler
    whole_files(tmp_path, reference)
    again = run.model.fit(X, Y, batch_size=BATCH, verbose=0)
    assert again.status == "done" and np.isfinite(again.history["loss"][0])


def whole_files(folder: Path, reference):
    """What lies in the folder is whole: the checkpoint before, the backup before; nothing half."""
    assert not [p for p in folder.rglob("*") if p.name.startswith(("fresh-", ".")) or p.suffix == ".part"]
    for path in folder.glob("*.keras"):
        assert step_of(keras.saving.load_model(path).get_weights(), reference) in (STEPS, 2 * STEPS, 3 * STEPS)
    if (folder / "backup").is_dir():
        model = network()
        keras.utils.set_random_seed(1)
        history = model.fit(
            X, Y, batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0,
            callbacks=[C.BackupAndRestore(folder / "backup")],
        )  # fmt: skip
        assert history.epoch == list(range(EPOCHS))
        assert step_of(model.get_weights(), reference) == EPOCHS * STEPS


def test_a_disk_that_really_is_full(reference, tmp_path):
    model = network()
    path = tmp_path / "best.keras"
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[C.ModelCheckpoint(str(path))])
    before = path.read_bytes()
    with full_disk(2_000), pytest.raises(OSError):
        model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[C.ModelCheckpoint(str(path))])
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["best.keras"]
    assert step_of(model.get_weights(), reference) == 2 * STEPS
    model.fit(X, Y, batch_size=BATCH, verbose=0, callbacks=[C.ModelCheckpoint(str(path))])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the super-user may write everywhere")
def test_a_folder_that_really_is_read_only(reference, tmp_path):
    model = network()
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[C.CSVLogger(tmp_path / "log.csv")])
    finally:
        tmp_path.chmod(0o755)
    assert step_of(model.get_weights(), reference) == 0
    model.fit(X, Y, batch_size=BATCH, verbose=0)


# --- losses that are no numbers ------------------------------------------------------------------------------------


class Loader:
    """Batches of some rows, in order."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        for i in range(0, len(self.x), BATCH):
            yield self.x[i : i + BATCH], self.y[i : i + BATCH]


@pytest.mark.parametrize(
    ("way", "steps"), [("chunks", STEPS + 2), ("blocks", STEPS), ("batches", STEPS + 2), ("stream", None)]
)
def test_terminate_on_nan_keeps_the_last_good_weights(way, steps, reference):
    """The second epoch has a row with NaN in its third batch."""
    model = network()
    options = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
    model.fit(X, Y, **options)
    holes = X.copy()
    holes[2 * BATCH] = np.nan
    guard, other = C.TerminateOnNaN(), C.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    if way == "stream":
        history = model.fit(Loader(holes, Y), epochs=3, verbose=0, callbacks=[guard])
    else:
        more = {"chunks": {"steps_per_epoch": STEPS}, "batches": {"callbacks": [guard, other]}}.get(way, {})
        history = model.fit(holes, Y, epochs=3, **{"callbacks": [guard], **options, **more})
    step = step_of(model.get_weights(), reference)
    assert step == steps if steps is not None else STEPS <= step <= STEPS + 2
    assert history.epoch == [0] and not np.isfinite(history.history["loss"][0])
    assert "step 3 of 4" in history.message or way == "stream"
    assert "The model is as" in history.message
    assert any("row 16" in str(h) for h in history.hints()) or way == "stream"
    assert model.fit(X, Y, **options).status == "done"


def test_weights_that_a_failing_program_took_over_come_back(reference, monkeypatch):
    """On an accelerator large states are handed over to the program; here the smallest is."""
    from kerasnb.core.training import lifeline, programs

    monkeypatch.setattr(programs, "donates", lambda state: True)
    monkeypatch.setattr(lifeline, "donates", lambda state: True)
    model = network()
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0)
    held = model.weights[0]._raw_value

    def fails(self, model, slots, kind, state, *arguments, **static):
        for array in [*state.trainable, *state.rest, *state.optimizer]:
            array.delete()
        raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1.00GiB.")

    with monkeypatch.context() as patch:
        patch.setattr(programs.Programs, "call", fails)
        with pytest.raises(Exception, match="did not suffice"):
            model.fit(X, Y, batch_size=BATCH, verbose=0)
        assert held.is_deleted()
        assert step_of(model.get_weights(), reference) == STEPS
        with pytest.raises(Exception, match="did not suffice"):
            model.train_on_batch(X[:BATCH], Y[:BATCH])
    assert step_of(model.get_weights(), reference) == STEPS
    assert model.fit(X, Y, batch_size=BATCH, verbose=0).status == "done"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="dying.py forks")
def test_killed_at_every_stage(tmp_path):
    program = Path(__file__).with_name("dying.py")
    done = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert f"{2 * len(STAGES)} of {2 * len(STAGES)} recovered" in done.stdout
