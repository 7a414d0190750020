"""Killed from outside while it trains: the machine loses power, the notebook's kernel is killed for its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("killing.py")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="killing.py forks")
def test_every_restart_finds_a_whole_backup_and_the_end_is_the_same(tmp_path):
    """In a process of its own, since it must fork before any device is started."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "6"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "'kills': 6" in done.stdout.splitlines()[-1]
