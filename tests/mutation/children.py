"""Children: pytest in a forked process, on the sources or on a mutant of them.

The parent has imported what takes long (jax and its friends) but none of the mutated modules, and jax has not computed
anything yet: its threads would not outlive a fork.
"""

from __future__ import annotations

import ast
import atexit
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import math
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HEAVY = (
    "numpy", "jax", "jax.numpy", "jax.scipy.special", "jax.export", "flax.nnx", "optax", "h5py", "hypothesis",
    "PIL.Image",
)  # fmt: skip
PATIENCE = 10  # how much longer than its seconds of a CPU a child may take by the clock, on a busy machine
FLAGS = [
    "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", "--tb=no", "--no-summary",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",  # hypothesis is imported already
]  # fmt: skip


def prepare(root: Path, heavy: bool = True) -> None:
    """Import what every child needs; ``heavy`` for the packages that kerasnb works with."""
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    os.environ["KERASNB_COMPILE_CACHE"] = "off"
    for name in HEAVY if heavy else ():
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)


@dataclass
class Child:
    """A process that runs tests.

    Args:
        number: of the process; name: what it is about.
        answer: the file it writes; until: when it is ended, by ``time.monotonic``.
    """

    number: int
    name: Any
    answer: Path
    until: float


_alive: list[Child] = []


@atexit.register
def _end_all() -> None:
    """Nothing goes on when the parent is stopped half-way."""
    for child in _alive:
        _end(child)


def start(name: Any, work: Callable[[], Any], answer: Path, seconds: float) -> Child:
    """Fork; the child writes what ``work`` returns as JSON and ends, at the latest after so many seconds of a CPU."""
    answer.unlink(missing_ok=True)
    number = os.fork()
    if number:
        _alive.append(Child(number, name, answer, time.monotonic() + PATIENCE * seconds))
        return _alive[-1]
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 5))
        said = os.open(answer.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        result = work()
        part = answer.with_suffix(".part")
        part.write_text(json.dumps(result))
        part.rename(answer)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(0)


def finished(children: list[Child]) -> Iterator[tuple[Child, Any]]:
    """Children that have ended since the last look, or had to be: (child, its answer, or why there is none)."""
    for child in list(children):
        over = time.monotonic() > child.until
        number, status = os.waitpid(child.number, os.WNOHANG)
        if not number:
            if not over:
                continue
            os.waitpid(child.number, 0) if _end(child) else None
            answer: Any = "timeout"
        elif child.answer.is_file():
            answer = json.loads(child.answer.read_text())
        else:
            ended = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)
            answer = "timeout" if ended else "crash"
        _end(child)  # what it started itself
        children.remove(child)
        _alive.remove(child)
        yield child, answer


def _end(child: Child) -> bool:
    try:
        os.killpg(child.number, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class First:
    """A pytest plugin that keeps the first failure."""

    def __init__(self):
        self.name: str | None = None

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and self.name is None:
            self.name = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.name is None:
            self.name = "import"


class Mutated(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Gives one module another syntax tree."""

    def __init__(self, module: str, path: Path, tree: ast.Module):
        super().__init__(module, str(path))
        self.tree, self.package = tree, path.name == "__init__.py"

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """The spec of the one module."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(
            fullname,
            self.path,
            loader=self,
            submodule_search_locations=[str(Path(self.path).parent)] if self.package else None,
        )

    def get_code(self, fullname: str) -> Any:
        """The code of the mutated tree."""
        return compile(self.tree, self.path, "exec", dont_inherit=True)


def run_tests(root: Path, tests: list[str], plugin: Any, change: tuple[str, ast.Module] | None = None) -> int:
    """Pytest in this process; ``change`` is (file, its mutated tree). Returns pytest's exit status."""
    os.chdir(root)
    if change is not None:
        file, tree = change
        module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        sys.meta_path.insert(0, Mutated(module, root / file, tree))
    flags = [f for f in FLAGS if f != "-x"] if change is None else FLAGS
    return int(pytest.main([*flags, "-m", "not slow and not network and not browser", *tests], plugins=[plugin]))
