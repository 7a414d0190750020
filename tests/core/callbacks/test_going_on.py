"""A run that was interrupted and taken up again ends as the run that never was: weights, history, decisions."""

from __future__ import annotations

import csv
import json
import warnings
from functools import cache

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import callbacks as C
from kerasnb import layers as L

ROWS = 22  # batches of 4: the last one is short
x = np.random.RandomState(0).standard_normal((ROWS, 3)).astype("float32")
y = (np.arange(ROWS) % 2).astype("float32")[:, None]
EPOCHS = 6


def model(optimizer=None):
    keras.utils.set_random_seed(7)
    made = keras.Sequential(
        [keras.Input((3,)), L.Dense(4, "tanh"), L.BatchNormalization(), L.Dropout(0.4), L.Dense(1, "sigmoid")]
    )
    optimizer = optimizer or keras.optimizers.Adam(0.05, use_ema=True, ema_overwrite_frequency=7)
    made.compile(optimizer, "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return made


class Batches(keras.utils.PyDataset):
    """Batches by number; its own order changes between epochs too."""

    def __init__(self):
        super().__init__()
        self.turn = 0

    def __len__(self):
        return 6

    def __getitem__(self, i):
        rows = (np.arange(4) + 4 * i + self.turn) % ROWS
        return x[rows], y[rows]

    def on_epoch_end(self):
        self.turn += 1


def endless():
    rng = np.random.default_rng(3)
    while True:
        rows = rng.permutation(ROWS)[:4]
        yield x[rows], y[rows]


ARRAYS = {"x": x, "y": y, "batch_size": 4}
# name -> arguments of fit, made anew for each run
DATA = {
    "arrays": lambda: ARRAYS,
    "validated": lambda: {**ARRAYS, "validation_split": 0.3},
    "in order": lambda: {**ARRAYS, "shuffle": False},
    "batches shuffled": lambda: {**ARRAYS, "shuffle": "batch"},
    "short epochs": lambda: {**ARRAYS, "steps_per_epoch": 3},
    "by number": lambda: {"x": Batches()},
    "by number, short epochs": lambda: {"x": Batches(), "steps_per_epoch": 3},
    "generator": lambda: {"x": endless(), "steps_per_epoch": 4},
    "validated by a generator": lambda: {**ARRAYS, "validation_data": endless(), "validation_steps": 2},
}


class Crash(C.Callback):
    """The power fails after so many batches, or so many epochs."""

    def __init__(self, batches=None, epochs=None):
        super().__init__()
        self.batches, self.epochs = batches, epochs
        if batches is not None:
            self.on_train_batch_end = self._batch

    def _batch(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            raise RuntimeError("the power failed")

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epochs:
            raise RuntimeError("the power failed")


def run(data, callbacks, optimizer=None, epochs=EPOCHS):
    made = model(optimizer)
    history = made.fit(**data, epochs=epochs, verbose=0, callbacks=callbacks)
    return made, history


def assert_equal_runs(one, other):
    (a, history), (b, reference) = one, other
    assert history.history == reference.history and history.epoch == reference.epoch
    for v, w in zip([*a.variables, *a.optimizer.variables], [*b.variables, *b.optimizer.variables], strict=True):
        np.testing.assert_array_equal(np.asarray(v), np.asarray(w), err_msg=v.path)


@cache
def never_interrupted(name, by_batches):
    return run(DATA[name](), [C.LambdaCallback(on_train_batch_end=lambda b, logs: None)] if by_batches else [])


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("freq, crash", [("epoch", {"epochs": 3}), (2, {"batches": 8})], ids=str)
def test_to_the_bit(name, freq, crash, tmp_path):
    backup = lambda: C.BackupAndRestore(tmp_path / "b", save_freq=freq)  # noqa: E731
    with pytest.raises(RuntimeError, match="power"):
        run(DATA[name](), [backup(), Crash(**crash)])
    facts = json.loads((tmp_path / "b" / "current" / "training_metadata.json").read_text())
    assert (facts["epoch"], facts["step"]) != (0, 0)
    assert_equal_runs(run(DATA[name](), [backup()]), never_interrupted(name, freq != "epoch"))
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("batches", range(1, 8))
def test_wherever_it_stops(batches, tmp_path):
    """At the last batch of an epoch too, and before the first backup."""
    with pytest.raises(RuntimeError, match="power"):
        run(ARRAYS, [C.BackupAndRestore(tmp_path, save_freq=1), Crash(batches=batches)])
    assert_equal_runs(run(ARRAYS, [C.BackupAndRestore(tmp_path, save_freq=1)]), never_interrupted("arrays", True))


def test_the_next_fit_draws_on(tmp_path):
    """What comes after the run in the same program draws the same random numbers too."""
    with pytest.raises(RuntimeError, match="power"):
        run(ARRAYS, [C.BackupAndRestore(tmp_path), Crash(epochs=2)])
    resumed, state = run(ARRAYS, [C.BackupAndRestore(tmp_path)]), np.random.get_state()[1]
    whole = run(ARRAYS, [])
    np.testing.assert_array_equal(state, np.random.get_state()[1])
    assert resumed[1].history == whole[1].history


def decisions(folder):
    """Callbacks whose own numbers decide."""
    return [
        C.EarlyStopping(monitor="auc", mode="max", patience=3, restore_best_weights=True),
        C.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, cooldown=1, min_delta=0.05),
        C.ModelCheckpoint(folder / "best.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True),
        C.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        C.CSVLogger(folder / "log.csv"),
        C.SwapEMAWeights(swap_on_epoch=True),
    ]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("freq, crash", [("epoch", {"epochs": 4}), (3, {"batches": 14})], ids=str)
def test_callbacks_remember(first, freq, crash, tmp_path):
    """Whether the backup stands before or after the others in the list."""
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()

    def callbacks(folder):
        backup = C.BackupAndRestore(tmp_path / "backup", save_freq=freq)
        return [backup, *decisions(folder)] if first else [*decisions(folder), backup]

    with pytest.raises(RuntimeError, match="power"):
        run(ARRAYS, [*(stopped := callbacks(tmp_path / "a")), Crash(**crash)], epochs=12)
    next(c for c in stopped if isinstance(c, C.CSVLogger)).on_train_end()  # closes the file, as the end of a process
    chosen = callbacks(tmp_path / "a")
    resumed = run(ARRAYS, chosen, epochs=12)
    reference = callbacks(tmp_path / "b")
    whole = run(ARRAYS, reference, epochs=12)
    assert_equal_runs(resumed, whole)
    for one, other in zip(chosen, reference, strict=True):
        for name in ("wait", "best", "best_epoch", "stopped_epoch", "cooldown_counter"):
            assert getattr(one, name, None) == getattr(other, name, None), (type(one).__name__, name)
    logs = [list(csv.DictReader((tmp_path / n / "log.csv").read_text().splitlines())) for n in "ab"]
    assert logs[0] == logs[1] and len(logs[0]) == len(whole[1].epoch)


def test_a_decision_to_stop_is_remembered(tmp_path):
    """Killed between the last epoch and the end of the run."""

    class Enough(C.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

        def on_train_end(self, logs=None):
            raise RuntimeError("the power failed")

    with pytest.raises(RuntimeError):
        run(ARRAYS, [Enough(), C.BackupAndRestore(tmp_path)])
    assert run(ARRAYS, [C.BackupAndRestore(tmp_path)])[1].epoch == [0, 1, 2]


def test_a_users_callback(tmp_path):
    class Counting(C.Callback):
        remembered = ("count", "means")

        def __init__(self):
            super().__init__()
            self.count, self.means = 0, []

        def on_epoch_end(self, epoch, logs=None):
            self.count += 1
            self.means.append(self.model.get_weights()[0].mean(0))

    first, second = Counting(), Counting()
    with pytest.raises(RuntimeError):
        run(ARRAYS, [first, C.BackupAndRestore(tmp_path), Crash(epochs=3)])
    run(ARRAYS, [second, C.BackupAndRestore(tmp_path)])
    assert second.count == EPOCHS and len(second.means) == EPOCHS
    np.testing.assert_array_equal(second.means[1], first.means[1])

    class Odd(C.Callback):
        remembered = ("thing",)
        thing = object()

    with pytest.warns(UserWarning, match=r"Odd\.get_state.*object"):
        run(ARRAYS, [Odd(), C.BackupAndRestore(tmp_path)], epochs=1)


def test_other_data_begin_the_epoch_anew(tmp_path):
    with pytest.raises(RuntimeError):
        run(ARRAYS, [C.BackupAndRestore(tmp_path, save_freq=2), Crash(batches=9)])
    made, history = run({**ARRAYS, "batch_size": 11}, [C.BackupAndRestore(tmp_path, save_freq=2)])
    assert history.epoch == list(range(EPOCHS))
    assert int(made.optimizer.iterations) == 8 + 2 * (EPOCHS - 1)


def test_other_metrics_are_refused(tmp_path):
    with pytest.raises(RuntimeError):
        run(ARRAYS, [C.BackupAndRestore(tmp_path), Crash(epochs=2)])
    other = model()
    other.compile("adam", "mse")
    with warnings.catch_warnings(), pytest.raises(ValueError, match="other metrics"):
        warnings.simplefilter("ignore")  # of an optimizer without averages
        other.fit(**ARRAYS, verbose=0, callbacks=[C.BackupAndRestore(tmp_path)])


@pytest.mark.parametrize("background", [True, False])
def test_a_backup_that_cannot_be_written_is_a_warning(background, tmp_path, monkeypatch):
    from kerasnb.core.callbacks import backup_files

    backup = C.BackupAndRestore(tmp_path, delete_checkpoint=False, save_on_background=background)
    run(ARRAYS, [backup], epochs=1)
    before = (tmp_path / "current" / "latest.weights.h5").read_bytes()

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_files, "_to_disk", full)
    with pytest.warns(UserWarning, match="No space left"):
        _, history = run(ARRAYS, [backup], epochs=3)
    assert history.epoch == [0, 1, 2]
    assert (tmp_path / "current" / "latest.weights.h5").read_bytes() == before


def test_the_weights_of_a_backup_are_an_ordinary_file(tmp_path):
    made, _ = run(ARRAYS, [C.BackupAndRestore(tmp_path, delete_checkpoint=False)], keras.optimizers.SGD(0.1), epochs=2)
    other = model()
    other.load_weights(tmp_path / "current" / "latest.weights.h5")
    for a, b in zip(made.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_best_files_stay(tmp_path):
    saving = C.ModelCheckpoint(
        tmp_path / "{epoch}.weights.h5", monitor="loss", save_weights_only=True, max_to_keep=2, mode="min"
    )
    _, history = run(ARRAYS, [saving])
    best = sorted(int(e) for e in np.argsort(history.history["loss"])[:2] + 1)
    assert sorted(int(p.name.split(".")[0]) for p in tmp_path.iterdir()) == best
    with pytest.raises(ValueError, match="max_to_keep"):
        C.ModelCheckpoint("m.keras", max_to_keep=0)


def test_orbax_keeps_the_best(tmp_path):
    saving = C.OrbaxCheckpoint(tmp_path, monitor="loss", max_to_keep=2, keep_best=True)
    _, history = run(ARRAYS, [saving], epochs=4)
    best = sorted(int(e) for e in np.argsort(history.history["loss"])[:2])
    assert sorted(saving.manager.all_steps()) == best
