"""Broken files for every reader: errors are ours alone, come soon, and nothing runs or escapes.

Ten thousand for each: ``python tests/fuzz/run.py --cases 10000``. What it found is in docs/trust.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).with_name("run.py")


def rows(*arguments: str) -> tuple[int, dict[str, list[str]], str]:
    """Exit status, the rows of the table by reader, and all that was printed."""
    environment = {**os.environ, "KERASNB_RUNS": "off"}
    done = subprocess.run(
        [sys.executable, str(RUN), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    cells = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    return done.returncode, {row[0]: row[1:] for row in cells[1:]}, done.stdout + done.stderr


@pytest.mark.slow
def test_broken_files():
    code, found, said = rows("--cases", "300", "--seconds", "3")
    assert code == 0, said
    from fuzz.readers import READERS

    assert set(found) == set(READERS)
    assert all(int(row[0]) > 0 for row in found.values()), said


def test_a_few_broken_files():
    """Readers that load nothing heavy, in the suite that everybody runs."""
    code, found, said = rows("--cases", "40", "npz", "idx.gz", "tar of pickles", "progress")
    assert code == 0, said
    assert [int(row[0]) for row in found.values()] == [40] * 4
    assert sum(int(row[1]) for row in found.values()) > 20
