"""Exports: what another program computes from the file is what the model computes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from core.saving.models import KINDS, compiled, outputs, rows

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.saving.exports import load_stablehlo

ALONE = """
import sys


class Blocked:  # whatever else is installed must not be needed
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("kerasnb", "flax", "optax", "orbax", "h5py"):
            raise ImportError(name + " is blocked")


sys.meta_path.insert(0, Blocked())
import jax, jax.export, numpy as np
call = jax.export.deserialize(bytearray(open(sys.argv[1], "rb").read())).call
x = np.load(sys.argv[2])
np.save(sys.argv[3], np.asarray(call(x)))
"""


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_stablehlo_computes_the_same(kind, tmp_path):
    model = compiled(kind)
    model.export(tmp_path / "m.stablehlo", format="stablehlo")
    found = load_stablehlo(tmp_path / "m.stablehlo")(kind.inputs)
    found = found if isinstance(found, (list, tuple)) else [found]
    for a, b in zip(found, outputs(model, kind.inputs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_stablehlo_needs_only_jax_and_takes_any_batch(tmp_path):
    model = keras.Sequential([keras.Input((5,)), L.Dense(4, activation="relu"), L.Dense(2, activation="softmax")])
    model.export(tmp_path / "m.bin", format="stablehlo")
    (tmp_path / "alone.py").write_text(ALONE)
    for n in (1, 7):
        np.save(tmp_path / "x.npy", rows(n, 5))
        command = [sys.executable, "alone.py", "m.bin", "x.npy", "y.npy"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        y = np.load(tmp_path / "y.npy")
        np.testing.assert_allclose(y, model.predict(rows(n, 5), verbose=0), rtol=1e-5, atol=1e-6)


def test_the_ending_tells_the_format(tmp_path):
    model = keras.Sequential([keras.Input((5,)), L.Dense(1)])
    model.export(tmp_path / "m.html")
    assert (tmp_path / "m.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    model.export(tmp_path / "m")
    assert load_stablehlo(tmp_path / "m")(rows(3, 5)).shape == (3, 1)


def test_bad_exports(tmp_path):
    model = keras.Sequential([keras.Input((5,)), L.Dense(1)])
    with pytest.raises(ValueError, match="stablehlo"):
        model.export(tmp_path / "m", format="stablhlo")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        model.export(tmp_path / "nowhere" / "m", format="stablehlo")
    with pytest.raises(ValueError, match="no weights yet"):
        keras.Sequential([L.Dense(1)]).export(tmp_path / "m", format="stablehlo")
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(ValueError, match="junk"):
        load_stablehlo(tmp_path / "junk")
