"""The oldest versions that pyproject.toml allows, as constraints: ``python tests/supply/oldest.py > oldest.txt``."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("test",)


def lines() -> list[str]:
    """``name==version`` for each lower bound of the core and of what the tests import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in EXTRAS for one in project["optional-dependencies"][extra])]
    found = {}
    for one in wanted:
        match = re.fullmatch(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?>=([0-9.]+)", one.split(";")[0].strip())
        if match is None:
            raise ValueError(f"pyproject.toml: {one!r} has no lower bound, or more than one; write name>=version.")
        found[match[1].lower()] = match[2]
    return [f"{name}=={version}" for name, version in sorted(found.items())]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
