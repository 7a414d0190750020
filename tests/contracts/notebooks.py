"""Notebooks for execution in tests: with their folded solutions as cells that must pass."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = sorted(ROOT.glob("tutorials/*.ipynb"))
NOTEBOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *TUTORIALS])
EXAMPLES = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.stem != "quickstart"]


def solutions(notebook: Any) -> dict[str, str]:
    """The programs in the folded solutions of a notebook, by exercise."""
    found = {}
    for cell in notebook.cells:
        if "solution" in cell.metadata.get("tags", []):
            key = re.search(r"<summary>Solution ([\d.]+)</summary>", cell.source)[1]
            found[key] = re.search(r"```python\n(.*?)\n```", cell.source, re.S)[1]
    return found


def each_twice(notebook: Any) -> Any:
    """A notebook in which every cell with code stands twice in a row."""
    import nbformat

    cells = [
        nbformat.from_dict({**cell, "id": f"{cell.id}-{i}"})
        for cell in notebook.cells
        for i in range(1 + (cell.cell_type == "code"))
    ]
    return nbformat.from_dict({**notebook, "cells": cells})


def with_solutions(notebook: Any) -> Any:
    """A notebook in which every solution is a cell whose check must say that it is right."""
    import nbformat

    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if "solution" in cell.metadata.get("tags", []):
            (program,) = solutions(nbformat.from_dict({"cells": [cell]})).values()
            last = ast.parse(program).body[-1]
            begin = "\n".join(program.split("\n")[: last.lineno - 1])
            check = "\n".join(program.split("\n")[last.lineno - 1 :])
            source = f"{begin}\n_verdict = {check}\nassert _verdict.right, _verdict\n_verdict"
            cells.append(nbformat.v4.new_code_cell(source, id=f"run-{cell.id}", metadata={"tags": ["run-solution"]}))
    return nbformat.from_dict({**notebook, "cells": cells})
