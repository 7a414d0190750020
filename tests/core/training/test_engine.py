"""The engine: what compiles and what does not, what is reproducible, how long a person waits for an answer."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import threading
import time

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers, ops
from kerasnb.core import compile_cache
from kerasnb.core.training import programs
from kerasnb.core.training.feed import converted, to_device
from kerasnb.core.training.pace import Pace
from kerasnb.core.training.streams import ahead

X = np.random.RandomState(0).normal(size=(100, 6)).astype("float32")
Y = (np.arange(100) % 3).astype("int32")
TARGET = X[:, :2] * 2


def traced(call) -> int:
    """How many programs a call traced."""
    before = programs.traces
    call()
    return programs.traces - before


def sequential():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(7, "relu"), layers.Dropout(0.2), layers.Dense(3, "softmax")]
    )


def functional():
    inputs = keras.Input((6,))
    x = layers.Dense(7, "relu")(inputs)
    x = layers.Add()([x, layers.Dense(7)(x)])
    return keras.Model(inputs, layers.Dense(3, "softmax")(x * 2.0))


def subclassed():
    """As a cell that is run again makes it: the class is another object each time."""

    class Net(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.first, self.second = layers.Dense(units, "relu"), layers.Dense(3)

        def call(self, x, training=None):
            return ops.softmax(self.second(self.first(x)))

    return Net(7)


def own_layer():
    class Scale(layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

        def call(self, x):
            return x * self.factor

    return keras.Sequential([keras.Input((6,)), Scale(), layers.Dense(3, "softmax")])


@pytest.mark.parametrize("make", [sequential, functional, subclassed, own_layer], ids=lambda f: f.__name__)
def test_a_rebuilt_model_compiles_nothing(make):
    """Running the cells of a notebook again: build, compile, fit with validation, evaluate, predict."""

    def cells():
        model = make()
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(X, Y, epochs=2, validation_split=0.2, verbose=0)
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        model.train_on_batch(X[:8], Y[:8])

    assert traced(cells) > 0
    assert traced(cells) == 0


def test_another_configuration_is_another_program():
    """What must be told apart is: a rebuilt model with anything else inside gets programs of its own."""
    numbers = set()
    for rate, activation, loss in [
        (0.2, "relu", "mse"),
        (0.3, "relu", "mse"),
        (0.2, "tanh", "mse"),
        (0.2, "relu", "mae"),
    ]:
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((6,)), layers.Dense(4, activation), layers.Dropout(rate), layers.Dense(2)]
        )
        model.compile("sgd", loss)
        numbers.add(model.fit(X, TARGET, epochs=2, verbose=0, shuffle=False).history["loss"][-1])
    assert len(numbers) == 4


def test_a_changed_function_is_seen():
    """A loss written in a cell and changed there: same name, other code."""

    def fit(factor):
        def loss(y_true, y_pred):
            return ops.mean(ops.square(y_true - y_pred), axis=-1) * factor

        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((6,)), layers.Dense(2)])
        model.compile("sgd", loss)
        return model.fit(X, TARGET, verbose=0, shuffle=False).history["loss"][0]

    assert fit(1.0) != fit(2.0)


def test_learning_rates_and_sizes_compile_nothing():
    model = sequential()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=3, verbose=0)

    def other():
        model.optimizer.learning_rate = 0.1
        model.fit(X, Y, epochs=5, verbose=0)
        model.fit(X, Y, epochs=7, initial_epoch=4, verbose=0)

    assert traced(other) == 0


def test_odd_sizes_and_single_rows_predict_without_compiling():
    model = sequential()
    many = np.tile(X, (30, 1))
    model.predict(many, verbose=0)

    def other():
        for rows in (1, 2, 31, 32, 33, 64, 65, 999, 1024, 1025, 2999):
            assert model.predict(many[:rows], verbose=0).shape == (rows, 3)
            np.testing.assert_allclose(
                model.predict(many[:rows], verbose=0)[-1], np.ravel(model(many[rows - 1 : rows])), rtol=1e-4
            )

    assert traced(other) == 0
    single = [model.predict(X[:1], verbose=0) for _ in range(20)]  # now and then a row: a program of its own pays
    np.testing.assert_allclose(np.concatenate(single), np.repeat(single[0], 20, axis=0), rtol=1e-5)


def test_quick_predictions_see_every_change():
    """Remembered predictors must not outlive what they were made for."""
    model = sequential()

    def predictions():
        found = [model.predict(X[:3], verbose=0) for _ in range(3)]
        assert all((f == found[0]).all() for f in found) and found[0].flags.writeable
        np.testing.assert_allclose(found[0], model(X[:3]), rtol=1e-5)
        return found[0]

    seen = [predictions()]
    model.layers[0].set_weights([w * 2 for w in model.layers[0].get_weights()])
    seen.append(predictions())
    model.layers[0].activation = keras.activations.tanh
    seen.append(predictions())
    model.layers[-1].kernel.assign(model.layers[-1].kernel * 3)
    seen.append(predictions())
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    seen.append(predictions())
    model.layers[0].trainable = False
    seen.append(predictions())
    assert all((a != b).any() for a, b in itertools.pairwise(seen[:5]))
    model.pop()
    model.add(layers.Dense(5))
    assert model.predict(X[:3], verbose=0).shape == (3, 5)
    assert model.predict(X[:3].astype("float64"), verbose=0).dtype == "float32"


_SEEDED = """
import numpy as np, kerasnb as keras
from kerasnb import layers
keras.utils.set_random_seed(7)
model = keras.Sequential([keras.Input((6,)), layers.Dense(16, "relu"), layers.Dropout(0.5), layers.Dense(2)])
model.compile("adam", "mse")
x = np.random.RandomState(0).normal(size=(300, 6)).astype("float32")
history = model.fit(x, x[:, :2], epochs=3, validation_split=0.2, verbose=0)
import hashlib
print(hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest(), history.history["val_loss"])
"""


def test_a_seed_gives_the_same_bits_in_every_process(capsys):
    printed = []
    for _ in range(2):
        exec(_SEEDED, {})
        printed.append(capsys.readouterr().out)
    other = subprocess.run(
        [sys.executable, "-c", _SEEDED], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert printed[0] == printed[1] == other.stdout


def test_another_seed_gives_another_run(capsys):
    exec(_SEEDED, {})
    exec(_SEEDED.replace("seed(7)", "seed(8)"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first != second


def test_pace_grows_to_its_target_and_falls_back():
    pace = Pace(0.1)
    sizes = []
    for _ in range(6):
        sizes.append(pace.next(10**6))
        pace.measured(sizes[-1], sizes[-1] * 1e-4)
    assert sizes[0] == 1 and sizes[-1] == 1000 and all(b <= 8 * a for a, b in itertools.pairwise(sizes))
    for _ in range(8):  # the machine became ten times slower
        pace.measured(pace.next(10**6), pace.next(10**6) * 1e-3)
    assert 90 <= pace.next(10**6) <= 120
    assert pace.next(110) == 110, "a short rest is taken along"
    assert pace.next(170) == 85, "a longer one makes two equal parts"


def test_batches_are_prepared_ahead_in_another_thread():
    made = []

    def source():
        for i in range(20):
            made.append(threading.current_thread())
            yield np.full(3, i)

    batches = ahead(source(), depth=4)
    first = next(batches)
    deadline = time.perf_counter() + 10
    while len(made) < 5 and time.perf_counter() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert 5 <= len(made) <= 7, "as many as asked for, no more"
    assert threading.current_thread() not in made
    assert [int(first[0]), *(int(b[0]) for b in batches)] == list(range(20))


def test_loading_and_training_overlap():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    pause, count = 0.02, 25

    class Slow(keras.callbacks.Callback):  # stands for a step that takes as long as the loading
        def on_train_batch_end(self, batch, logs=None):
            time.sleep(pause)

    def batches():
        while True:
            time.sleep(pause)
            yield X, TARGET

    data = batches()
    model.fit(data, steps_per_epoch=2, verbose=0)
    began = time.perf_counter()
    model.fit(data, steps_per_epoch=count, verbose=0, callbacks=[Slow()])
    assert time.perf_counter() - began < 1.7 * pause * count, "in turn it would be 2"


def test_a_buffer_that_is_filled_again_and_again():
    """Generators that yield one array, overwritten each time."""
    buffer = np.zeros((4, 6), "float32")

    def batches():
        for i in range(12):
            buffer[...] = i
            yield buffer

    model = keras.Sequential([keras.Input((6,)), layers.Lambda(lambda x: x[:, :1])])
    assert model.predict(batches(), verbose=0).ravel().tolist() == [float(i) for i in range(12) for _ in range(4)]


def test_programs_of_dropped_models_are_let_go():
    before = len(programs._cache)
    for units in range(3, 3 + programs.KEPT + 5):
        programs.programs_for(keras.Sequential([keras.Input((2,)), layers.Dense(units)]))
    assert before <= len(programs._cache) == programs.KEPT


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_data_leave_the_device_with_the_fit(dtype):
    """At once, not when the garbage collector comes."""
    x = np.zeros((77, 6), dtype)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(2)])
    model.compile("sgd", "mse")
    gc.disable()
    try:
        model.fit(x, x[:, :2], verbose=0, validation_split=0.2)
        model.evaluate(x, x[:, :2], verbose=0)
        model.predict(x, verbose=0)
        assert not [a.shape for a in jax.live_arrays() if a.shape[:1] == (77,)]
    finally:
        gc.enable()


def test_converted_data_are_not_copied_again():
    x = np.random.RandomState(0).normal(size=(100, 7))
    host = converted(x, "float32")
    np.testing.assert_array_equal(host, x.astype("float32"))
    assert host.ctypes.data % 64 == 0
    if jax.default_backend() == "cpu":
        assert to_device(host).unsafe_buffer_pointer() == host.ctypes.data


# --- programs on disk --------------------------------------------------------------------------------------


def test_disk_cache_switches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("KERASNB_COMPILE_CACHE", raising=False)
    assert compile_cache.folder() == tmp_path / "kerasnb" / "programs"
    monkeypatch.setenv("KERASNB_COMPILE_CACHE", str(tmp_path / "mine"))
    assert compile_cache.folder() == tmp_path / "mine"
    monkeypatch.setenv("KERASNB_COMPILE_CACHE", "off")
    assert compile_cache.folder() is None
    monkeypatch.setenv("KERASNB_COMPILE_CACHE_MB", "much")
    with pytest.raises(ValueError, match="KERASNB_COMPILE_CACHE_MB"):
        compile_cache.limit_bytes()


def test_disk_cache_is_bounded(tmp_path):
    old = time.time() - 5000
    for i in range(6):
        file = tmp_path / f"program{i}"
        file.write_bytes(b"x" * 100)
        os.utime(file, (old + i, old + i))
    (tmp_path / "being-written").write_bytes(b"x" * 100)
    assert compile_cache.prune(tmp_path, 350) == 400
    assert sorted(f.name for f in tmp_path.iterdir()) == ["being-written", "program4", "program5"]
    assert compile_cache.prune(tmp_path, 10**6) == 0


def test_disk_cache_leaves_the_users_choice(tmp_path):
    code = "\n".join(
        [
            "import jax, sys",
            "if sys.argv[1] == 'mine': jax.config.update('jax_compilation_cache_dir', sys.argv[2])",
            "from kerasnb.core import compile_cache",
            "compile_cache.enable()",
            "print(jax.config.jax_compilation_cache_dir)",
        ]
    )
    env = {k: v for k, v in os.environ.items() if k not in ("KERASNB_COMPILE_CACHE", "JAX_COMPILATION_CACHE_DIR")}
    env["XDG_CACHE_HOME"] = str(tmp_path / "home")
    seen = [
        subprocess.run(
            [sys.executable, "-c", code, who, str(tmp_path / "own")],
            capture_output=True,
            text=True,
            check=True,
            env=env,
        ).stdout.strip()
        for who in ("mine", "default")
    ]
    assert seen == [str(tmp_path / "own"), str(tmp_path / "home" / "kerasnb" / "programs")]


def test_what_a_program_calls_on_the_host_belongs_to_its_own_model():
    """Two runs of a cell: equal code, but each has a list of its own to write into."""

    def trained() -> list[float]:
        seen: list[float] = []

        class Spy(layers.Layer):
            def call(self, x):
                jax.debug.callback(lambda v: seen.append(float(v)), x.mean())
                return x

        model = keras.Sequential([keras.Input((2,)), Spy(), layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=4, verbose=0)
        jax.effects_barrier()
        return seen

    assert trained() and trained()
