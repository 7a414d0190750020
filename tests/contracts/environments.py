"""Python environments of their own, with the wheel of this checkout in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What this machine and its tests set must not reach an environment that stands for a stranger's.
OURS = ("PYTHON", "COV", "VIRTUAL_ENV", "KERASNB", "KERAS_HOME", "JUPYTER", "IPYTHONDIR")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def command(*words: object, cwd: Path, seconds: int = 600, **environment: str) -> str:
    """What a command prints; a failure shows all of it."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**CLEAN, "JAX_PLATFORMS": "cpu", **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def build(source: Path, target: Path, *options: str) -> Path:
    """The newest file that ``python -m build`` puts into ``target``."""
    command(sys.executable, "-m", "build", "--outdir", target, *options, source, cwd=target)
    return max(target.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def python_of(version: str) -> Path | None:
    """A Python of a minor version such as "3.12": this one, on the path, or one of pyenv's."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return Path(sys.executable)
    named = shutil.which(f"python{version}")
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    others = sorted(home.glob(f"versions/{version}.*/bin/python"))
    for found in filter(None, [named, *others]):
        try:
            done = subprocess.run(
                [found, "-c", "import venv, ensurepip, sys; print('%d.%d' % sys.version_info[:2])"],
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.strip() == version:
            return Path(found)
    return None


def environment(folder: Path, python: Path, *requirements: object) -> Path:
    """A fresh environment with these packages; the folder of its commands."""
    command(python, "-m", "venv", folder, cwd=folder.parent)
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [commands / "python", "-m", "pip", "--disable-pip-version-check", "-q"]
    command(*pip, "install", "--no-compile", *requirements, cwd=folder)  # what is not imported need not be compiled
    command(*pip, "check", cwd=folder)
    return commands


def registry_or_skip() -> None:
    """A machine that reaches no package index cannot fill an environment."""
    with_pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps", "-d"]
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([*with_pip, scratch, "optax"], env=CLEAN, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index is reached from here: {done.stderr.strip()[-200:]}")
