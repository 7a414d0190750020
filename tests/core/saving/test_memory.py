"""Loading takes the model and nothing beyond; values are drawn only where the file has none."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from core.saving.models import rows

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.saving.regions import Region


@pytest.fixture
def large(tmp_path):
    """A model whose kernel is large enough for the ways that avoid copies, and its archive."""
    model = keras.Sequential([keras.Input((300,)), L.Dense(300), L.BatchNormalization(), L.Dense(1)])
    model.compile("adam", "mse")
    model.fit(rows(8, 300), rows(8, 1), verbose=0)
    model.save(tmp_path / "m.keras")
    return model, tmp_path / "m.keras"


def test_equal_and_alive(large):
    """The loaded model computes the same, and trains on without touching what it was read into."""
    model, path = large
    loaded = keras.saving.load_model(path)
    np.testing.assert_array_equal(model.predict(rows(4, 300), verbose=0), loaded.predict(rows(4, 300), verbose=0))
    for each in (model, loaded):
        each.fit(rows(8, 300), rows(8, 1), epochs=2, verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_that_the_file_lacks_are_drawn(large, tmp_path):
    """Zeros stand for what is to be loaded; they must not stay."""
    _, path = large
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "n.keras", "w") as new:
        for name in ("config.json", "metadata.json"):
            new.writestr(name, old.read(name))
    loaded = keras.saving.load_model(tmp_path / "n.keras")
    assert loaded.get_weights()[0].std() > 0.01

    class Keeps(keras.layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(shape=(300, 300), initializer="ones", name="table")

        def call(self, x):
            return x @ self.table

        def save_own_variables(self, store):
            pass

        def load_own_variables(self, store):
            pass

    model = keras.Sequential([keras.Input((300,)), Keeps()])
    model.save(tmp_path / "k.keras")
    loaded = keras.saving.load_model(tmp_path / "k.keras", custom_objects={"Keeps": Keeps})
    assert (loaded.get_weights()[0] == 1).all()


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_compressed_or_not(compression, large, tmp_path):
    model, path = large
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "n.keras", "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    for load in (keras.saving.load_model, lambda p: (model.load_weights(p), model)[1]):
        loaded = load(tmp_path / "n.keras")
        np.testing.assert_array_equal(model.get_weights()[0], loaded.get_weights()[0])


def test_a_flipped_byte_in_the_weights_is_seen(large):
    model, path = large
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    for load in (keras.saving.load_model, model.load_weights):
        with pytest.raises(ValueError, match="damaged"):
            load(path)


def test_a_region_reads_as_a_file(tmp_path):
    (tmp_path / "f").write_bytes(bytes(range(100)))
    with open(tmp_path / "f", "rb", buffering=0) as file:
        region = Region(file, 10, 20)
        assert region.read() == bytes(range(10, 30)) and region.read(1) == b""
        assert region.seek(-3, 2) == 17 and region.read(10) == bytes(range(27, 30))
        assert region.seek(0) == 0 and region.read(2) == bytes([10, 11]) and region.tell() == 2
