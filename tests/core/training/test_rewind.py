"""Rewind: former states of a run, looked at and taken up again to the bit; bounded, and gone afterwards."""

from __future__ import annotations

import copy
import gc
import pickle
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.training import snapshots as snapshots_module
from kerasnb.core.training.progress import NOW, Commands, Silent, register_reporter
from kerasnb.core.training.snapshots import Snapshots

ROWS = 90
X = np.random.RandomState(0).normal(size=(ROWS, 6)).astype("float32")
Y = (np.arange(ROWS) % 3).astype("int32")
IMAGES = np.random.RandomState(1).normal(size=(ROWS, 6, 6, 1)).astype("float32")


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, i):
        return X[18 * i : 18 * i + 18], Y[18 * i : 18 * i + 18]


def model_of(parts, shape=(6,), optimizer="adam"):
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input(shape), *parts(), layers.Dense(3, "softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def dropout(**options):
    return model_of(lambda: [layers.Dense(8, "relu"), layers.Dropout(0.3), layers.BatchNormalization()], **options)


def dense():
    return model_of(lambda: [layers.Dense(8, "relu")])


def images():
    return model_of(lambda: [layers.Conv2D(2, 3), layers.Flatten(), layers.Dropout(0.2)], shape=(6, 6, 1))


def scheduled():
    rate = keras.optimizers.schedules.ExponentialDecay(0.05, 7, 0.7)
    return dropout(optimizer=keras.optimizers.SGD(rate, momentum=0.9))


ARRAYS = {"x": X, "y": Y, "batch_size": 16, "validation_split": 0.2}
# name -> (model, arguments of fit): blocks of epochs, chunks of steps, left-over steps, streams, uncompiled.
RUNS = {
    "blocks of epochs": (dense, ARRAYS),
    "layers with states": (dropout, ARRAYS),
    "chunks of steps": (images, {**ARRAYS, "x": IMAGES}),
    "part of the data an epoch": (dropout, {**ARRAYS, "steps_per_epoch": 3, "validation_split": 0.0}),
    "rows in batches": (dropout, {**ARRAYS, "shuffle": "batch"}),
    "a schedule and momentum": (scheduled, ARRAYS),
    "batches that come one by one": (dropout, {"x": Batches()}),
}
runs = pytest.mark.parametrize("make, data", RUNS.values(), ids=RUNS.keys())


def same(a, b) -> bool:
    return all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))


@runs
def test_going_on_gives_the_same_weights_to_the_bit(make, data):
    plain = make()
    plain.fit(**data, epochs=5, verbose=0)
    model = make()
    history = model.fit(**data, epochs=5, verbose=0, rewind=True)
    final, optimizer = model.get_weights(), [v.numpy() for v in model.optimizer.variables]
    assert same(final, plain.get_weights())  # keeping changes nothing
    assert history.rewind.epochs == [0, 1, 2, 3, 4, 5]
    epoch = history.rewind.restore(2)
    assert not same(model.get_weights(), final)
    np.random.random(3)  # whatever is drawn in between
    again = model.fit(**data, epochs=5, verbose=0, initial_epoch=epoch)
    assert again.epoch == [2, 3, 4]
    assert same(model.get_weights(), final)
    assert same([v.numpy() for v in model.optimizer.variables], optimizer)
    assert again.history["loss"] == history.history["loss"][2:]


def test_another_epoch_to_begin_with_draws_anew():
    model = dropout()
    history = model.fit(X, Y, epochs=2, verbose=0, rewind=True)
    history.rewind.restore(1)
    model.fit(X, Y, epochs=1, verbose=0)  # not where the state was taken up
    history.rewind.restore(1)
    model.fit(X, Y, epochs=2, verbose=0, initial_epoch=1)


@pytest.fixture(scope="module")
def run():
    seen = []
    model = dropout()
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: seen.append(model.get_weights()))
    history = model.fit(**ARRAYS, epochs=4, verbose=0, callbacks=[note], rewind=True)
    return SimpleNamespace(model=model, history=history, rewind=history.rewind, seen=seen)


class TestLooking:
    def test_predictions_of_an_epoch(self, run):
        twin = dropout()
        twin.set_weights(run.seen[1])
        before = run.model.get_weights()
        random = np.random.get_state()[1].copy()
        assert np.array_equal(run.rewind.predict(2, X), twin.predict(X, verbose=0))
        assert same(run.model.get_weights(), before) and np.array_equal(np.random.get_state()[1], random)
        assert all(same(run.rewind.weights(e + 1), run.seen[e]) for e in range(4))

    def test_a_context(self, run):
        with pytest.raises(RuntimeError, match="within"), run.rewind.at(1) as model:
            assert same(model.get_weights(), run.seen[0])
            losses = model.evaluate(X, Y, verbose=0)
            raise RuntimeError("within")
        assert same(run.model.get_weights(), run.seen[-1]) and np.isfinite(losses).all()

    def test_the_best_one(self, run):
        assert run.rewind.best == 1 + int(np.argmin(run.history.history["val_loss"]))

    def test_what_it_says_of_itself(self, run):
        assert repr(run.rewind).startswith("<Rewind: 5 states, epochs 0 to 4, best ")
        assert len(run.rewind) == 5 and 4 in run.rewind and 5 not in run.rewind

    @pytest.mark.parametrize("epoch", [5, -1, "last", None, 1.5, True])
    def test_an_epoch_that_is_not_there(self, run, epoch):
        with pytest.raises(ValueError, match=r"no state of epoch .*there are those of the epochs 0 to 4"):
            run.rewind.predict(epoch, X)

    def test_copies_do_not_carry_the_states(self, run):
        assert pickle.loads(pickle.dumps(run.history)).rewind is None
        assert copy.deepcopy(run.history).rewind is None and run.history.rewind is run.rewind


def test_compiled_anew():
    model = dropout()
    history = model.fit(X, Y, epochs=1, verbose=0, rewind=True)
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"compiled anew.*model.set_weights\(history.rewind.weights\(0\)\)"):
        history.rewind.restore(0)
    model.set_weights(history.rewind.weights(0))
    history.rewind.close()
    with pytest.raises(ValueError, match="none is kept"):
        history.rewind.restore(1)
    assert repr(history.rewind) == "<Rewind: nothing kept>"


@pytest.mark.parametrize("bad", [3, "yes", {"memory": 1}])
def test_a_wrong_argument(bad):
    with pytest.raises(TypeError, match=r"rewind must be True, False or a keras\.callbacks\.Rewind"):
        dropout().fit(X, Y, verbose=0, rewind=bad)
    with pytest.raises(ValueError, match="memory must be a number of bytes"):
        keras.callbacks.Rewind(memory=bad if bad == "yes" else -1)


class TestBounds:
    def test_little_memory_goes_to_a_folder_that_is_deleted(self):
        model = dropout()
        history = model.fit(**ARRAYS, epochs=4, verbose=0, rewind=keras.callbacks.Rewind(memory=0))
        final = model.get_weights()
        folder = history.rewind._states._folder
        assert len(list(folder.iterdir())) == 4 and history.rewind.bytes[1] > 0  # the newest is in memory
        epoch = history.rewind.restore(1)
        model.fit(**ARRAYS, epochs=4, verbose=0, initial_epoch=epoch)
        assert same(model.get_weights(), final)
        model.history = history = None
        del model
        gc.collect()
        assert not folder.exists()

    def test_a_full_budget_keeps_epochs_evenly_and_those_that_matter(self):
        held = Snapshots(memory=0, disk=80 * 5)
        for number in range(40):
            held.protected = {0, 7}
            held.put(number, [np.full(10, number, np.float64)])
        assert {0, 7, 39} <= set(held.numbers) and len(held) <= 6
        assert max(np.diff(held.numbers)) <= 20
        for number in held.numbers:
            assert np.array_equal(held.get(number)[0], np.full(10, number))
        held.close()
        assert held.numbers == [] and held.bytes == (0, 0)

    @pytest.mark.parametrize("dtype", ["float32", "bfloat16", "uint32", "int8", "bool"])
    def test_any_kind_of_array_comes_back(self, dtype):
        held = Snapshots(memory=0)
        some = np.asarray(keras.ops.cast(np.arange(6).reshape(2, 3) % 2, dtype))
        arrays = [some, np.zeros((), "float32"), np.zeros(0)]
        held.put(0, arrays)
        held.put(1, arrays)
        back = held.get(0)
        assert [(a.dtype, a.shape) for a in back] == [(a.dtype, a.shape) for a in arrays] and same(back, arrays)

    def test_a_full_disk_costs_an_epoch_not_the_training(self, monkeypatch):
        def full(*args, **options):
            raise OSError("No space left on device")

        monkeypatch.setattr(snapshots_module.tempfile, "mkdtemp", full)
        with pytest.warns(UserWarning, match="epoch 0 could not be kept .* No space left"):
            history = dropout().fit(X, Y, epochs=1, verbose=0, rewind=keras.callbacks.Rewind(memory=0))
        assert history.rewind.epochs == [1]


class Scripted(Silent):
    """A reporter that asks for something at given epochs."""

    patience = 0.1

    def __init__(self, wishes):
        self.wishes, self.commands, self.told = dict(wishes), Commands(), []

    def epoch(self, epoch, logs):
        for name, value in self.wishes.pop(epoch, {}).items():
            setattr(self.commands, name, value)

    def poll(self):
        return self.commands

    def saved(self, path, problem=""):
        self.told.append(("saved", path, problem))

    def looked(self, epoch, problem=""):
        self.told.append(("looked", epoch, problem))

    def went_back(self, epoch):
        self.told.append(("back", epoch))


@pytest.fixture
def scripted():
    undo = []

    def make(wishes):
        reporter = Scripted(wishes)
        undo.append(register_reporter(lambda model, verbose, task: reporter if task == "fit" else None))
        return reporter

    yield make
    for one in undo:
        one()


class TestSteering:
    @pytest.mark.parametrize("make, x", [(dense, X), (images, IMAGES)], ids=["blocks", "chunks"])
    def test_continue_from_here_branches_the_run(self, scripted, make, x):
        """Back from epoch 4 to 2 with another rate; then epochs 3 to 6 as a run that had always been so."""
        reporter = scripted({3: {"go_back": 2, "learning_rate": 0.5}})
        model = make()
        history = model.fit(**{**ARRAYS, "x": x}, epochs=6, verbose=1, rewind=True)
        assert ("back", 2) in reporter.told
        assert history.epoch == list(range(6)) and all(len(v) == 6 for v in history.history.values())
        assert len(history.seconds) == 6
        (branch,) = history.rewind.branches
        assert branch["epoch"] == 2 and branch["epochs"] == [2, 3] and len(branch["history"]["val_loss"]) == 2
        other = make()
        first = other.fit(**{**ARRAYS, "x": x}, epochs=4, verbose=0, rewind=True)
        assert first.history["loss"][2:] == branch["history"]["loss"]
        epoch = first.rewind.restore(2)
        other.fit(**{**ARRAYS, "x": x}, epochs=6, verbose=0, initial_epoch=epoch)
        assert same(model.get_weights(), other.get_weights())
        assert history.rewind.epochs == list(range(7))

    def test_callbacks_go_back_too(self, scripted):
        scripted({3: {"go_back": 1}})
        stop = keras.callbacks.EarlyStopping("loss", patience=2, min_delta=100.0)  # nothing ever improves
        history = dropout().fit(X, Y, epochs=9, verbose=1, rewind=True, callbacks=[stop])
        assert history.epoch == [0, 1, 2]

    def test_looking_shows_the_views_and_leaves_the_run_alone(self, scripted):
        reporter = scripted({1: {"look": 1}, 2: {"look": NOW}, 3: {"look": 77}})
        notes = []
        view = SimpleNamespace(refresh=lambda note="": notes.append((note, model.predict(X, verbose=0))), redraw=int)
        attached = keras.callbacks.Callback()
        attached.view = view
        model = dropout()
        history = model.fit(**ARRAYS, epochs=5, verbose=1, rewind=True, callbacks=[attached])
        assert [n for n, _ in notes] == ["as after epoch 1", "", "as after epoch 4"]
        assert np.array_equal(notes[0][1], history.rewind.predict(1, X))
        assert reporter.told[0] == ("looked", 1, "") and reporter.told[1] == ("looked", None, "")
        assert reporter.told[2] == ("looked", 4, "")  # the nearest that there is
        plain = dropout()
        plain.fit(**ARRAYS, epochs=5, verbose=0)
        assert same(model.get_weights(), plain.get_weights())

    def test_save_now(self, scripted, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        reporter = scripted({0: {"save": True}, 1: {"save": True}})
        model = dropout()
        model.name = "my model: 2"
        model.fit(X, Y, epochs=3, verbose=1, rewind=True)
        paths = [Path(path) for _, path, problem in reporter.told if not problem]
        assert [re.fullmatch(r"my-model-2-epoch(\d)-step\d\.keras", p.name)[1] for p in paths] == ["2", "3"]
        assert all(p.parent == tmp_path for p in paths)
        found = [keras.saving.load_model(p).get_weights() for p in paths]
        assert not same(*found) and not same(found[0], model.history.rewind.weights(1))  # a step later

    def test_what_cannot_be_saved_is_told(self, scripted, monkeypatch):
        reporter = scripted({0: {"save": True}})
        model = dropout()

        def full(path):
            raise OSError("No space left on device")

        object.__setattr__(model, "save", full)
        history = model.fit(X, Y, epochs=2, verbose=1)
        assert history.status == "done"
        assert reporter.told == [("saved", "", "The model could not be saved: No space left on device")]

    def test_without_rewind_there_is_no_way_back(self, scripted):
        reporter = scripted({1: {"go_back": 1, "look": 1}})
        history = dropout().fit(X, Y, epochs=3, verbose=1)
        assert history.epoch == [0, 1, 2] and history.rewind is None and reporter.told == []
