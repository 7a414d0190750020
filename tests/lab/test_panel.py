"""What the server's half answers: the panel, notebooks to open, what a file says of itself."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kerasnb.lab import notebooks, panel
from kerasnb.learn import copies
from kerasnb.runs import store


@pytest.fixture
def runs_file(tmp_path, monkeypatch):
    path = tmp_path / "runs.db"
    monkeypatch.setenv("KERASNB_RUNS", str(path))
    return path


def record(path: Path, losses: list[float | None], **columns) -> None:
    """One run, written as the recorder does."""
    columns = {"key": str(os.urandom(8)), "started": 1e9, "ended": 1e9 + 2, "status": "finished", **columns}
    connection = store.connect(path)
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    run = connection.execute(f"INSERT INTO runs ({names}) VALUES ({marks})", [*columns.values()]).lastrowid
    for epoch, loss in enumerate(losses):
        connection.execute("INSERT INTO epochs VALUES (?, ?, 0.1, ?)", (run, epoch, json.dumps({"loss": loss})))
    connection.close()


def test_the_server_loads_no_jax():
    """Listing tutorials and runs, and reading what an archive says, must stay cheap for Jupyter's server."""
    code = (
        "import os; os.environ.pop('XLA_PYTHON_CLIENT_PREALLOCATE', None)\n"
        "import sys, pathlib, types, logging\nfrom kerasnb import lab\n"
        "import kerasnb.lab.archive, kerasnb.lab.panel, kerasnb.lab.notebooks\n"
        "app = types.SimpleNamespace(settings={'base_url': '/'}, add_handlers=lambda *a: None)\n"
        "lab._load_jupyter_server_extension(types.SimpleNamespace(web_app=app, log=logging.getLogger()))\n"
        "kerasnb.lab.panel.panel(pathlib.Path('.'))\n"
        "print(sorted({'jax', 'flax', 'h5py', 'pandas', 'plotly'} & set(sys.modules)),"
        " 'XLA_PYTHON_CLIENT_PREALLOCATE' in os.environ)"
    )
    variables = {k: v for k, v in os.environ.items() if not k.startswith("XLA_PYTHON")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=variables)
    assert done.stdout == "[] False\n", done.stderr


def test_tutorials_with_what_is_done(tmp_path, monkeypatch, runs_file):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "kerasnb_tutorials.json").write_text('{"done": ["00.1", "00.2", "nonsense"]}')
    copies.copy(copies.tutorial_of(1), tmp_path / copies.FOLDER)
    found = panel.panel(tmp_path)["tutorials"]
    assert [t["number"] for t in found] == list(range(10))
    assert (found[0]["done"], found[0]["exercises"], found[0]["copied"]) == (2, 5, False)
    assert found[1]["copied"] and found[1]["done"] == 0
    (tmp_path / "kerasnb_tutorials.json").write_text("{")
    assert panel.tutorials(tmp_path)[0]["done"] == 0, "a damaged file of progress is no reason to complain"


def test_runs_newest_first_in_numbers_that_json_has(runs_file):
    assert panel.runs() == {"rows": [], "message": "No runs are recorded yet. Every fit is, from now on."}
    record(runs_file, [2.0, float("nan"), 1.0], name="<b>first", final='{"loss": NaN, "lr": 0.5}')
    record(runs_file, [0.5], model="second")
    found = panel.runs()
    json.loads(json.dumps(found, allow_nan=False))
    assert [(r["id"], r["name"], r["seconds"]) for r in found["rows"]] == [(2, "", 2.0), (1, "<b>first", 2.0)]
    assert found["rows"][1]["curves"]["loss"] == [2.0, None, 1.0]
    assert found["rows"][1]["final"] == {"loss": None, "lr": 0.5}
    for _ in range(20):
        record(runs_file, [])
    assert len(panel.runs()["rows"]) == panel.RUNS


def test_a_long_run_is_thinned(runs_file):
    record(runs_file, [1.0 / (i + 1) for i in range(1000)])
    assert len(panel.runs()["rows"][0]["curves"]["loss"]) <= 48


def test_a_locked_file_is_read_and_a_damaged_one_is_told(runs_file, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    record(runs_file, [1.0])
    other = sqlite3.connect(runs_file, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    found = panel.runs()
    assert found["rows"] or "locked by another program" in found["message"]
    other.close()
    runs_file.write_bytes(b"no database at all, by far" * 100)
    assert "was damaged" in panel.runs()["message"]
    monkeypatch.setenv("KERASNB_RUNS", "off")
    assert "not recorded" in panel.runs()["message"]


def test_notebooks_are_copies_with_a_kernel(tmp_path):
    spec = {"language": "python", "display_name": "Mine", "argv": [sys.executable, "-m", "ipykernel_launcher"]}
    kernel = notebooks.python_kernel({"ir": {"spec": {"language": "R"}}, "mine": {"spec": spec}})
    assert kernel == {"name": "mine", "display_name": "Mine", "language": "python"}
    for kind, number in (("quickstart", None), ("playground", None), ("tutorial", 3)):
        path = notebooks.place(kind, number, tmp_path, kernel=kernel)
        assert path.parent == tmp_path / copies.FOLDER
        nbformat.validate(nbformat.read(path, 4))
        assert notebooks.kernel_of(path) == "mine"
        path.write_text(path.read_text().replace("keras", "my work"))
        assert notebooks.place(kind, number, tmp_path) == path and "my work" in path.read_text()
    assert notebooks.place("tutorial", 3, tmp_path, fresh=True).name == "03_basic_regression-2.ipynb"
    (tmp_path / "quickstart.ipynb").write_text("{}")
    assert notebooks.place("quickstart", None, tmp_path) == tmp_path / "quickstart.ipynb"


@pytest.mark.parametrize("kind, number", [("tutorial", 77), ("tutorial", None), ("../etc", 1), (None, None), ([], 1)])
def test_what_is_no_notebook_of_ours(kind, number, tmp_path):
    with pytest.raises(ValueError, match=r"There is no tutorial|kind must be one of"):
        notebooks.place(kind, number, tmp_path)


@pytest.mark.parametrize(
    "specs, name",
    [
        ({}, "python3"),
        ({"python3": {"spec": {"language": "python", "argv": ["/elsewhere/python"]}}}, "python3"),
        ({"ir": {"spec": {"language": "R"}}, "old": {"spec": {"language": "python", "argv": ["/old/python"]}}}, "old"),
    ],
)
def test_which_kernel(specs, name):
    assert notebooks.python_kernel(specs)["name"] == name


def test_the_built_extension_is_that_of_the_sources():
    """Whoever changes labextension/ types `make labextension` and commits what comes out."""
    from hashlib import sha256

    from kerasnb._version import __version__
    from kerasnb.lab import JUPYTER

    root = Path(__file__).resolve().parents[2] / "labextension"
    built = JUPYTER / "labextensions" / "kerasnb"
    names = ["package.json", *(p.relative_to(root).as_posix() for d in ("src", "style") for p in (root / d).iterdir())]
    digest = sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    assert json.loads((built / "sources.json").read_text())["sha256"] == digest.hexdigest()
    package = json.loads((built / "package.json").read_text())
    assert (package["name"], package["version"]) == ("kerasnb", __version__)
    assert (built / package["jupyterlab"]["_build"]["load"]).is_file()
    assert sum(p.stat().st_size for p in (built / "static").iterdir()) < 80_000
    lock = (root / "package-lock.json").read_text()
    assert '"resolved"' not in lock, "lock files have no download addresses"
