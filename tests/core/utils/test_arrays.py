"""One-hot rows, normalising, padding, packing: values as Keras 3.15 gives them, and words for wrong ones."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb.utils import (
    get_source_inputs,
    is_keras_tensor,
    normalize,
    pack_x_y_sample_weight,
    pad_sequences,
    to_categorical,
    unpack_x_y_sample_weight,
)

SEQUENCES = st.lists(st.lists(st.integers(-9, 9), max_size=6), min_size=1, max_size=6)
SIDES = st.sampled_from(["pre", "post"])


@given(SEQUENCES, st.none() | st.integers(1, 8), SIDES, SIDES, st.integers(-1, 1))
def test_padding_row_by_row(sequences, maxlen, padding, truncating, value):
    found = pad_sequences(sequences, maxlen, padding=padding, truncating=truncating, value=value)
    length = max(map(len, sequences)) if maxlen is None else maxlen
    assert found.shape == (len(sequences), length) and found.dtype == np.int32
    for row, sequence in zip(found.tolist(), sequences):
        kept = sequence if len(sequence) <= length else sequence[-length:] if truncating == "pre" else sequence[:length]
        fill = [value] * (length - len(kept))
        assert row == (fill + kept if padding == "pre" else kept + fill)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (([[[1, 2]], [[3, 4], [5, 6]]],), [[[0, 0], [1, 2]], [[3, 4], [5, 6]]]),
        (([[], [[1, 2]]], 2), [[[0, 0], [0, 0]], [[0, 0], [1, 2]]]),
        (([["a"], ["b", "c"]], None, object, "pre", "pre", ""), [["", "a"], ["b", "c"]]),
        (([["a"], ["b", "cc"]], None, "str", "post", "pre", "-"), [["a", "-"], ["b", "cc"]]),
        (([[1.5]], 2, "float32", "pre", "pre", 0.5), [[0.5, 1.5]]),
        (([np.array([1, 2]), (3,)],), [[1, 2], [0, 3]]),
    ],
)
def test_padding_other_things(arguments, expected):
    assert pad_sequences(*arguments).tolist() == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((5,), "list of sequences"),
        (([1, 2],), r"at position 0 stands 1. For a single sequence pass \[sequence\]"),
        (([[1]], None, "int32", "prae"), "Did you mean 'pre'"),
        (([[1]], None, "int32", "pre", "x"), "truncating"),
        (([[1]], None, "int32", "pre", "pre", "a"), "dtype=object"),
        (([[1]], -1), "maxlen"),
        (([[1]], 2.5), "maxlen"),
        (([],), "maxlen must be given"),
        (([[[1, 2]], [[1]]],), r"sequence 1 have shape \(1,\)"),
    ],
)
def test_padding_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        pad_sequences(*arguments)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (2, 3), (2, 3, 1), ()])
def test_one_hot_shapes(shape):
    labels = np.random.RandomState(0).randint(0, 4, shape)
    rows = to_categorical(labels, 4)
    kept = shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape
    assert rows.shape == (*kept, 4) and rows.dtype == np.float64
    assert np.array_equal(rows.argmax(-1).reshape(shape), labels) and (rows.sum(-1) == 1).all()


def test_one_hot_kinds():
    assert to_categorical([0.7, 1.2]).tolist() == [[1, 0], [0, 1]]
    device = to_categorical(jnp.array([0, 2]), 3)
    assert device.dtype == jnp.float32 and device.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert to_categorical(jnp.array([[1], [0]])).tolist() == [[0, 1], [1, 0]]
    assert to_categorical(keras.Input((1,), dtype="int32"), 3).shape == (None, 3)


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [([0, 5], 3, "from 0 to num_classes - 1 = 2, got 5"), ([-1, 1], 3, "got -1"), (["a"], None, "np.unique"),
     ([], None, "num_classes must be given")],
)  # fmt: skip
def test_one_hot_bad_input(labels, classes, words):
    with pytest.raises(ValueError, match=words):
        to_categorical(labels, classes)


@given(
    st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from([1, 2, 3, np.inf]),
)
def test_normalize(rows, order):
    x = np.array(rows)
    lengths = np.linalg.norm(x, order, axis=-1, keepdims=True)
    found = normalize(x, order=order)
    np.testing.assert_allclose(found, x / np.where(lengths == 0, 1, lengths), atol=1e-12)


def test_normalize_kinds():
    assert normalize([3, 4]).tolist() == pytest.approx([0.6, 0.8])
    assert np.allclose(normalize(jnp.array([[3.0, 4.0]])), [[0.6, 0.8]])
    assert np.allclose(normalize(np.array([[3.0, 4.0], [4.0, 3.0]]), axis=0), [[0.6, 0.8], [0.8, 0.6]])
    for wrong in ("l2", True, None):
        with pytest.raises(ValueError, match="order"):
            normalize(np.ones((2, 2)), order=wrong)
    with pytest.raises(ValueError, match="numbers"):
        normalize(np.array(["a"]))


def test_packing():
    assert pack_x_y_sample_weight([1], None, 3) == ([1],)
    assert pack_x_y_sample_weight(1, 2, 3) == (1, 2, 3)
    assert unpack_x_y_sample_weight((1,)) == (1, None, None) == unpack_x_y_sample_weight(1)
    for wrong in ((), (1, 2, 3, 4)):
        with pytest.raises(ValueError, match=f"got {len(wrong)} parts"):
            unpack_x_y_sample_weight(wrong)


def test_where_a_tensor_comes_from():
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    both = keras.layers.Add()([a, keras.layers.Dense(2)(b)])
    assert get_source_inputs(keras.layers.Dense(1)(keras.layers.Add()([both, a]))) == [a, b]
    assert get_source_inputs(a) == [a]
    assert is_keras_tensor(both) and not is_keras_tensor(np.ones(2))


def test_a_deep_model_has_its_source():
    x = start = keras.Input((2,))
    layer = keras.layers.Identity()
    for _ in range(1500):
        x = layer(x)
    assert get_source_inputs(x) == [start]


@pytest.mark.parametrize("seed", ["a", 1.5, None, -1, 2**32, True])
def test_seeds_are_checked(seed):
    with pytest.raises(ValueError, match="seed must be"):
        keras.utils.set_random_seed(seed)


def test_seed_covers_python_numpy_and_layers():
    import random

    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(np.int64(7))
        runs.append([random.random(), np.random.rand(), float(keras.random.normal(())), keras.layers.Dense(2)])
    assert runs[0][:3] == runs[1][:3]
    for *_, layer in runs:
        layer.build((None, 3))
    assert not np.array_equal(runs[0][3].get_weights()[0], 0)


def test_clear_session_starts_names_anew():
    keras.utils.clear_session()
    assert keras.layers.Dense(1).name == "dense" and keras.layers.Dense(1).name == "dense_1"
    assert [keras.backend.get_uid("a"), keras.backend.get_uid("a"), keras.backend.get_uid("b")] == [1, 2, 1]
    keras.backend.clear_session(free_memory=False)
    assert keras.layers.Dense(1).name == "dense" and keras.backend.get_uid("a") == 1


def test_switches():
    config = keras.config
    for name in ("interactive_logging", "traceback_filtering", "flash_attention"):
        before = getattr(config, f"is_{name}_enabled")()
        getattr(config, f"disable_{name}")()
        assert getattr(config, f"is_{name}_enabled")() is False
        getattr(config, f"enable_{name}")()
        assert getattr(config, f"is_{name}_enabled")() is True
        if before is not True:
            from kerasnb.core import config as settings

            settings.put(name, before)
    assert config.is_nnx_enabled() is True and config.backend() == "jax"
    config.set_backend("jax")
    with pytest.raises(ValueError, match="JAX only"):
        config.set_backend("torch")
    with pytest.warns(UserWarning, match="changes nothing"):
        config.enable_unsafe_deserialization()
    for name in ("max_epochs", "max_steps_per_epoch"):
        getattr(config, f"set_{name}")(3)
        assert getattr(config, name)() == 3
        getattr(config, f"set_{name}")(None)
        assert getattr(config, name)() is None
        with pytest.raises(ValueError, match=name):
            getattr(config, f"set_{name}")(1.5)
