"""ONNX Runtime and TensorFlow compute from an export what the model computes.

The converters live in the Python named by ``KERASNB_REFERENCE`` (default: this one), where they disturb nothing:
jax2onnx asks for an older Orbax than kerasnb's tests run with.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from core.saving.models import KINDS

REFERENCE = os.environ.get("KERASNB_REFERENCE") or sys.executable
NEEDS = {"onnx": "jax2onnx, onnxruntime, flax, optax, PIL", "tf_saved_model": "tensorflow, flax, optax, PIL"}
PROGRAM = Path(__file__).with_name("export_side.py")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=list(NEEDS))
def report(request, tmp_path_factory):
    """kind -> the largest difference, or the error."""
    form = request.param
    environment = {**os.environ, "PYTHONPATH": ""}
    there = subprocess.run(
        [REFERENCE, "-c", f"import {NEEDS[form]}"], env=environment, capture_output=True, check=False
    )
    if there.returncode:
        pytest.skip(f"{NEEDS[form]} are not installed at {REFERENCE} (KERASNB_REFERENCE)")
    folder = tmp_path_factory.mktemp(form)
    command = [REFERENCE, str(PROGRAM), form, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize("kind", [k.name for k in KINDS])
def test_another_runtime_computes_the_same(kind, report):
    found = report[kind]
    assert isinstance(found, float), found
    assert found < 1e-5
