"""The constraints with which the oldest versions are tested are the bounds that pyproject.toml states."""

from __future__ import annotations

import importlib.util
import tomllib
from pathlib import Path

from kerasnb import accelerators

HERE = Path(__file__).parent


def test_oldest_versions_are_the_stated_bounds():
    spec = importlib.util.spec_from_file_location("oldest", HERE / "oldest.py")
    oldest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oldest)
    written = (HERE / "oldest.txt").read_text().split()
    assert written == oldest.lines(), "run: python tests/supply/oldest.py > tests/supply/oldest.txt"
    assert {line.partition("==")[0] for line in written} >= {"jax", "flax", "optax", "numpy", "h5py"}


def test_gpu_wheels_are_those_that_the_doctor_names():
    extras = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    first, *others = accelerators.KINDS[0].extras
    assert extras["gpu"] == [f"jax[{first}]>=0.10"]
    assert [extras[other] for other in others] == [[f"jax[{other}]>=0.10"] for other in others]
    assert list(accelerators.DRIVERS) == [first, *others]
