"""Bad input: each mistake is told in terms of the user's own arguments, and the model stays usable."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers

X = np.linspace(-1, 1, 96, dtype="float32").reshape(24, 4)
Y = (np.arange(24) % 3).astype("int32")
ONE_HOT = np.eye(3, dtype="float32")[Y]


def classifier(**compiled):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu", name="hidden"), layers.Dense(3, "softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", **compiled})
    return model


def batches(*pieces):
    yield from pieces


def broken_generator():
    yield X[:8], Y[:8]
    raise OSError("disk gone")


# what is wrong, the call, the error, words of the message
CASES = [
    ("x of another width", lambda m: m.fit(X[:, :3], Y), ValueError, ["input_layer", "(None, 4)", "3"]),
    ("x with one axis too many", lambda m: m.fit(X[:, None], Y), ValueError, ["(None, 4)", "x.reshape(-1, 4)"]),
    ("labels too large", lambda m: m.fit(X, Y + 5), ValueError, ["labels from 5 to 7", "3 classes", "0 to 2"]),
    ("labels from 1", lambda m: m.fit(X, Y + 1), ValueError, ["subtract 1"]),
    ("labels below 0", lambda m: m.fit(X, Y - 1), ValueError, ["labels from -1"]),
    ("labels of validation", lambda m: m.fit(X, Y, validation_data=(X, Y + 9)), ValueError, ["labels from 9 to 11"]),
    ("labels in evaluate", lambda m: m.evaluate(X, Y + 9), ValueError, ["labels from 9 to 11"]),
    ("y shorter than x", lambda m: m.fit(X, Y[:20]), ValueError, ["x: 24", "y: 20"]),
    ("weights shorter than x", lambda m: m.fit(X, Y, sample_weight=np.ones(3)), ValueError, ["sample_weight: 3"]),
    ("validation of two lengths", lambda m: m.fit(X, Y, validation_data=(X, Y[:5])), ValueError,
     ["validation_data x: 24", "validation_data y: 5"]),
    ("validation without y", lambda m: m.fit(X, Y, validation_data=X), ValueError, ["validation_data=(x_val, y_val)"]),
    ("no rows", lambda m: m.fit(X[:0], Y[:0]), ValueError, ["x has 0 samples"]),
    ("no rows to predict", lambda m: m.predict(X[:0]), ValueError, ["0 samples"]),
    ("an empty list", lambda m: m.fit([], []), ValueError, ["x has 0 samples"]),
    ("a single number", lambda m: m.predict(np.float32(3)), ValueError, ["batch axis"]),
    ("text as x", lambda m: m.fit(np.array(["a"] * 24), Y), ValueError,
     ["x holds text", "input_layer", "TextVectorization"]),
    ("text as y", lambda m: m.fit(X, np.array(["cat"] * 24)), ValueError, ["y holds text", "StringLookup"]),
    ("ragged x", lambda m: m.fit(np.array([[1], [1, 2]] * 12, dtype=object), Y), ValueError, ["pad_sequences"]),
    ("dates", lambda m: m.fit(np.array(["2020-01-01"] * 24, "datetime64[D]"), Y), ValueError, ["datetime64", "x"]),
    ("integers beyond 32 bits", lambda m: m.fit(X, Y.astype("int64") + 2**40), ValueError, ["32 bits"]),
    ("None as x", lambda m: m.fit(None, Y), ValueError, ["fit needs data"]),
    ("a number as x", lambda m: m.fit(3, Y), ValueError, ["x must be arrays", "int"]),
    ("a function as x", lambda m: m.fit(batches, steps_per_epoch=1), ValueError, ["call it"]),
    ("batch_size 0", lambda m: m.fit(X, Y, batch_size=0), ValueError, ["batch_size", "0"]),
    ("batch_size of text", lambda m: m.fit(X, Y, batch_size="32"), ValueError, ["batch_size", "'32'"]),
    ("epochs below 0", lambda m: m.fit(X, Y, epochs=-1), ValueError, ["epochs=-1"]),
    ("epochs 1.5", lambda m: m.fit(X, Y, epochs=1.5), ValueError, ["epochs=1.5"]),
    ("validation_split 1.5", lambda m: m.fit(X, Y, validation_split=1.5), ValueError, ["validation_split=1.5"]),
    ("validation_split below 0", lambda m: m.fit(X, Y, validation_split=-0.1), ValueError, ["validation_split=-0.1"]),
    ("validation_split of a stream", lambda m: m.fit(batches((X, Y)), validation_split=0.5), ValueError,
     ["validation_data"]),
    ("steps_per_epoch 0", lambda m: m.fit(X, Y, steps_per_epoch=0), ValueError, ["steps_per_epoch=0"]),
    ("y beside a generator", lambda m: m.fit(batches((X, Y)), Y), ValueError, ["y must not be given"]),
    ("class_weight as a list", lambda m: m.fit(X, Y, class_weight=[1, 2, 3]), ValueError, ["class_weight", "dict"]),
    ("class_weight and sample_weight", lambda m: m.fit(X, Y, class_weight={0: 2.0}, sample_weight=np.ones(24)),
     ValueError, ["class_weight and sample_weight"]),
    ("a callback's class", lambda m: m.fit(X, Y, callbacks=[keras.callbacks.EarlyStopping]), TypeError,
     ["EarlyStopping"]),
    ("a function as callback", lambda m: m.fit(X, Y, callbacks=[print]), TypeError, ["LambdaCallback"]),
    ("a generator that raises", lambda m: m.fit(broken_generator()), OSError, ["disk gone", "batch 2"]),
    ("an empty generator", lambda m: m.fit(batches()), ValueError, ["no batches at all"]),
    ("another structure in batch 2", lambda m: m.fit(batches((X, Y), (X,))), ValueError, ["Batch 2", "structure"]),
    ("another rank in batch 2", lambda m: m.fit(batches((X, Y), (X[:, None], Y))), ValueError, ["Batch 2"]),
    ("another width in batch 2", lambda m: m.fit(batches((X, Y), (X[:, :2], Y))), ValueError,
     ["batch 2", "size 4, found 2"]),
    ("two lengths in batch 2", lambda m: m.fit(batches((X, Y), (X, Y[:3]))), ValueError, ["Batch 2", "[3, 24]"]),
    ("labels in batch 2", lambda m: m.fit(batches((X, Y), (X, Y + 7))), ValueError, ["labels from 7", "batch 2"]),
    ("two inputs for one", lambda m: m.fit([X, X], Y), ValueError, ["1", "2"]),
    ("an input name", lambda m: m.fit({"pixels": X}, Y), ValueError, ["pixels", "input_layer"]),
    ("predict one sample without a batch axis", lambda m: m.predict(X[0]), ValueError, ["one sample", "x[None]"]),
    ("evaluate with an unknown argument", lambda m: m.evaluate(X, Y, batchsize=3), (TypeError, ValueError),
     ["batchsize"]),
    ("gallery of classes without one output", lambda m: m.get_layer("hiden"), ValueError, ["hidden"]),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_mistake_is_told_and_the_model_lives(call, error, words):
    model = classifier()
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    with pytest.raises(error) as caught:
        call(model)
    told = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert all(word in told for word in words), told
    assert all(np.isfinite(w).all() and w.shape == b.shape for w, b in zip(model.get_weights(), before))
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.evaluate(X, Y, verbose=0))


COMPILE_CASES = [
    ("loss name", {"loss": "sparse_categorical_crossentropi"}, ["sparse_categorical_crossentropy", "Did you mean"]),
    ("optimizer name", {"optimizer": "adaam"}, ["Did you mean 'adam'"]),
    ("metric name", {"metrics": ["acuracy"]}, ["acuracy", "Did you mean"]),
    ("weighted metric name", {"weighted_metrics": ["msee"]}, ["Did you mean 'mse'"]),
    ("loss of a wrong kind", {"loss": 3}, ["loss", "3"]),
    ("loss_weights of an unknown output", {"loss_weights": {"digit": 1.0}}, ["digit", "dense"]),
]


@pytest.mark.parametrize(("arguments", "words"), [c[1:] for c in COMPILE_CASES], ids=[c[0] for c in COMPILE_CASES])
def test_compile_names(arguments, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        classifier(**arguments).fit(X, Y, verbose=0)
    assert all(word in str(caught.value) for word in words), caught.value


def test_activation_name():
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        layers.Dense(3, activation="rleu")


@pytest.mark.parametrize("verb", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_before_compile(verb):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match=r"model\.compile"):
        getattr(model, verb)(X, Y)
    assert model.predict(X, verbose=0).shape == (24, 3)


def test_one_hot_for_a_sparse_loss_and_back():
    with pytest.raises(ValueError, match="categorical_crossentropy"):
        classifier().fit(X, ONE_HOT, verbose=0)
    with pytest.raises(ValueError, match="to_categorical"):
        classifier(loss="categorical_crossentropy").fit(X, Y, verbose=0)


def exploding():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e20), "mse")
    return model


def test_nan_loss_is_noted_with_epoch_and_step():
    history = exploding().fit(X, X[:, :1], epochs=4, batch_size=8, verbose=0)
    assert len(history.history["loss"]) == 4, "only TerminateOnNaN ends a run"
    assert "in epoch 1, step" in history.message and "learning rate (it is 1e+20)" in history.message


def test_nan_loss_is_printed(capsys):
    exploding().fit(X, X[:, :1], epochs=2, batch_size=8, verbose=2)
    assert "The loss became" in capsys.readouterr().out


def test_terminate_on_nan_stops():
    history = exploding().fit(X, X[:, :1], epochs=9, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert len(history.epoch) < 9
    assert not math.isfinite(history.history["loss"][-1])


def test_a_generator_that_ends_warns_and_keeps_what_was_learned():
    model = classifier()
    with pytest.warns(UserWarning, match=r"no batches in epoch 2.*Training ends here"):
        history = model.fit(batches((X, Y)), epochs=3, verbose=0)
    assert history.epoch == [0] and history.status == "done"


def test_too_few_steps_warn():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        history = classifier().fit(X, Y, batch_size=8, steps_per_epoch=2, epochs=3, verbose=0)
    assert len(history.epoch) == 3
    assert ["1 of 2 steps" in str(w.message) for w in seen] == [True]
