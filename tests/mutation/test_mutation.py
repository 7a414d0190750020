"""The mutation tester on a module where it is known which mutants tests can kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutation.mutants import mutants

RUN = Path(__file__).with_name("run.py")

MODULE = '''\
"""Words."""

LIMIT = 10


def largest(a: int, b: int = 3) -> int:
    """The larger one."""
    if a > b:
        return a
    return b


def far(a):
    if a < 0:
        raise ValueError(f"{a} is below 0")
    return a + LIMIT


def never(x):
    return x + 1
'''
TESTS = """\
import toy

def test_largest():
    assert toy.largest(5) == 5 and toy.largest(2) == 3

def test_far():
    assert toy.far(9) == 19
"""


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "toy.py").write_text(MODULE)
    (tmp_path / "test_toy.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    network\n    browser\n")
    return tmp_path


def test_known_mutants(toy, monkeypatch):
    monkeypatch.syspath_prepend(str(toy))
    command = [sys.executable, str(RUN), "--root", str(toy), "--all", "--tests", "test_toy.py", "--", "toy.py"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    assert "killed: " in said, said
    found = {
        r["mutant"].partition(" ")[2]: r["how"]
        for r in json.loads((toy / "out/mutation/results.json").read_text())["results"]
    }
    assert found["a > b -> a >= b"] == "survived"  # equal numbers: no test could tell
    assert (
        found["a > b -> not a > b"]
        == found["3 -> 4"]
        == found["10 -> 11"]
        == found["return a -> return None"]
        == "killed"
    )
    assert found["x + 1 -> x - 1"] == "survived"  # never run
    assert "no test reaches it" in said
    assert done.returncode == 1  # fewer than 85 in a hundred


HANGING = """
import sys, time
from pathlib import Path
from mutation import children

running = [children.start("slow", lambda: time.sleep(600), Path("slow.json"), 0.2)]
running.append(children.start("busy", lambda: any(iter(int, 1)), Path("busy.json"), 1))
running.append(children.start("quick", lambda: [1], Path("quick.json"), 600))
ended = {}
while running:
    ended |= {child.name: answer for child, answer in children.finished(running)}
    time.sleep(0.01)
assert ended == {"slow": "timeout", "busy": "timeout", "quick": [1]}, ended
"""


def test_what_hangs_is_ended(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(RUN.parents[1])}
    subprocess.run([sys.executable, "-c", HANGING], cwd=tmp_path, env=environment, check=True, stdin=subprocess.DEVNULL)


def test_what_is_changed_and_what_is_not(toy):
    found = [str(m) for m in mutants(toy, "toy.py")]
    assert "toy.py:8 a > b -> a >= b" in found and "toy.py:15 raise ValueError(f'{a} is below 0') -> pass" in found
    assert not [
        m for m in found if "int" in m.partition(" ")[2] or "Words" in m or "is below 0" in m.partition(" -> ")[2]
    ]


def test_the_table_of_harmless_changes_is_about_changes_that_exist():
    from mutation import run

    table = run.equivalents()
    known = {m.key for file in {key[0] for key in table} for m in mutants(run.ROOT, file)}
    assert not set(table) - known and all(len(why) > 10 for why in table.values())
