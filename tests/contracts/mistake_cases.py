"""Mistakes that beginners make: each a short program as they write it, and what it must be answered with.

The answer is an exception in our words, or a hint in the text that ``fit`` prints. ``cause`` and ``mend`` are words
that it must hold: what is wrong, in terms of the learner's own program, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import kerasnb as keras
from kerasnb import layers as L

DRAW = np.random.RandomState(0)
X = DRAW.normal(size=(120, 4)).astype("float32")
CLASSES = (X[:, 0] > 0.4).astype("int32") + (X[:, 0] > -0.4).astype("int32")  # 0, 1, 2
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
YES = (X[:, :1] > 0).astype("float32")
NUMBERS = X[:, :1] * 2 + X[:, 1:2]
IMAGES = DRAW.uniform(size=(40, 8, 8, 1)).astype("float32")
DIGITS = (np.arange(40) % 3).astype("int32")
QUIET = {"verbose": 0}


@dataclass(frozen=True)
class Mistake:
    """One of them.

    Attributes:
        name: what is wrong.
        program: what the learner writes; it is given an empty folder.
        cause, mend: words of the answer.
        error: the type of the exception; None where the program runs and a hint is printed.
    """

    name: str
    program: Callable[[Path], Any]
    cause: tuple[str, ...]
    mend: tuple[str, ...]
    error: type[BaseException] | None = ValueError


CASES: list[Mistake] = []


def mistake(name: str, cause: Any, mend: Any, error: type[BaseException] | None = ValueError) -> Callable:
    """Put a program into the table."""

    def put(program: Callable[[Path], Any]) -> Callable[[Path], Any]:
        words = [(w,) if isinstance(w, str) else tuple(w) for w in (cause, mend)]
        CASES.append(Mistake(name, program, *words, error))
        return program

    return put


def network(units: int = 3, activation: Any = "softmax", loss: Any = "sparse_categorical_crossentropy", **rest: Any):
    """A small network, compiled."""
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(units, activation)])
    model.compile(**{"optimizer": "adam", "loss": loss, **rest})
    return model


def printed(model: Any, x: Any = X, y: Any = CLASSES, **rest: Any) -> Any:
    """A fit that prints its lines, and its hints at the end."""
    return model.fit(x, y, **{"epochs": 2, "verbose": 2, **rest})


# --- the last layer and the loss ------------------------------------------------------------------------------


@mistake("no activation before a crossentropy", ("'dense_1'", "no activation", "logits"),
         ("activation='softmax'", "from_logits=True"), None)  # fmt: skip
def _(folder):
    printed(network(activation=None))


@mistake("no activation before a binary crossentropy", ("no activation", "logits"),
         ("activation='sigmoid'", "from_logits=True"), None)  # fmt: skip
def _(folder):
    printed(network(1, None, "binary_crossentropy"), y=YES)


@mistake("softmax and from_logits", ("softmax", "from_logits=True", "twice"), "remove", None)
def _(folder):
    printed(network(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)))


@mistake("sigmoid and from_logits", ("sigmoid", "from_logits=True", "twice"), "remove", None)
def _(folder):
    printed(network(1, "sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)), y=YES)


@mistake("softmax over one unit", ("softmax", "1 unit", "always 1"), "activation='sigmoid'", None)
def _(folder):
    printed(network(1, "softmax", "binary_crossentropy"), y=YES)


@mistake("categorical crossentropy of one unit", ("categorical_crossentropy", "1 unit"), "binary_crossentropy", None)
def _(folder):
    printed(network(1, "sigmoid", "categorical_crossentropy"), y=YES)


@mistake("sparse crossentropy of one unit", ("1 class",), ("binary_crossentropy", "2 units"))
def _(folder):
    network(1, "sigmoid").fit(X, YES, **QUIET)


@mistake("sigmoid and categorical crossentropy", ("sigmoid", "categorical_crossentropy", "add up to 1"),
         ("activation='softmax'", "binary_crossentropy"), None)  # fmt: skip
def _(folder):
    printed(network(3, "sigmoid", "categorical_crossentropy"), y=ONE_HOT)


@mistake("softmax and binary crossentropy", ("softmax", "binary_crossentropy"), "categorical_crossentropy", None)
def _(folder):
    printed(network(3, "softmax", "binary_crossentropy"), y=ONE_HOT)


@mistake("relu before a crossentropy", ("relu", "probabilities"), "activation='softmax'", None)
def _(folder):
    printed(network(activation="relu"))


@mistake("sigmoid for numbers beyond 1", ("sigmoid", "from 0 to 1", "y goes"), "activation=None", None)
def _(folder):
    printed(network(1, "sigmoid", "mse"), y=NUMBERS * 30)


@mistake("relu for targets below 0", ("relu", "below 0", "y goes"), "activation=None", None)
def _(folder):
    printed(network(1, "relu", "mse"), y=NUMBERS)


@mistake(
    "a loss for numbers on classes", ("mean_squared_error", "(120,)", "(None, 3)"), "sparse_categorical_crossentropy"
)
def _(folder):
    network(loss="mse").fit(X, CLASSES, **QUIET)


@mistake("binary crossentropy on classes 0, 1, 2", ("from 0 to 2", "binary_crossentropy"),
         ("sparse_categorical_crossentropy", "3 units"), None)  # fmt: skip
def _(folder):
    printed(network(1, "sigmoid", "binary_crossentropy"), y=CLASSES)


@mistake("binary crossentropy on -1 and 1", ("from -1 to 1", "binary_crossentropy"), "(y + 1) / 2", None)
def _(folder):
    printed(network(1, "sigmoid", "binary_crossentropy"), y=YES * 2 - 1)


@mistake("accuracy of numbers", ("accuracy", "regression"), "mae", None)
def _(folder):
    printed(network(1, None, "mse", metrics=["accuracy"]), y=NUMBERS)


@mistake("too few units for the classes", ("labels from 0 to 2", "2 classes"), "3 units")
def _(folder):
    network(2).fit(X, CLASSES, **QUIET)


@mistake("one-hot targets with too few units", ("(120, 3)", "(None, 2)"), "3 units")
def _(folder):
    network(2, loss="categorical_crossentropy").fit(X, ONE_HOT, **QUIET)


# --- labels ----------------------------------------------------------------------------------------------------


@mistake("labels from 1", ("labels from 1 to 3", "3 classes"), "subtract 1 from y")
def _(folder):
    network().fit(X, CLASSES + 1, **QUIET)


@mistake("one-hot labels for a sparse loss", ("one-hot", "sparse_categorical_crossentropy"),
         ("'categorical_crossentropy'", "argmax"))  # fmt: skip
def _(folder):
    network().fit(X, ONE_HOT, **QUIET)


@mistake("integers for a categorical loss", ("one-hot", "(120,)"),
         ("sparse_categorical_crossentropy", "to_categorical"))  # fmt: skip
def _(folder):
    network(loss="categorical_crossentropy").fit(X, CLASSES, **QUIET)


@mistake("labels as text", ("y holds text",), ("StringLookup", "np.unique"))
def _(folder):
    network().fit(X, np.array(["cat", "dog", "bird"])[CLASSES], **QUIET)


@mistake("y one row short", ("x: 120", "y: 119"), "Check how x and y were split")
def _(folder):
    network().fit(X, CLASSES[:-1], **QUIET)


@mistake("no y at all", ("y is missing",), "fit(x, y)")
def _(folder):
    network().fit(X, **QUIET)


@mistake("NaN in y", ("y", "NaN"), ("row 3", "np.isnan(y)"), None)
def _(folder):
    y = NUMBERS.copy()
    y[3] = np.nan
    printed(network(1, None, "mse"), y=y)


@mistake("labels that are floats with a fraction", ("0.5", "whole numbers"), "mse")
def _(folder):
    network().fit(X, CLASSES * 0.5, **QUIET)


# --- data ------------------------------------------------------------------------------------------------------


@mistake("forgotten scaling of bytes", ("from 0 to 255", "not scaled"), "x / 255", None)
def _(folder):
    draw = np.random.RandomState(1)
    images = draw.randint(0, 256, (200, 64)).astype("uint8")
    model = keras.Sequential([keras.Input((64,)), L.Dense(16, "sigmoid"), L.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    printed(model, images, draw.randint(0, 3, 200), epochs=6)


@mistake("forgotten scaling of a table", ("column 2", "not scaled"), "Normalization", None)
def _(folder):
    table = X * np.array([1, 1, 50_000, 1], "float32")
    printed(network(1, None, "mse", optimizer="sgd"), table, NUMBERS, epochs=4)


@mistake("targets far from what the network gives", ("y goes", "optimizer"), ("divide", "y"), None)
def _(folder):
    prices = 300_000 + 80_000 * NUMBERS
    printed(network(1, None, "mse"), y=prices, epochs=6)


@mistake("NaN in x", ("x holds NaN", "120 rows", "row 7"), ("np.isnan(x)", "np.nan_to_num"), None)
def _(folder):
    holes = X.copy()
    holes[7, 2] = np.nan
    printed(network(), holes)


@mistake("text in x", ("x holds text", "'input_layer'"), ("TextVectorization", "StringLookup"))
def _(folder):
    network().fit(X.astype(str), CLASSES, **QUIET)


@mistake("sentences into an embedding", ("x holds text",), "TextVectorization")
def _(folder):
    model = keras.Sequential([L.Embedding(100, 8), L.GlobalAveragePooling1D(), L.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    model.fit(np.array(["good film", "bad film"] * 10), np.array([1, 0] * 10), **QUIET)


@mistake("word numbers beyond the embedding", ("from 0 to 149", "input_dim=100"), "input_dim=150")
def _(folder):
    model = keras.Sequential(
        [keras.Input((5,), dtype="int32"), L.Embedding(100, 8), L.Flatten(), L.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    words = np.arange(150, dtype="int32").reshape(30, 5)
    model.fit(words, np.arange(30) % 2, **QUIET)


@mistake("sequences of unequal length", ("unequal",), "pad_sequences")
def _(folder):
    network().fit([[1, 2], [3], [4, 5, 6]], [0, 1, 2], **QUIET)


@mistake("data in lists, rows as lists of inputs", ("list of 120 arrays", "120 inputs"), "np.array(x)")
def _(folder):
    network().fit(list(X), list(CLASSES), **QUIET)


@mistake("a frame with a column of text", ("'town'", "text"), ("StringLookup", "pandas.get_dummies"))
def _(folder):
    import pandas

    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "town": ["Ulm"] * 120})
    network().fit(frame, CLASSES, **QUIET)


@mistake("a frame with empty cells", ("x", "NaN", "column 1"), "dropna", None)
def _(folder):
    import pandas

    frame = pandas.DataFrame(X.astype("float64"))
    frame.iloc[5, 1] = None
    printed(network(), frame)


@mistake("empty data", ("x has 0 samples",), "how the data was loaded or filtered")
def _(folder):
    network().fit(X[X[:, 0] > 99], CLASSES[X[:, 0] > 99], **QUIET)


@mistake("channels first", ("(40, 1, 8, 8)", "(None, 8, 8, 1)", "channels"), "np.moveaxis(x, 1, -1)")
def _(folder):
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3), L.Flatten(), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(np.moveaxis(IMAGES, -1, 1), DIGITS, **QUIET)


@mistake("images without a channel axis", ("'conv2d'", "ndim=4", "(None, 8, 8)"), "x[..., None]")
def _(folder):
    model = keras.Sequential([L.Conv2D(4, 3), L.Flatten(), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(IMAGES[..., 0], DIGITS, **QUIET)


@mistake("forgetting Flatten", ("(None, 8, 8, 3)", "(40,)"), "Flatten")
def _(folder):
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(IMAGES, DIGITS, **QUIET)


@mistake("a table into a recurrent layer", ("'lstm'", "ndim=3", "(None, 4)"), "x[..., None]")
def _(folder):
    keras.Sequential([keras.Input((4,)), L.LSTM(8), L.Dense(1)])


@mistake("sequences lost before the next recurrent layer", ("'lstm_1'", "ndim=3", "(None, 8)"), "return_sequences=True")
def _(folder):
    keras.Sequential([keras.Input((5, 2)), L.LSTM(8), L.LSTM(8), L.Dense(1)])


@mistake("an image too small for so many convolutions", ("conv2d_2", "(None, 2, 2, 4)", "too small"),
         "padding='same'")  # fmt: skip
def _(folder):
    keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(4, 3), L.MaxPooling2D(), L.Conv2D(4, 2), L.Conv2D(4, 3), L.Flatten()]
    )


@mistake("the wrong shape of the input", ("(120, 4)", "(None, 5)"), "keras.Input((4,))")
def _(folder):
    model = keras.Sequential([keras.Input((5,)), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, CLASSES, **QUIET)


@mistake("the batch axis in Input", ("(120, 4)", "(None, 120, 4)", "batch axis"), "keras.Input((4,))")
def _(folder):
    model = keras.Sequential([keras.Input((120, 4)), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, CLASSES, **QUIET)


@mistake("predict one row without its batch axis", ("(4,)", "one sample"), "x[None]")
def _(folder):
    network().predict(X[0], **QUIET)


@mistake("validation on the rows trained on", ("validation", "also", "training"), "train_test_split", None)
def _(folder):
    printed(network(), validation_data=(X[:60], CLASSES[:60]))


@mistake("validation_split on a generator", ("validation_split", "generator"), "validation_data")
def _(folder):
    network().fit(((X, CLASSES) for _ in range(3)), validation_split=0.2, **QUIET)


@mistake("a generator that ends after one epoch", ("epoch 2", "read only once"), "steps_per_epoch", None)
def _(folder):
    network().fit(((X, CLASSES) for _ in range(3)), epochs=3, **QUIET)


@mistake("validation labels out of range", ("labels from 3 to 5",), ("6 units", "check y"))
def _(folder):
    network().fit(X, CLASSES, validation_data=(X, CLASSES + 3), **QUIET)


@mistake("only one class in the labels", ("y has the same value, 0,",), "shuffled", None)
def _(folder):
    printed(network(1, "sigmoid", "binary_crossentropy"), y=np.zeros((120, 1), "float32"))


@mistake(
    "sorted labels and validation_split",
    ("validation_split=0.2", "sorted by class", "of class 2 alone"),
    "permutation",
    None,
)
def _(folder):
    order = np.argsort(CLASSES, kind="stable")
    printed(network(), X[order], CLASSES[order], validation_split=0.2)


# --- settings --------------------------------------------------------------------------------------------------


@mistake("a learning rate far too high", ("learning rate", "it is 1e+03"), ("smaller learning rate", "clipnorm"), None)
def _(folder):
    printed(network(1, None, "mse", optimizer=keras.optimizers.SGD(1000.0)), y=NUMBERS, epochs=5)


@mistake("a learning rate far too low", ("hardly fallen",), ("learning rate", "larger"), None)
def _(folder):
    printed(network(optimizer=keras.optimizers.SGD(1e-9)), epochs=6)


@mistake("dying ReLU", ("relu", "'hidden'", "always 0"), ("smaller learning rate", "leaky_relu"), None)
def _(folder):
    model = keras.Sequential(
        [keras.Input((4,)), L.Dense(8, "relu", bias_initializer=keras.initializers.Constant(-50.0), name="hidden"),
         L.Dense(1)]
    )  # fmt: skip
    model.compile("sgd", "mse")
    printed(model, y=NUMBERS, epochs=12)


@mistake("weights that all begin at zero", ("are zero", "'dense'"), "kernel_initializer", None)
def _(folder):
    model = keras.Sequential(
        [keras.Input((4,)), L.Dense(8, "relu", kernel_initializer="zeros"), L.Dense(1, kernel_initializer="zeros")]
    )
    model.compile("sgd", "mse")
    printed(model, y=NUMBERS, epochs=6)


@mistake("nothing left to train", ("no trainable weights",), "trainable = True", None)
def _(folder):
    model = network()
    model.trainable = False
    printed(model)


@mistake("trainable changed after compile", ("trainable", "after compile"), "compile", None)
def _(folder):
    model = network()
    printed(model)
    model.layers[0].trainable = False
    printed(model)


@mistake("a network that learns the rows by heart", ("Overfitting", "validation loss has risen"), "EarlyStopping", None)
def _(folder):
    draw = np.random.RandomState(2)
    model = keras.Sequential([keras.Input((20,)), L.Dense(256, "relu"), L.Dense(256, "relu"), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    printed(model, draw.normal(size=(60, 20)), draw.randint(0, 2, (60, 1)), validation_split=0.5, epochs=20)


@mistake("missing compile", ("before model.fit()",), "model.compile(")
def _(folder):
    keras.Sequential([keras.Input((4,)), L.Dense(3)]).fit(X, CLASSES, **QUIET)


@mistake("compile without a loss", ("no loss",), ("loss=", "model.compile("))
def _(folder):
    model = network(loss=None)
    model.fit(X, CLASSES, **QUIET)


@mistake("a loss misspelt", ("'binary_crosentropy'",), "Did you mean 'binary_crossentropy'")
def _(folder):
    network(loss="binary_crosentropy").fit(X, YES, **QUIET)


@mistake("an optimizer misspelt", ("'addam'",), "Did you mean 'adam'")
def _(folder):
    network(optimizer="addam")


@mistake("a metric misspelt", ("'acuracy'",), "Did you mean 'accuracy'")
def _(folder):
    network(metrics=["acuracy"]).fit(X, CLASSES, **QUIET)


@mistake("an activation misspelt", ("'rleu'",), "Did you mean 'relu'")
def _(folder):
    L.Dense(8, activation="rleu")


@mistake("a layer misspelt", ("'Desne'",), "Did you mean 'Dense'", AttributeError)
def _(folder):
    L.Desne(8)


@mistake("an argument misspelt", ("'actvation'", "Dense"), "'activation'", (TypeError, ValueError))
def _(folder):
    L.Dense(8, actvation="relu")


@mistake("an argument of fit misspelt", ("'epoch'",), "'epochs'", TypeError)
def _(folder):
    network().fit(X, CLASSES, epoch=3)


@mistake("class_weight of a class too few", ("class_weight", "no weight for class 2"), "2: 1.0", None)
def _(folder):
    printed(network(), class_weight={0: 1.0, 1: 2.0})


@mistake("class_weight by names", ("class_weight", "'cat'"), ("number", "{0:"))
def _(folder):
    network().fit(X, CLASSES, class_weight={"cat": 1.0, "dog": 2.0}, **QUIET)


@mistake("a callback's class instead of an object", ("the class EarlyStopping",), "EarlyStopping(...)", TypeError)
def _(folder):
    network().fit(X, CLASSES, callbacks=[keras.callbacks.EarlyStopping], **QUIET)


@mistake(
    "early stopping on a number that is not there",
    ("'val_loss'", "not in the logs"),
    ("validation_data", "Did you mean 'loss'"),
    None,
)
def _(folder):
    printed(network(), callbacks=[keras.callbacks.EarlyStopping(patience=1)])


@mistake(
    "layers in a list without a model",
    ("of type list",),
    "flat list of layers",
    (TypeError, ValueError, AttributeError),
)
def _(folder):
    keras.Sequential([keras.Input((4,)), [L.Dense(3), L.Dense(1)]])


@mistake("a layer's class instead of an object", ("the class", "Flatten"), "Flatten()", (TypeError, ValueError))
def _(folder):
    keras.Sequential([keras.Input((4, 4)), L.Flatten, L.Dense(3)])


@mistake("a NumPy function on a symbolic tensor", ("NumPy", "symbolic tensor"), "keras.ops", (TypeError, ValueError))
def _(folder):
    inputs = keras.Input((4,))
    np.log(inputs)


@mistake("a condition on a tensor in one's own layer", ("if", "'picky'"), "ops.where", (TypeError, ValueError))
def _(folder):
    class Picky(L.Layer):
        def call(self, x):
            if keras.ops.sum(x) > 0:
                return x
            return -x

    model = keras.Sequential([keras.Input((4,)), Picky(), L.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, CLASSES, **QUIET)


@mistake(
    "shapes that do not go together in one's own layer", ("'mixer'", "(None, 4)"), "shape", (TypeError, ValueError)
)
def _(folder):
    class Mixer(L.Layer):
        def build(self, shape):
            self.kernel = self.add_weight((7, 3))

        def call(self, x):
            return keras.ops.matmul(x, self.kernel)

    keras.Sequential([keras.Input((4,)), Mixer()])


@mistake("NumPy in one's own loss", ("loss 'mine'", "NumPy"), "keras.ops", (TypeError, ValueError))
def _(folder):
    def mine(y_true, y_pred):
        return np.mean(np.abs(np.asarray(y_true) - np.asarray(y_pred)))

    network(1, None, mine).fit(X, NUMBERS, **QUIET)


@mistake("branches of different shapes added", ("(None, 3)", "(None, 4)"), "Concatenate")
def _(folder):
    inputs = keras.Input((4,))
    L.Add()([L.Dense(3)(inputs), L.Dense(4)(inputs)])


@mistake(
    "a model of tensors that hang on nothing", ("not connected", "'input_layer_1'"), "inputs=[", (TypeError, ValueError)
)
def _(folder):
    inputs, other = keras.Input((4,)), keras.Input((4,))
    keras.Model(inputs, L.Dense(3)(other))


# --- files -----------------------------------------------------------------------------------------------------


@mistake(
    "loading a file that is not there", ("File not found", "best.keras"), ("'model.keras'",), (ValueError, OSError)
)
def _(folder):
    network().save(folder / "model.keras")
    keras.saving.load_model(folder / "best.keras")


@mistake("saving without .keras", ("mymodel",), "mymodel.keras")
def _(folder):
    network().save(folder / "mymodel")


@mistake("a class of one's own that is not registered", ("Half", "not"), ("register_keras_serializable",),
         (TypeError, ValueError))  # fmt: skip
def _(folder):
    class Half(L.Layer):
        def call(self, x):
            return x * 0.5

    model = keras.Sequential([keras.Input((4,)), Half()])
    model.save(folder / "half.keras")
    keras.saving.load_model(folder / "half.keras")


@mistake("the weights of another model", ("another architecture", "(8, 3)", "(8, 2)"), "skip_mismatch")
def _(folder):
    network(2).save_weights(folder / "two.weights.h5")
    network(3).load_weights(folder / "two.weights.h5")


@mistake("weights saved without .weights.h5", ("'my.h5'",), ".weights.h5")
def _(folder):
    network().save_weights("my.h5")


@mistake("a text file instead of a model", ("notes.keras",), "model.save", (ValueError, OSError))
def _(folder):
    (folder / "notes.keras").write_text("hello")
    keras.saving.load_model(folder / "notes.keras")


@mistake("set_weights of another model", ("(8, 2)",), ("shape", "(8, 3)"))
def _(folder):
    network(3).set_weights(network(2).get_weights())
