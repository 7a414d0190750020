"""Large NumPy arrays reach a CPU device without a copy, whatever address they lie at, and give the same rows."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.aligned import ALIGNMENT
from kerasnb.core.training import shifted_rows
from kerasnb.core.training.shifted_rows import ShiftedRows, take_rows


def lying_at(offset: int, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """An array whose memory begins so many bytes behind an address that suits the device."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(size + 2 * ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT + offset
    found = room[start : start + size].view(dtype).reshape(shape)
    found[...] = np.random.default_rng(0).integers(0, 200, shape)
    return found


@pytest.fixture(autouse=True)
def small_arrays_count(monkeypatch):
    monkeypatch.setattr(shifted_rows, "LARGE", 1)


@pytest.mark.parametrize("offset", [4, 16, 32, 60])
@pytest.mark.parametrize(("shape", "dtype"), [((40, 17), "float32"), ((40, 4, 5, 1), "int32"), ((40, 80), "uint8")])
def test_the_same_rows_without_a_copy(offset, shape, dtype):
    x = lying_at(offset, shape, dtype)
    rows = np.array([0, 39, 7, 0, 1], np.int32)
    found = ShiftedRows.of(x)
    assert found.body.unsafe_buffer_pointer() == x.ctypes.data + found.head.size * x.dtype.itemsize
    np.testing.assert_array_equal(take_rows(found, rows), x[rows])
    np.testing.assert_array_equal(jax.jit(take_rows)(found, rows), x[rows])


@pytest.mark.parametrize(
    "x",
    [
        lying_at(0, (40, 17), "float32"),  # lies well as it is
        lying_at(16, (40,), "float32"),  # rows shorter than what is missing
        lying_at(16, (40, 17), "float32")[:, ::2],
        np.array(["a", "b"]),
    ],
    ids=["aligned", "short rows", "strided", "text"],
)
def test_others_are_left_alone(x):
    assert ShiftedRows.of(x) is None


@pytest.mark.parametrize("eager", [False, True])
def test_training_gives_the_same_numbers(eager):
    def trained(offset):
        keras.utils.set_random_seed(1)
        x, y = lying_at(offset, (50, 20), "float32"), lying_at(offset, (50, 1), "float32")
        model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(3), keras.layers.Dense(1)])
        model.compile("adam", "mse", run_eagerly=eager)
        history = model.fit(x, y, epochs=2, batch_size=16, validation_split=0.2, verbose=0)
        return history.history, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)

    one, other = trained(0), trained(16)
    assert one[0] == other[0] and one[1] == other[1]
    np.testing.assert_array_equal(one[2], other[2])
