"""Notebooks are kept without outputs, execution counts and editors' metadata.

``strip_notebooks.py FILE...`` rewrites the files that have any of these and exits with 1 if there
was one; with ``--check`` it only says which.
"""

import json
import sys
from pathlib import Path

KEPT_METADATA = ("kernelspec", "language_info")


def stripped(notebook: dict) -> dict:
    """The notebook with sources only."""
    cells = []
    for cell in notebook["cells"]:
        cell = {**cell, "metadata": {"tags": t} if (t := cell["metadata"].get("tags")) else {}}
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        cells.append(cell)
    metadata = {k: notebook["metadata"][k] for k in KEPT_METADATA if k in notebook["metadata"]}
    if "language_info" in metadata:  # the version would change with every machine
        metadata["language_info"] = {"name": metadata["language_info"].get("name", "python")}
    return {**notebook, "cells": cells, "metadata": metadata}


def main(arguments: list[str]) -> int:
    """Strip the named files; 1 if any of them was not stripped already."""
    check = "--check" in arguments
    changed = False
    for path in (Path(a) for a in arguments if a != "--check"):
        before = path.read_text(encoding="utf-8")
        after = json.dumps(stripped(json.loads(before)), indent=1, ensure_ascii=False) + "\n"
        if before == after:
            continue
        changed = True
        print(f"{path}: {'has' if check else 'stripped'} outputs or metadata")
        if not check:
            path.write_text(after, encoding="utf-8")
    return int(changed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
