"""The command line: what a person types, and what is answered."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from kerasnb import accelerators, cli, doctor
from kerasnb._version import __version__
from kerasnb.learn.series import SERIES


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"kerasnb {__version__}\n"


def test_no_command_prints_help(capsys):
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in cli.COMMANDS)


@pytest.mark.parametrize(
    "typed, hint",
    [
        ("quikstart", "Did you mean 'kerasnb quickstart'?"),
        ("tutorial", "Did you mean 'kerasnb tutorials'?"),
        ("xyzzy", "There are: quickstart, lab"),
    ],
)
def test_unknown_commands_are_answered_with_the_nearest(typed, hint, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([typed])
    assert stop.value.code == 2
    assert hint in capsys.readouterr().err


def test_installed_command():
    """`python -m kerasnb.cli` is what the console script calls; it starts without jax."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kerasnb.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"kerasnb {__version__}\n"
    assert " jax" not in done.stderr and " numpy" not in done.stderr


def notebook(source: str) -> str:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": source}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder of notebooks in place of the real one; the working folder is another."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr(cli, "notebooks_folder", lambda name="notebooks": folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_quickstart_prints_what_it_reached_and_where_it_lies(notebooks, tmp_path, capsys):
    stub = """
class Model:
    def summary(self, print_fn): print_fn("Total params: 7"); print_fn("as a table")
class keras:
    class models:
        clone_model = staticmethod(lambda model: model)
model, data_name, scores = Model(), "stubs", {"accuracy": 0.5, "loss": 1.25}
history = type("History", (), {"epoch": [0, 1, 2]})
"""
    (notebooks / "quickstart.ipynb").write_text(notebook(stub))
    assert cli.main(["quickstart", "--output", "made"]) == 0
    out = capsys.readouterr().out
    for text in ("Total params: 7\nas a table", "50.00%   on stubs", "1.2500   after 3 epochs"):
        assert text in out
    for name in ("quickstart.ipynb", "quickstart.html"):
        assert (tmp_path / "made" / name).is_file()
        assert str(tmp_path / "made" / name) in out


def test_quickstart_that_fails_says_where(notebooks, capsys):
    (notebooks / "quickstart.ipynb").write_text(notebook("raise ValueError('no such digit')"))
    assert cli.main(["quickstart"]) == 1
    streams = capsys.readouterr()
    assert "ValueError: no such digit" in streams.err and "kerasnb doctor" in streams.err
    assert "Traceback" not in streams.err


def test_progress_in_a_terminal_has_a_clock():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    shown = cli.CellProgress(screen)
    shown.start(1, 2, "Train it")
    shown.closed.wait(0.5)
    shown.end(0.5)
    shown.close()
    assert "[1/2] Train it" in screen.getvalue()
    assert " s ..." in screen.getvalue() and screen.getvalue().endswith("0.5 s\n")


def test_lab_hands_over(monkeypatch, notebooks):
    called = []
    monkeypatch.setattr(cli.os, "execve", lambda program, command, variables: called.extend((command, variables)))
    cli.main(["lab"])
    assert called[0][1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={notebooks}" in called[0]
    # JupyterLab finds kerasnb's part of it, wherever kerasnb lies
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        assert called[1][name].split(os.pathsep)[0].endswith(os.path.join("kerasnb", "lab", "jupyter"))
    assert cli.main(["lab", "nowhere"]) == 2


def test_an_installed_package_works_on_copies(tmp_path, monkeypatch):
    inside = tmp_path / "_notebooks"
    inside.mkdir()
    (inside / "a.ipynb").write_text("new")
    (inside / "b.ipynb").write_text("new")
    monkeypatch.setattr(cli, "notebooks_folder", lambda name: inside)
    monkeypatch.chdir(tmp_path)
    copies = tmp_path / "kerasnb-notebooks"
    copies.mkdir()
    (copies / "a.ipynb").write_text("my work")
    assert cli.working_folder() == copies
    assert (copies / "a.ipynb").read_text() == "my work"
    assert (copies / "b.ipynb").read_text() == "new"


def test_run_puts_kerasnb_in_keras_place(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, keras\nfrom keras import layers\nfrom tensorflow import keras as tk\n"
        "print(keras.__name__, layers.Dense is tk.layers.Dense, sys.argv[1:], __name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "kerasnb.cli", "run", str(program), "--epochs", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "kerasnb True ['--epochs', '3'] __main__\n", done.stderr
    assert cli.main(["run", str(tmp_path / "none.py")]) == 2


def test_doctor_finds_this_machine_well(capsys):
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("Python", "jax", "devices", "widgets", "jupyterlab", "kernel", "data", "cache"):
        assert name in out
    assert "FAIL" not in out


@pytest.mark.parametrize(
    "version, state, mend",
    [
        ("0.10.2", "ok", ""),
        ("0.11.0.dev1", "ok", ""),
        ("0.4.30", "fail", 'pip install -U "jax>=0.10"'),
        (None, "fail", 'pip install "jax>=0.10"'),
    ],
)
def test_doctor_judges_versions(version, state, mend, monkeypatch):
    monkeypatch.setattr(doctor, "installed", lambda name: version)
    check = doctor.package("jax", (0, 10))()
    assert (check.state, check.mend) == (state, mend)


def test_doctor_knows_the_bounds_of_pyproject():
    """The table in doctor.py and the metadata say the same."""
    from importlib.metadata import requires

    wanted = {}
    for line in requires("kerasnb") or pytest.skip("kerasnb is not installed here"):
        if "extra ==" not in line and ">=" in line:
            name, _, bound = line.partition(">=")
            wanted[name.strip().lower()] = doctor.numbers(bound.split(",")[0].strip())
    for name, oldest in doctor.PACKAGES:
        if name != "jaxlib":  # comes with jax
            assert wanted[name] == oldest, name


DRIVER = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  {}.107.02  Wed Jul 24\nGCC version: gcc 12\n"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """``machine(driver=550, wheels={...})``: an NVIDIA GPU with that driver, and these distributions."""

    def make(driver=None, wheels=(), amd=False):
        path = tmp_path / "version"
        if driver:
            path.write_text(DRIVER.format(driver))
        monkeypatch.setattr(accelerators, "NVIDIA", path)
        monkeypatch.setattr(accelerators, "AMD", tmp_path if amd else tmp_path / "none")
        monkeypatch.setattr(accelerators, "TPU", ())
        monkeypatch.setattr(accelerators.shutil, "which", lambda name: None)
        known = {"jaxlib": "0.10.2", **dict(wheels)}
        monkeypatch.setattr(accelerators, "installed", known.get)

    return make


def test_doctor_sees_a_gpu_that_jax_does_not(machine, monkeypatch):
    machine(driver=590)
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    assert doctor.devices().mend == "unset JAX_PLATFORMS"


@pytest.mark.parametrize(
    "given, state, said, mend",
    [
        ({}, "ok", "none needed here; elsewhere pip install", ""),
        ({"driver": 590}, "note", "an NVIDIA GPU is here, its wheels are not", 'pip install -U "jax[cuda13]"'),
        ({"driver": 550}, "note", "its wheels are not", 'pip install -U "jax[cuda12]"'),
        ({"driver": 470}, "note", "its wheels are not", "install an NVIDIA driver of version 580 or later"),
        ({"amd": True}, "note", "an AMD GPU is here", 'pip install -U "jax[rocm7-local]"'),
        ({"driver": 590, "wheels": {"jax-cuda13-plugin": "0.10.2"}}, "ok", "jax-cuda13-plugin 0.10.2", ""),
        ({"driver": 590, "wheels": {"jax-cuda13-plugin": "0.9.0"}}, "note", "but jaxlib is 0.10.2", "pip install -U"),
        ({"driver": 550, "wheels": {"jax-cuda13-plugin": "0.10.2"}}, "note", "cuda13 needs 580", '"jax[cuda12]"'),
        ({"wheels": {"jax-cuda12-plugin": "0.10.2"}}, "ok", "no driver for an NVIDIA GPU is loaded", ""),
    ],
)
def test_doctor_says_which_gpu_wheels_to_install(machine, given, state, said, mend):
    machine(**given)
    (check,) = accelerators.checks()
    assert check.state == state and said in check.found
    assert mend in check.mend and bool(mend) == bool(check.mend)


def test_doctor_looks_at_the_runs(monkeypatch, tmp_path):
    path = tmp_path / "runs.db"
    monkeypatch.setenv("KERASNB_RUNS", str(path))
    assert doctor.runs().found.startswith("none recorded yet")
    path.write_bytes(b"no database at all " * 300)
    check = doctor.runs()
    assert check.state == "note" and "cannot be read" in check.found and check.mend == f"mv {path} {path}.damaged"
    assert path.read_bytes().startswith(b"no database")
    monkeypatch.setenv("KERASNB_RUNS", "off")
    assert "not recorded" in doctor.runs().found


def test_doctor_names_a_data_folder_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path / "nowhere"))
    assert doctor.data().state == "fail"


def test_tutorials_are_listed_with_what_is_done(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "kerasnb_tutorials.json").write_text('{"done": ["00.1", "00.2"]}')
    assert cli.main(["tutorials"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if " min " in line]) == len(SERIES)
    assert "handwritten digits" in lines[0] and "15 min" in lines[0] and "2 of 5" in lines[0]
    assert lines[-2:] == [
        "Open one: kerasnb tutorials NUMBER",
        "Copy one: kerasnb tutorials copy NUMBER [FOLDER]",
    ]


def test_a_tutorial_is_opened_in_lab(monkeypatch):
    opened = []
    monkeypatch.setattr(cli, "open_lab", lambda folder, notebook: opened.append((folder.name, notebook)) or 0)
    assert cli.main(["tutorials", "3"]) == 0
    assert opened == [("tutorials", "03_basic_regression.ipynb")]


@pytest.mark.parametrize(
    "words, said",
    [
        (["77"], "There is no tutorial '77'. There are: 0 front page, 1 basic classification"),
        (["opne"], "Did you mean 'open'?"),
        (["copy"], "copy takes a NUMBER"),
        (["open", "1", "2"], "open takes one NUMBER, got '1 2'"),
        (["list", "1"], "list takes nothing more"),
    ],
)
def test_tutorials_that_are_not_there(words, said, capsys):
    assert cli.main(["tutorials", *words]) == 2
    streams = capsys.readouterr()
    assert said in streams.err and not streams.out


def test_a_tutorial_is_copied_and_an_edited_copy_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine" / "01_basic_classification.ipynb"
    assert cli.main(["tutorials", "copy", "1", "mine"]) == 0
    assert "copied to work in" in capsys.readouterr().out and path.is_file()
    text = path.read_text().replace("Basic classification", "My own")
    path.write_text(text)
    assert cli.main(["tutorials", "copy", "1", "mine"]) == 0
    out = capsys.readouterr().out
    assert "it stays as it is" in out and "kerasnb tutorials copy 1 mine --fresh" in out and path.read_text() == text
    assert cli.main(["tutorials", "copy", "1", "mine", "--fresh"]) == 0
    assert (tmp_path / "mine" / "01_basic_classification-2.ipynb").is_file() and path.read_text() == text
    (tmp_path / "a file").write_text("")
    assert cli.main(["tutorials", "copy", "1", "a file/x"]) == 1
    assert "Name another folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, capsys):
    inside = tmp_path / "_notebooks"
    inside.mkdir()
    (tmp_path / "kerasnb-notebooks").write_text("a file in the way")
    monkeypatch.setattr(cli, "notebooks_folder", lambda name: inside)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["lab"]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, said", [("prog.py", "Did you mean"), ("folder", "is a folder"), ("a.ipynb", "Open it: kerasnb lab")]
)
def test_run_says_why_a_file_is_no_program(tmp_path, capsys, name, said):
    (tmp_path / "folder").mkdir()
    (tmp_path / "program.py").write_text("")
    assert cli.main(["run", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err


def test_runs_are_listed_shown_compared_and_exported(tmp_path, monkeypatch, capsys):
    import numpy as np

    import kerasnb as keras

    monkeypatch.setenv("KERASNB_RUNS", str(tmp_path / "runs.db"))
    assert cli.main(["runs"]) == 0 and "Every fit is" in capsys.readouterr().out
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    for epochs in (1, 2):
        model.fit(np.ones((4, 2), "float32"), np.ones(4, "float32"), epochs=epochs, verbose=0)
    for words, said in ((["runs"], "loss"), (["runs", "2"], "Run 2: finished"), (["runs", "1", "2"], "fit.epochs")):
        assert cli.main(words) == 0
        assert said in capsys.readouterr().out
    assert cli.main(["runs", "1", "--tensorboard", str(tmp_path / "logs")]) == 0
    assert list((tmp_path / "logs" / "run-1" / "train").glob("events.*"))
    capsys.readouterr()
    for words in (["runs", "9"], ["runs", "--by", "los"], ["runs", "--tensorboard", "x"]):
        assert cli.main(words) == 2
        streams = capsys.readouterr()
        assert streams.err.startswith("kerasnb runs: ") and not streams.out
    from kerasnb.runs.writer import close_all

    close_all()
