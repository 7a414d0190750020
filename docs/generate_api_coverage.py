"""Write docs/api_coverage.md: which of Keras's public names are here, and why not the others.

    python docs/generate_api_coverage.py               # with kerasnb installed
    python docs/generate_api_coverage.py --check       # 1 if the table on disk is out of date
    python docs/generate_api_coverage.py --list-names  # with Keras: rewrite docs/keras_names.json

The list of names is all that is taken from Keras.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = HERE / "keras_names.json"
TABLE = HERE / "api_coverage.md"

# Tied to TensorFlow or PyTorch: not here, and not counted.
TIED = {
    "keras.layers.TFSMLayer": "runs a TensorFlow SavedModel",
    "keras.layers.TorchModuleWrapper": "wraps a PyTorch module",
}
# Left out for another reason.
LEFT_OUT: dict[str, str] = {}


def list_names() -> None:
    """Store the public names of the Keras of this Python, namespace by namespace."""
    import keras

    found: dict[str, list[str]] = {}

    def walk(module, path: str) -> None:
        if path in found:
            return
        names = found[path] = []
        for name in sorted(n for n in dir(module) if not n.startswith("_") and n != "src"):
            value = getattr(module, name)
            if isinstance(value, types.ModuleType):
                public = value.__name__.startswith("keras.") and ".src" not in value.__name__
                if not public:
                    continue
                walk(value, f"{path}.{name}")
            names.append(name)

    walk(keras, "keras")
    record = {"keras": keras.__version__, "names": found}
    NAMES.write_text(json.dumps(record, indent=0) + "\n")
    print(f"{NAMES}: {sum(map(len, found.values()))} names in {len(found)} namespaces")


def present(path: str, names: list[str]) -> set[str]:
    """Which of the names kerasnb has in that namespace; ``dir()`` must tell, too."""
    try:
        module = importlib.import_module("kerasnb" + path.removeprefix("keras"))
    except ImportError:
        return set()
    listed = set(dir(module))
    return {name for name in names if name in listed and has(module, name)}


def has(module, name: str) -> bool:
    """Whether the name gives something; a lazy one may be listed and still be missing."""
    try:
        getattr(module, name)
    except (AttributeError, ImportError):
        return False
    return True


def render() -> str:
    """The page."""
    record = json.loads(NAMES.read_text())
    rows, missing, counted, there_all = [], [], 0, 0
    for path, names in record["names"].items():
        tied = [n for n in names if f"{path}.{n}" in TIED]
        there = present(path, names)
        wanted = [n for n in names if n not in tied]
        counted += len(wanted)
        there_all += len(there.intersection(wanted))
        absent = [n for n in names if n not in there]
        share = len(there.intersection(wanted)) / max(1, len(wanted))
        rows.append(f"| `{path}` | {len(there)} | {len(names)} | {share:.0%} |")
        for name in absent:
            reason = (TIED | LEFT_OUT).get(f"{path}.{name}", "not yet")
            missing.append(f"| `{path}.{name}` | {reason} |")
    head = f"""# API coverage

The public names of Keras {record["keras"]}, namespace by namespace, and how many of them are here.
Made by `docs/generate_api_coverage.py` from `dir()` of both; not edited by hand.

**{there_all} of {counted} names, {there_all / counted:.1%}**, without the {len(TIED)} tied to
TensorFlow or PyTorch.

| namespace | here | in Keras | share |
|---|---|---|---|
"""
    tail = "\n\n## Left out\n\n| name | why |\n|---|---|\n" + "\n".join(missing) if missing else ""
    return head + "\n".join(rows) + tail + "\n"


def main() -> int:
    """Write the page, check it, or list Keras's names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    parser.add_argument("--list-names", action="store_true", help="list the names of this Keras")
    arguments = parser.parse_args()
    if arguments.list_names:
        list_names()
        return 0
    sys.path.insert(0, str(HERE.parent))
    page = render()
    if arguments.check:
        same = TABLE.is_file() and TABLE.read_text() == page
        print(f"{TABLE.name} is {'up to date' if same else 'out of date: make docs'}")
        return int(not same)
    TABLE.write_text(page)
    print(page.split("**")[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
