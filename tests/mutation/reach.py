"""Which tests run which lines, and how long each takes: measured once, and anew where tests were changed.

Where the sources were changed, lines are followed to their new places.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from pathlib import Path
from typing import Any

import coverage

from .mutants import Mutant


class Watcher:
    """A pytest plugin that notes the lines which every test runs.

    Args:
        root: of the project; files: below it, whose lines are noted.
    """

    def __init__(self, root: Path, files: list[str]):
        self.root, self.files = root, files
        include = [str(root / f) for f in files]
        self.coverage = coverage.Coverage(data_file=None, include=include, config_file=False)
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if not report.passed:  # skipped tests tell nothing either
            self.failed.add(report.nodeid)

    def pytest_runtest_logfinish(self) -> None:
        self.coverage.switch_context("")

    def result(self) -> dict[str, Any]:
        """Seconds of the tests that pass, by name, and the lines of each file that they run."""
        self.coverage.stop()
        data = self.coverage.get_data()
        passed = {name: round(s, 3) for name, s in self.seconds.items() if name not in self.failed}
        lines: dict[str, dict[str, list[int]]] = {}
        for file in self.files:
            for line, tests in data.contexts_by_lineno(str((self.root / file).resolve())).items():
                for test in tests:
                    if test in passed:
                        lines.setdefault(test, {}).setdefault(file, []).append(line)
        return {"seconds": passed, "lines": lines, "failed": sorted(self.failed)}


class Reach:
    """The tests that reach a mutant.

    Args:
        found: what ``Watcher.result`` gave, of every file of tests, and the ``sources`` it ran on.
        texts: source files as they were measured, by digest.
        now: the same files as they are.
    """

    def __init__(self, found: list[dict[str, Any]], texts: dict[str, str], now: dict[str, str]):
        self.seconds: dict[str, float] = {}
        self.tests: dict[str, dict[int, set[str]]] = {}
        moves: dict[tuple[str, str], dict[int, list[int]]] = {}
        for one in found:
            self.seconds |= one["seconds"]
            for test, files in one["lines"].items():
                for file, lines in files.items():
                    key = file, one["sources"][file]
                    if key not in moves:
                        moves[key] = moved(texts[key[1]], now[file])
                    for line in (n for old in lines for n in moves[key].get(old, ())):
                        self.tests.setdefault(file, {}).setdefault(line, set()).add(test)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that run the mutated lines, quickest first."""
        lines = self.tests.get(mutant.file, {})
        reached: set[str] = set().union(*(lines.get(n, ()) for n in mutant.lines))
        if mutant.early and not reached:
            reached = set().union(*lines.values())
        return sorted(reached, key=lambda test: (self.seconds[test], test))


def moved(old: str, new: str) -> dict[int, list[int]]:
    """Where each line of a text stands in a later one; an edited line counts as run by whoever ran those around it."""
    before, after = old.splitlines(), new.splitlines()
    found: dict[int, list[int]] = {}
    for tag, i, k, j, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            for n in range(k - i):
                found.setdefault(i + n + 1, []).append(j + n + 1)
        elif m > j:
            for n in (i, *range(i + 1, k + 1), k + 1):  # the line above, the edited ones, the line below
                found.setdefault(n, []).extend(range(j + 1, m + 1))
    return found


def stamp(root: Path, tests: Path) -> str:
    """A digest of a file of tests and its tables."""
    text = tests.read_text()
    tables = [root / "tests" / "contracts" / f"{name}.py" for name in re.findall(r"contracts\.(\w+)", text)]
    return digest("\0".join([text, *(p.read_text() for p in tables if p.is_file())]))


def digest(text: str) -> str:
    """A name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()
