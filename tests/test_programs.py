"""Keras programs, run unchanged under kerasnb and, where it is installed, under Keras: the same results.

The Keras to compare with is that of the Python named by ``KERASNB_REFERENCE`` (default: this one). Without a Keras the
programs are played under kerasnb alone, and the comparison is skipped with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted((ROOT / "tests" / "programs").glob("p[0-9]*.py"))
REFERENCE = os.environ.get("KERASNB_REFERENCE") or sys.executable
# Sums in another order, over some epochs of training.
TOLERANCE = {"rtol": 2e-3, "atol": 2e-4}

pytestmark = pytest.mark.slow


def play(python: str, framework: str, program: Path, folder: Path) -> dict[str, np.ndarray]:
    """What a program leaves in RESULT."""
    out = folder / f"{framework}.npz"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [python, str(ROOT / "tests" / "programs" / "play.py"), framework, str(program), str(out)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program.name} under {framework}:\n{done.stderr[-3000:]}"
    with np.load(out, allow_pickle=False) as found:
        return dict(found)


@cache
def reference() -> bool:
    """Whether there is a Keras to compare with."""
    command = [REFERENCE, "-c", "import keras; assert keras.__version__[0] == '3'"]
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": ""}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_same_result(program, tmp_path):
    ours = play(sys.executable, "kerasnb", program, tmp_path)
    assert ours, f"{program.name} leaves nothing in RESULT"
    for name, value in ours.items():
        if value.dtype.kind == "f":
            assert np.isfinite(value).all(), name
    if not reference():
        pytest.skip(f"{program.stem} runs; there is no Keras 3 at {REFERENCE} to compare with (KERASNB_REFERENCE)")
    theirs = play(REFERENCE, "keras", program, tmp_path)
    assert sorted(ours) == sorted(theirs)
    for name, value in ours.items():
        if value.dtype.kind == "f":
            np.testing.assert_allclose(value, theirs[name], err_msg=name, **TOLERANCE)
        else:
            assert value.tolist() == theirs[name].tolist(), name
