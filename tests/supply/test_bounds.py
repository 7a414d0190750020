"""The constraints with which the oldest versions are tested are the bounds that pyproject.toml states."""

from __future__ import annotations

import importlib.util
from pathlib import Path

HERE = Path(__file__).parent


def test_oldest_versions_are_the_stated_bounds():
    spec = importlib.util.spec_from_file_location("oldest", HERE / "oldest.py")
    oldest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oldest)
    written = (HERE / "oldest.txt").read_text().split()
    assert written == oldest.lines(), "run: python tests/supply/oldest.py > tests/supply/oldest.txt"
    assert {line.partition("==")[0] for line in written} >= {"jax", "flax", "optax", "numpy", "h5py"}
