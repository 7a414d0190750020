"""Many small epochs: neither memory nor open files nor the time of an epoch grow with their number."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "long_runs.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads Linux's /proc")
def test_twenty_thousand_epochs():
    command = [sys.executable, str(BENCHMARK), "--epochs", "20000", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARK.parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(done.stdout.strip().splitlines()[-1])
    second, last = rows[1], rows[-1]
    assert last["epoch"] == 20000
    assert last["handles"] == second["handles"]
    assert last["rss"] - second["rss"] < 12, (second, last)  # MB; the history's numbers are 2 of them
    # The quickest tenths of both halves: a busy machine slows some, a cost that grew would slow all that come later.
    early, late = (min(row["ms"] for row in half) for half in (rows[1:5], rows[5:]))
    assert late < 3 * early, rows
