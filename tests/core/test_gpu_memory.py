"""How a GPU's memory is taken: told, set before jax starts, refused after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kerasnb as keras

ROOT = Path(__file__).parents[2]
NAMES = ("PREALLOCATE", "MEM_FRACTION", "ALLOCATOR")
TELL = "import kerasnb, json; {before}; print(json.dumps(kerasnb.config.gpu_memory()))"


def told(before: str = "pass", **variables: str) -> dict:
    """What a fresh process says."""
    environment = {k: v for k, v in os.environ.items() if k not in [f"XLA_PYTHON_CLIENT_{n}" for n in NAMES]}
    environment |= {"PYTHONPATH": str(ROOT)} | {f"XLA_PYTHON_CLIENT_{k}": v for k, v in variables.items()}
    command = [sys.executable, "-c", TELL.format(before=before)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("variables", "before", "preallocate", "fraction"),
    [
        ({}, "pass", False, 0.75),
        ({"PREALLOCATE": "true"}, "pass", True, 0.75),
        ({"MEM_FRACTION": ".5"}, "pass", True, 0.5),  # whoever chose a share gets jax's own way
        ({"ALLOCATOR": "platform"}, "pass", False, 0.75),
        ({}, "kerasnb.config.set_gpu_memory(fraction=0.9)", False, 0.9),
        ({}, "kerasnb.config.set_gpu_memory(preallocate=True, fraction=0.3)", True, 0.3),
    ],
)
def test_told_and_set(variables, before, preallocate, fraction):
    found = told(before, **variables)
    assert (found["preallocate"], found["fraction"], found["in_use"]) == (preallocate, fraction, False)


def test_too_late():
    keras.Variable([1.0])
    assert keras.config.gpu_memory()["in_use"]
    with pytest.raises(RuntimeError, match="Restart the kernel"):
        keras.config.set_gpu_memory(preallocate=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"preallocate": "no"}, "preallocate='no'"), ({"fraction": 0}, "fraction=0"), ({"fraction": 1.5}, "fraction=1.5")],
)
def test_refusals(arguments, words):
    with pytest.raises(ValueError, match=words):
        keras.config.set_gpu_memory(**arguments)
