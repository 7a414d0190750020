"""What kerasnb needs from this machine, whether it is there, and what to type to mend it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

OK, NOTE, FAIL = "ok", "note", "fail"


@dataclass(frozen=True)
class Check:
    """One thing looked at: ``mend`` is what to type where ``state`` is not "ok"."""

    name: str
    state: str
    found: str
    mend: str = ""


def checks() -> Iterator[Check]:
    """All checks in turn; each is independent of the others and none raises."""
    from kerasnb import accelerators

    for check in (python, *(package(*row) for row in PACKAGES), devices):
        yield check()
    yield from accelerators.checks()
    for check in (widgets, kernel, data, runs):
        yield check()
    yield from writable()


def report(found: list[Check]) -> str:
    """The checks as a table with what to type under it.

    >>> print(report([Check("jax", "fail", "not installed", "pip install jax")]))
    FAIL  jax            not installed
    <BLANKLINE>
    To mend it:
      jax: pip install jax
    """
    lines = [f"{c.state.upper() if c.state == FAIL else c.state:<5} {c.name:<14} {c.found}" for c in found]
    mends = [f"  {c.name}: {c.mend}" for c in found if c.mend]
    return "\n".join(lines + (["", "To mend it:", *mends] if mends else []))


def python() -> Check:
    """Which one runs; an older one than 3.11 could not have installed kerasnb."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", OK, f"{version} at {sys.executable}")


# distribution, oldest version that does: the bounds of pyproject.toml
PACKAGES = [
    ("jax", (0, 10)),
    ("jaxlib", (0, 10)),
    ("flax", (0, 12, 7)),
    ("optax", (0, 2, 6)),
    ("numpy", (2, 0)),
    ("h5py", (3, 12, 1)),
    ("plotly", (6, 0)),
    ("jupyterlab", (4, 2)),
]


def package(name: str, oldest: tuple[int, ...]):
    """The check of one distribution."""

    def check() -> Check:
        version = installed(name)
        wanted = ".".join(map(str, oldest))
        if version is None:
            return Check(name, FAIL, "not installed", f'pip install "{name}>={wanted}"')
        if numbers(version) < oldest:
            return Check(name, FAIL, f"{version}, older than {wanted}", f'pip install -U "{name}>={wanted}"')
        if name == "jaxlib" and (jax := installed("jax")) and numbers(version) != numbers(jax):
            return Check(name, NOTE, f"{version}, but jax is {jax}", "pip install -U jax jaxlib")
        return Check(name, OK, version)

    return check


# Asking for devices starts the driver, which may hang or crash: in a process of its own.
_DEVICES = """
import json, jax
print(json.dumps([[d.platform, str(d.device_kind)] for d in jax.devices()]))
"""


def devices() -> Check:
    """What jax computes on; a GPU that it does not see is worth a word."""
    from kerasnb import accelerators

    try:
        result = subprocess.run(
            [sys.executable, "-c", _DEVICES],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Check(
            "devices",
            FAIL,
            "jax.devices() did not answer in 2 minutes",
            "export JAX_PLATFORMS=cpu",
        )
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no message"]
        return Check("devices", FAIL, lines[-1], "pip install -U jax jaxlib")
    found = json.loads(result.stdout.strip().splitlines()[-1])
    text = ", ".join(f"{platform} ({kind})" for platform, kind in found)
    forced = os.environ.get("JAX_PLATFORMS", "")
    if all(platform == "cpu" for platform, _ in found) and (there := accelerators.present()):
        if forced:
            return Check("devices", NOTE, f"{text}; {there[0].name} is there", "unset JAX_PLATFORMS")
        return Check("devices", NOTE, f"{text}; {there[0].name} is there", there[0].command())
    return Check("devices", OK, text)


def widgets() -> Check:
    """The live view: anywidget over ipywidgets, and JupyterLab's half of it."""
    versions = {name: installed(name) for name in ("anywidget", "ipywidgets")}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return Check("widgets", FAIL, f"without {', '.join(missing)}", f"pip install {' '.join(missing)}")
    text = ", ".join(f"{name} {version}" for name, version in versions.items())
    extensions = Path(sys.prefix, "share", "jupyter", "labextensions")
    if not (extensions / "@jupyter-widgets" / "jupyterlab-manager").exists():
        return Check(
            "widgets",
            NOTE,
            f"{text}; no widget manager for JupyterLab here",
            "pip install -U jupyterlab_widgets",
        )
    return Check("widgets", OK, text)


def kernel() -> Check:
    """ipykernel, and whether the kernel that JupyterLab calls python3 is this Python."""
    version = installed("ipykernel")
    if version is None:
        return Check("kernel", FAIL, "ipykernel is not installed", "pip install ipykernel")
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return Check("kernel", FAIL, "jupyter_client is not installed", "pip install jupyter_client")
    mend = f"{sys.executable} -m ipykernel install --sys-prefix"
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Check("kernel", FAIL, f"ipykernel {version}, no kernel called python3", mend)
    # A bare "python" is filled in by JupyterLab with its own interpreter.
    if os.path.isabs(command) and not os.path.samefile(os.path.dirname(command), os.path.dirname(sys.executable)):
        return Check("kernel", NOTE, f"ipykernel {version}; python3 starts {command}", mend)
    return Check("kernel", OK, f"ipykernel {version}")


def data_folders() -> list[Path]:
    """Where data sets are looked for: $KERASNB_DATA, then Keras's cache."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    own = os.environ.get("KERASNB_DATA")
    folders = [Path(own)] if own and "://" not in own else []
    return [*folders, home / "datasets"]


def data() -> Check:
    """Which data sets lie ready; scikit-learn's digits always do."""
    ready = sorted(
        {
            path.name.split(".")[0]
            for folder in data_folders()
            if folder.is_dir()
            for path in folder.iterdir()
            if path.is_dir() or path.suffix == ".npz"
        }
        - {"tables"}
    )
    named = os.environ.get("KERASNB_DATA")
    if named and "://" not in named and not Path(named).is_dir():
        return Check("data", FAIL, f"KERASNB_DATA={named} is no folder", "unset KERASNB_DATA")
    if installed("scikit-learn"):
        ready.append("digits")
    text = ", ".join(ready) + " ready; others are downloaded when asked for"
    return Check("data", OK, text.removeprefix(" "))


def runs() -> Check:
    """The file of runs: whether it can be read and written."""
    import sqlite3

    from kerasnb.runs.places import runs_file

    path = runs_file()
    if path is None:
        return Check("runs", NOTE, "not recorded: KERASNB_RUNS is off", "unset KERASNB_RUNS")
    if not path.exists():
        return Check("runs", OK, f"none recorded yet; {path}")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1)
        try:
            (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            return Check("runs", NOTE, f"{path} is locked by another program", "close what holds it; nothing is lost")
        return Check("runs", NOTE, f"{path} cannot be read ({error})", f"mv {path} {path}.damaged")
    return Check("runs", OK, f"{count} in {path}")


def writable() -> Iterator[Check]:
    """Folders that are written to: data sets, compiled programs, here."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kerasnb"
    from kerasnb.runs.places import runs_file

    record = runs_file()
    for name, folder, instead in (
        ("data folder", home, "export KERAS_HOME=FOLDER"),
        *((("folder of runs", record.parent, "export KERASNB_RUNS=FILE"),) if record else ()),
        ("program cache", cache, "export XDG_CACHE_HOME=FOLDER"),
        ("this folder", Path.cwd(), "cd to a folder of your own"),
    ):
        there = next(p for p in (folder, *folder.parents) if p.exists())
        if os.access(there, os.W_OK):
            yield Check(name, OK, f"{folder} can be written")
        else:
            yield Check(name, NOTE, f"{folder} cannot be written", instead)


def installed(name: str) -> str | None:
    """The version of a distribution, None without it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> numbers("0.10.2.dev3+g1")
    (0, 10, 2)
    """
    parts = []
    for part in version.split("+")[0].split("."):
        if not part.isdigit():
            break
        parts.append(int(part))
    return tuple(parts)
