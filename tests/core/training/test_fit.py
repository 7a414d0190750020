"""fit, evaluate, predict: what their arguments do, told by numbers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops

X = np.arange(24, dtype="float32").reshape(12, 2) / 10
Y = X.sum(axis=1, keepdims=True)


def linear(loss="mse", rate=0.01, **compiled):
    """One Dense layer whose weights start at 0."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(rate), loss, **compiled)
    return model


class Record(layers.Layer):
    """A layer that remembers in a weight how often each row number came by while training."""

    def build(self, input_shape):
        self.seen = self.add_weight((12,), "zeros", trainable=False, name="seen")

    def call(self, x, training=None):
        if training:
            rows = ops.cast(ops.round(x[:, 0] * 5), "int32")
            self.seen.assign_add(ops.sum(ops.one_hot(rows, 12), axis=0))
        return x


def recording():
    model = keras.Sequential([keras.Input((2,)), Record(), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model, lambda: model.layers[0].seen.numpy().astype(int).tolist()


# --- which rows are used -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [True, False, "batch"])
@pytest.mark.parametrize("batch_size", [1, 5, 12, 100])
def test_every_row_once_an_epoch(batch_size, shuffle):
    model, seen = recording()
    model.fit(X, Y, epochs=3, batch_size=batch_size, shuffle=shuffle, verbose=0)
    assert seen() == [3] * 12


def test_validation_split_takes_the_last_rows_and_never_trains_on_them():
    model, seen = recording()
    history = model.fit(X, Y, epochs=2, validation_split=0.25, verbose=0)
    assert seen() == [2] * 9 + [0] * 3
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(X[9:], Y[9:], verbose=0), rel=1e-5)


def test_validation_data_go_before_validation_split():
    model, seen = recording()
    history = model.fit(X, Y, validation_split=0.5, validation_data=(X[:2], Y[:2]), verbose=0)
    assert seen() == [1] * 12 and "val_loss" in history.history


def test_steps_per_epoch_go_on_where_the_last_epoch_ended():
    model, seen = recording()
    model.fit(X, Y, batch_size=3, steps_per_epoch=2, epochs=1, shuffle=False, verbose=0)
    assert seen() == [1] * 6 + [0] * 6
    model.fit(X, Y, batch_size=3, steps_per_epoch=2, epochs=2, shuffle=False, verbose=0)
    assert seen() == [2] * 6 + [1] * 6


def test_shuffling_changes_from_epoch_to_epoch_and_with_the_seed():
    """Weights after single-row steps depend on the order."""

    def run(seed, **fit):
        keras.utils.set_random_seed(seed)
        model = linear(rate=0.1)
        model.fit(X, Y**2, batch_size=1, verbose=0, **fit)
        return model.get_weights()[0].ravel().tolist()

    assert run(1) == run(1) != run(2)
    assert run(1, shuffle=False) == run(2, shuffle=False)
    assert run(1, epochs=2) != run(1, epochs=2, shuffle=False)


# --- weights ----------------------------------------------------------------------------------------------


def test_a_sample_weight_of_two_is_the_row_twice():
    weighted, doubled = linear(), linear()
    weights = np.array([1.0] * 6 + [2.0] * 6)
    rows = np.r_[np.arange(12), np.arange(6, 12)]
    weighted.fit(X, Y, sample_weight=weights * 12 / 18, batch_size=12, epochs=3, verbose=0)
    doubled.fit(X[rows], Y[rows], batch_size=18, epochs=3, verbose=0)
    np.testing.assert_allclose(weighted.get_weights()[0], doubled.get_weights()[0], rtol=1e-4)


def test_class_weight_is_sample_weight_by_label():
    labels = (np.arange(12) % 2).astype("int32")
    for targets in (labels, np.eye(2, dtype="float32")[labels]):
        loss = "categorical_crossentropy" if targets.ndim == 2 else "sparse_categorical_crossentropy"
        results = []
        for fit in ({"class_weight": {0: 1.0, 1: 3.0}}, {"sample_weight": np.where(labels == 1, 3.0, 1.0)}):
            model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "softmax", kernel_initializer="zeros")])
            model.compile("sgd", loss, weighted_metrics=["accuracy"])
            results.append(model.fit(X, targets, epochs=2, shuffle=False, verbose=0, **fit).history)
        assert results[0] == results[1]


def test_weighted_metrics_see_the_weights_and_metrics_do_not():
    model = linear(metrics=["mae"], weighted_metrics=[keras.metrics.MeanAbsoluteError(name="weighted")])
    weights = np.zeros(12)
    weights[-1] = 1
    found = model.evaluate(X, Y, sample_weight=weights, verbose=0, return_dict=True)
    assert found["mae"] == pytest.approx(Y.mean(), rel=1e-5)
    assert found["weighted"] == pytest.approx(Y[-1, 0], rel=1e-5)


# --- epochs, numbers, callbacks ------------------------------------------------------------------------------


def test_initial_epoch_counts_on():
    model = linear()
    assert model.fit(X, Y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]
    assert model.fit(X, Y, epochs=2, initial_epoch=2, verbose=0).epoch == []


@pytest.mark.parametrize(("freq", "expected"), [(1, 6), (2, 3), ([1, 6], 2)])
def test_validation_freq(freq, expected):
    history = linear().fit(X, Y, epochs=6, validation_split=0.5, validation_freq=freq, verbose=0)
    assert len(history.history["loss"]) == 6 and len(history.history["val_loss"]) == expected


def test_validation_steps_and_batch_size():
    seen = []
    watch = keras.callbacks.LambdaCallback()
    watch.on_test_batch_end = lambda batch, logs=None: seen.append(batch)
    linear().fit(
        X, Y, validation_data=(X, Y), validation_batch_size=2, validation_steps=4, verbose=0, callbacks=[watch]
    )
    assert seen == [0, 1, 2, 3]


def test_history_of_a_linear_model_by_hand():
    """One full-batch step of gradient descent from 0: the numbers of calculus."""
    model = linear(rate=0.1)
    history = model.fit(X, Y, batch_size=12, epochs=1, verbose=0)
    assert history.history["loss"] == [pytest.approx(float((Y**2).mean()), rel=1e-5)]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(kernel, 0.1 * 2 * X.T @ Y / 12, rtol=1e-5)
    np.testing.assert_allclose(bias, [0.1 * 2 * Y.mean()], rtol=1e-5)


def test_the_loss_of_an_epoch_is_the_mean_over_rows_though_the_last_batch_is_short():
    model = linear(rate=0.0, metrics=["mae"])
    for batch_size in (5, 7, 12):
        history = model.fit(X, Y, batch_size=batch_size, verbose=0).history
        assert history["loss"][0] == pytest.approx(float((Y**2).mean()), rel=1e-5)
        assert history["mae"][0] == pytest.approx(float(Y.mean()), rel=1e-5)


def test_stop_training_ends_after_the_epoch():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    model = linear()
    history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[Stop()])
    assert history.epoch == [0, 1, 2] and history.status == "done" and not history.stopped
    assert model.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1], "the next fit starts anew"


def test_stop_training_in_a_batch_ends_there():
    class Stop(keras.callbacks.Callback):
        seen = 0

        def on_train_batch_end(self, batch, logs=None):
            self.seen += 1
            self.model.stop_training = batch == 1

    callback = Stop()
    linear().fit(X, Y, batch_size=2, epochs=5, verbose=0, callbacks=[callback])
    assert callback.seen == 2


def test_hooks_come_in_keras_order():
    order = []

    class Every(keras.callbacks.Callback):
        pass

    def note(name):
        return lambda self, *arguments, **keywords: order.append(name)

    for name in vars(keras.callbacks.Callback):
        if name.startswith("on_") and name not in ("on_batch_begin", "on_batch_end"):
            setattr(Every, name, note(name))
    linear().fit(X, Y, batch_size=12, validation_data=(X, Y), verbose=0, callbacks=[Every()])
    assert order == [
        "on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end", "on_test_begin",
        "on_test_batch_begin", "on_test_batch_end", "on_test_end", "on_epoch_end", "on_train_end",
    ]  # fmt: skip


def test_a_callback_can_change_rate_and_weights_between_epochs():
    class Meddle(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.0
            if epoch == 1:
                self.model.layers[0].kernel.assign([[7.0], [8.0]])

    model = linear()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[Meddle()])
    assert model.get_weights()[0].ravel().tolist() == [7.0, 8.0]


def test_a_model_may_be_evaluated_by_its_metrics_alone():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile(metrics=["mae"])
    expected = float(np.abs(model.predict(X, verbose=0) - Y).mean())
    assert model.evaluate(X, Y, verbose=0, return_dict=True) == pytest.approx({"loss": 0.0, "mae": expected}, rel=1e-5)
    assert model.test_on_batch(X, Y) == pytest.approx([0.0, expected], rel=1e-5)
    with pytest.raises(ValueError, match="no loss to minimise"):
        model.fit(X, Y, verbose=0)


def test_metrics_that_layers_own_are_reported():
    class Measured(layers.Layer):
        def __init__(self):
            super().__init__()
            self.size = keras.metrics.Mean(name="size")

        def call(self, x):
            self.size.update_state(ops.mean(x))
            return x

    model = keras.Sequential([keras.Input((2,)), Measured(), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert model.fit(X, Y, batch_size=12, verbose=0).history["size"] == [pytest.approx(float(X.mean()), rel=1e-5)]


# --- data of every kind -----------------------------------------------------------------------------------


def as_frame(values):
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(values, columns=[f"c{i}" for i in range(values.shape[1])])


@pytest.mark.parametrize(
    "wrap",
    [lambda a: a.tolist(), lambda a: a.astype("float64"), lambda a: ops.convert_to_tensor(a), as_frame, lambda a: [a],
     lambda a: np.asfortranarray(a), lambda a: np.repeat(a, 2, axis=0)[::2]],
    ids=["lists", "float64", "jax", "frame", "list of one", "fortran", "strided"],
)  # fmt: skip
def test_kinds_of_arrays(wrap):
    model, other = linear(), linear()
    model.fit(X, Y, shuffle=False, verbose=0)
    other.fit(wrap(X), wrap(Y), shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])
    np.testing.assert_allclose(other.predict(wrap(X), verbose=0), model.predict(X, verbose=0), rtol=1e-6)


class Batches(keras.utils.PyDataset):
    """Six batches of two rows, and a count of the epochs it was told of."""

    ended = 0

    def __len__(self):
        return 6

    def __getitem__(self, i):
        return X[2 * i : 2 * i + 2], Y[2 * i : 2 * i + 2]

    def on_epoch_end(self):
        self.ended += 1


def endless():
    while True:
        for i in range(6):
            yield X[2 * i : 2 * i + 2], Y[2 * i : 2 * i + 2]


class Tensor:
    """What a tensor of another framework looks like from outside."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)

    def numpy(self):
        return self.array


class Loader:
    """What a data loader of another framework looks like from outside."""

    def __len__(self):
        return 6

    def __iter__(self):
        for x, y in (Batches()[i] for i in range(6)):
            yield [Tensor(x), Tensor(y)]


@pytest.mark.parametrize(
    ("make", "fit"),
    [
        (Batches, {"shuffle": False}),
        (endless, {"steps_per_epoch": 6}),
        (Loader, {}),
        (lambda: [*Loader()] and Loader(), {}),
    ],
    ids=["PyDataset", "generator", "loader", "loader again"],
)
def test_kinds_of_streams(make, fit):
    model, other = linear(), linear()
    expected = model.fit(X, Y, batch_size=2, shuffle=False, epochs=3, verbose=0).history["loss"]
    found = other.fit(make(), epochs=3, verbose=0, **fit).history["loss"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], other.get_weights()[0], rtol=1e-5)


def test_a_dataset_hears_of_epochs_and_may_be_evaluated_and_predicted():
    data, model = Batches(), linear()
    model.fit(data, epochs=3, validation_data=Batches(), verbose=0)
    assert data.ended == 3
    assert model.evaluate(data, verbose=0) == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    np.testing.assert_allclose(model.predict(data, verbose=0), model.predict(X, verbose=0), rtol=1e-5)
    assert model.predict(data, steps=2, verbose=0).shape == (4, 1)


def test_a_dataset_is_shuffled_by_its_batches():
    orders = []

    class Watched(Batches):
        def __getitem__(self, i):
            orders.append(i)
            return super().__getitem__(i)

    keras.utils.set_random_seed(1)
    linear().fit(Watched(), epochs=2, verbose=0)
    first, second = orders[-12:-6], orders[-6:]
    assert sorted(second) == list(range(6)) and first != second


def test_batches_with_weights_and_of_several_sizes():
    model, other = linear(), linear()
    weights = np.linspace(0, 1, 12)

    def batches():
        yield X[:7], Y[:7], weights[:7]
        yield X[7:], Y[7:], weights[7:]

    model.fit(batches(), verbose=0)
    other.fit(X, Y, sample_weight=weights, batch_size=7, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], other.get_weights()[0], rtol=1e-5)


# --- single batches, freezing, intermediate outputs ------------------------------------------------------------


def test_train_on_batch_is_one_step_of_fit():
    model, other = linear(metrics=["mae"]), linear(metrics=["mae"])
    logs = model.train_on_batch(X, Y, return_dict=True)
    history = other.fit(X, Y, batch_size=12, shuffle=False, verbose=0).history
    assert logs == {k: pytest.approx(v[0]) for k, v in history.items()}
    np.testing.assert_allclose(model.get_weights()[0], other.get_weights()[0], rtol=1e-5)
    assert isinstance(model.train_on_batch(X, Y), list) and model.test_on_batch(X, Y)[0] > 0


def test_batches_without_targets_where_the_step_needs_none():
    class Own(keras.Sequential):
        def train_step(self, state, data):
            return {"rows": ops.sum(ops.ones_like(data[:, 0]))}, state

        test_step = train_step

    model = Own([keras.Input(X.shape[1:]), layers.Dense(1)])
    model.compile("sgd")
    assert model.train_on_batch(X, return_dict=True) == {"rows": len(X)} == model.test_on_batch(X, return_dict=True)


def test_frozen_layers_stay_and_thaw():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="a"), layers.Dense(1, name="b")])
    for frozen in (True, False):
        model.get_layer("a").trainable = not frozen
        model.compile("sgd", "mse")
        before = [w.copy() for w in model.get_weights()]
        model.fit(X, Y, verbose=0)
        changed = [(a != b).any() for a, b in zip(model.get_weights(), before)]
        assert changed == [not frozen, not frozen, True, True]


def test_freezing_without_compiling_again_takes_effect_too():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, name="a"), layers.Dense(1, name="b")])
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.get_layer("a").trainable = False
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert [(a != b).any() for a, b in zip(model.get_weights(), before)] == [False, False, True, True]


def test_intermediate_outputs_follow_training():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, "relu", name="hidden"), layers.Dense(1)])
    inner = keras.Model(model.inputs, model.get_layer("hidden").output)
    model.compile("sgd", "mse")
    before = inner.predict(X, verbose=0)
    model.fit(X, Y, verbose=0)
    after = inner.predict(X, verbose=0)
    assert (before != after).any()
    np.testing.assert_allclose(after, model.get_layer("hidden")(X), rtol=1e-5)


def test_predict_classes():
    model = keras.Sequential([keras.Input((3,)), layers.Activation("softmax")])
    assert model.predict_classes(np.eye(3)[[2, 0, 1]]).tolist() == [2, 0, 1]
    single = keras.Sequential([keras.Input((1,)), layers.Activation("sigmoid")])
    assert single.predict_classes(np.array([[-1.0], [2.0]])).tolist() == [0, 1]
    assert single.predict_classes(np.array([[-1.0], [2.0]]), threshold=0.9).tolist() == [0, 0]


def test_mixed_float16_scales_the_loss_and_trains():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, dtype="mixed_float16")])
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    finally:
        keras.config.set_dtype_policy("float32")
    model.compile(keras.optimizers.SGD(0.01), "mse")
    assert type(model.optimizer).__name__ == "LossScaleOptimizer"
    losses = model.fit(X, Y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    assert model.layers[0].kernel.dtype == "float32" and model.predict(X, verbose=0).dtype == "float16"
