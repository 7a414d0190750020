"""The wheel as a person gets it: all is in it, the sdist makes the same one, it runs where nothing else is."""

from __future__ import annotations

import ast
import email.parser
import re
import tarfile
import zipfile

import pytest
from contracts.environments import ROOT, build, command, environment, python_of

from kerasnb._version import __version__
from kerasnb.learn.series import SERIES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]
VERSIONS = ("3.11", "3.12", "3.13")  # those of the classifiers


def contents(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sdist_makes_the_same_wheel(sdist, wheel, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    (tmp_path / "out").mkdir()
    again, first = contents(build(source, tmp_path / "out", "--wheel")), contents(wheel)
    assert sorted(again) == sorted(first)
    assert [name for name in first if first[name] != again[name]] == []


def test_everything_is_inside_and_nothing_else(wheel):
    names = set(contents(wheel))
    package = {
        f"kerasnb/{path.relative_to(ROOT / 'kerasnb')}"
        for path in (ROOT / "kerasnb").rglob("*")
        if path.suffix in (".py", ".js", ".css", ".html") and "__pycache__" not in path.parts
    }
    assert package <= names, sorted(package - names)
    assert {f"kerasnb/_tutorials/{t.name}.ipynb" for t in SERIES} <= names
    assert {f"kerasnb/_notebooks/{p.name}" for p in (ROOT / "notebooks").glob("*.ipynb")} <= names
    assert "kerasnb/py.typed" in names
    if (ROOT / "labextension").is_dir():
        assert any(name.endswith("labextensions/kerasnb/package.json") for name in names)
    strange = [n for n in names if not n.startswith(("kerasnb/", f"kerasnb-{__version__}."))]
    assert strange == []
    assert not [n for n in names if "node_modules" in n or n.endswith((".pyc", ".map"))]


def test_the_metadata_are_valid(wheel):
    found = contents(wheel)
    text = found[f"kerasnb-{__version__}.dist-info/METADATA"].decode()
    headers = email.parser.Parser().parsestr(text)
    assert headers["Name"] == "kerasnb" and headers["Version"] == __version__
    assert headers["Requires-Python"] == ">=3.11" and headers["License-Expression"] == "Apache-2.0"
    assert headers["Description-Content-Type"] == "text/markdown" and headers["Summary"]
    classifiers = headers.get_all("Classifier")
    assert {f"Programming Language :: Python :: {v}" for v in VERSIONS} <= set(classifiers)
    assert "Typing :: Typed" in classifiers
    try:  # as an index reads it
        from packaging.metadata import Metadata
    except ImportError:
        pass
    else:
        Metadata.from_email(text, validate=True)
    # On a package index nothing lies beside the description.
    links = re.findall(r"\]\(([^)]+)\)", headers.get_payload())
    assert links and [link for link in links if not link.startswith(("https://", "#"))] == []
    entry = found[f"kerasnb-{__version__}.dist-info/entry_points.txt"].decode()
    assert "kerasnb = kerasnb.cli:main" in entry


@pytest.mark.parametrize("version", VERSIONS)
def test_every_file_is_python_of_that_version(wheel, version):
    feature = tuple(map(int, version.split(".")))
    for name, data in contents(wheel).items():
        if name.endswith(".py"):
            ast.parse(data, name, feature_version=feature)


IMPORT_ALL = """
import importlib, pkgutil, kerasnb
for module in pkgutil.walk_packages(kerasnb.__path__, "kerasnb."):
    importlib.import_module(module.name)
print("imported")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_installed_where_nothing_else_is(wheel, tmp_path, version):
    python = python_of(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine; its syntax is checked above")
    bin_ = environment(tmp_path / "venv", python, wheel)
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    at = {"HOME": str(home), "KERAS_HOME": str(home / ".keras"), "KERASNB_RUNS": str(home / "runs.db")}
    assert command(bin_ / "python", "-W", "error", "-c", IMPORT_ALL, cwd=here, **at) == "imported\n"
    assert "--output FOLDER" in command(bin_ / "kerasnb", "quickstart", "--help", cwd=here, **at)
    report = command(bin_ / "kerasnb", "doctor", cwd=here, **at)
    assert "FAIL" not in report and f"Python         {version}" in report
    assert SERIES[-1].title in command(bin_ / "kerasnb", "tutorials", cwd=here, **at)
    assert "copied to work in" in command(bin_ / "kerasnb", "tutorials", "copy", 0, cwd=here, **at)
    said = command(bin_ / "kerasnb", "quickstart", "--fast", cwd=here, **at)
    assert "test accuracy" in said and (here / "out" / "quickstart.html").is_file()
    assert "Run 1" in command(bin_ / "kerasnb", "runs", 1, cwd=here, **at)
    if (ROOT / "labextension").is_dir():
        listed = command(bin_ / "jupyter", "labextension", "list", cwd=here, **at)
        assert re.search(r"kerasnb v\S+ .*enabled.*OK", listed, re.IGNORECASE), listed
