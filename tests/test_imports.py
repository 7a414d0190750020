"""What an import loads, how long it takes, and who may import whom."""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kerasnb"
HEAVY = ("jax", "numpy", "flax", "optax", "h5py", "plotly", "ipywidgets", "anywidget", "IPython")
DISPLAY = ("IPython", "ipywidgets", "anywidget", "plotly", "ipykernel", "traitlets", "comm")
# Which part of kerasnb may import which other part of it.
ALLOWED = {
    "core": {"core"},
    "widgets": {"core", "widgets"},
    "learn": {"core", "widgets", "learn", "doors"},  # what the tutorials need beside Keras
    "runs": {"core", "widgets", "runs"},  # the record of runs
    "front": {"core", "widgets", "learn", "runs", "front", "doors"},  # magic, cli and what serves them
    "doors": {"core", "doors"},  # layers.py, losses.py, ...
}
PARTS = ("core", "widgets", "learn", "runs")
FRONT = {"accelerators", "alias", "commands", "magic", "cli", "doctor", "execute", "lab", "__init__"}
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV"))}


def in_fresh_python(code: str) -> str:
    """What ``code`` prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def part(path: Path) -> str:
    """core, widgets, learn, front or doors."""
    top = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return top if top in PARTS else "front" if top in FRONT else "doors"


def imports(path: Path, everywhere: bool = True):
    """Absolute names of all modules that a file imports, wherever in it the import stands."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts
    package = package[:-1]  # of a.b.c and of a.b/__init__ alike: where relative names start
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield node.lineno, module
            if module == "kerasnb" or not node.module:
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def sources(folder: Path):
    return sorted(p for p in folder.rglob("*.py") if "__pycache__" not in p.parts)


def test_import_loads_nothing_heavy():
    found = in_fresh_python("import sys, json, kerasnb; print(json.dumps([m for m in sys.modules if '.' not in m]))")
    assert not set(json.loads(found)) & set(HEAVY)


def test_dir_loads_nothing_heavy():
    found = in_fresh_python(
        "import sys, json, kerasnb; dir(kerasnb); kerasnb.__version__\n"
        "print(json.dumps([m for m in sys.modules if '.' not in m]))"
    )
    assert not set(json.loads(found)) & set(HEAVY)


def test_import_takes_under_50_ms():
    def seconds(code: str) -> float:
        begin = time.perf_counter()
        in_fresh_python(code)
        return time.perf_counter() - begin

    # In pairs, so that what else the machine does falls on both.
    extra = [seconds("import kerasnb") - seconds("pass") for _ in range(9)]
    assert statistics.median(extra) < 0.050, [f"{e * 1e3:.0f} ms" for e in extra]


@pytest.mark.parametrize("file", sources(PACKAGE / "core"), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_core_knows_no_display(file):
    bad = [(line, name) for line, name in imports(file) if name.split(".")[0] in DISPLAY]
    assert not bad, f"{file.name} imports {bad}"


def test_arrows_run_one_way():
    bad = []
    for file in sources(PACKAGE):
        allowed = ALLOWED[part(file)]
        for line, name in imports(file):
            names = name.split(".")
            if names[0] != "kerasnb" or len(names) == 1:
                continue
            top = names[1]
            target = top if top in PARTS else "front" if top in FRONT else "doors"
            if not (PACKAGE / top).is_dir() and not (PACKAGE / f"{top}.py").is_file():
                continue  # a name of the package, loaded on first use
            if top == "_version":
                continue  # a number, for everyone
            if target not in allowed:
                bad.append(f"{file.relative_to(PACKAGE)}:{line} imports {name}")
    assert not bad, "\n".join(bad)


def test_no_tensorflow_and_no_keras():
    """The real ones are never imported, not even where they are installed; only an export to TensorFlow asks for it."""
    exports = PACKAGE / "core" / "saving" / "exports.py"
    bad = [
        f"{file.relative_to(PACKAGE)}:{line} imports {name}"
        for file in sources(PACKAGE)
        for line, name in imports(file)
        if name.split(".")[0] in ("tensorflow", "keras", "tf_keras", "torch")
        and not (file == exports and name == "tensorflow")
    ]
    assert not bad, "\n".join(bad)
