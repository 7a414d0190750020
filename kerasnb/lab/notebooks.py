"""The notebooks that a click opens: the quickstart, the playground, a tutorial. Copies, with a kernel named."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasnb.learn import copies

KINDS = ("quickstart", "playground", "tutorial")
PLAYGROUND = """\
# The playground

A network in the plane that you can play with: choose data and layers, press play, and watch what every unit does.
The program below the picture makes the same model."""


def place(kind: str, number: Any, folder: Path, fresh: bool = False, kernel: Mapping[str, str] | None = None) -> Path:
    """The notebook of that kind in the folder somebody works in; made where there is none, never written over.

    Args:
        kind: "quickstart", "playground" or "tutorial".
        number: of the tutorial; the others need none.
        folder: where the person works.
        fresh: of a tutorial that somebody worked in, another copy as it came.
        kernel: name, display_name and language of the kernel that a new copy asks for; "python3" by default.

    Raises:
        ValueError: an unknown kind or number.
        OSError: the folder cannot be written.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}.")
    if kind == "tutorial":
        made = copies.copy(copies.tutorial_of(number), folder / copies.FOLDER, fresh=fresh)
        if made.state == "new" and kernel:
            _name_kernel(made.path, kernel)
        return made.path
    there = folder / f"{kind}.ipynb"  # `kerasnb lab` opens a folder that has the quickstart in it
    path = folder / copies.FOLDER / there.name
    if kind == "quickstart" and there.exists():
        return there
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    text = playground() if kind == "playground" else (copies.originals("notebooks") / path.name).read_text("utf-8")
    path.write_text(text, encoding="utf-8")
    _name_kernel(path, kernel or python_kernel({}))
    return path


def playground() -> str:
    """The text of the playground's notebook."""
    import nbformat

    cells = [
        nbformat.v4.new_markdown_cell(PLAYGROUND, id="playground-words"),
        nbformat.v4.new_code_cell(
            "import kerasnb as keras\n\nplay = keras.widgets.Playground()\nplay", id="playground-view"
        ),
        nbformat.v4.new_markdown_cell("`play.model` is the network as it is now.", id="playground-model"),
    ]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)) + "\n"


def python_kernel(specs: Mapping[str, Any]) -> dict[str, str]:
    """The kernel in which kerasnb is installed: the one of this very Python, else "python3", else any Python.

    Args:
        specs: what ``KernelSpecManager.get_all_specs`` gives.
    """
    found = {
        name: spec["spec"]
        for name, spec in specs.items()
        if str(spec.get("spec", {}).get("language", "")).lower() == "python"
    }
    here = [name for name, spec in found.items() if _same(spec.get("argv", [""])[:1])]
    order = [*(n for n in here if n == "python3"), *here, *(n for n in found if n == "python3"), *found, "python3"]
    name = order[0]
    said = found.get(name, {}).get("display_name") or "Python 3 (ipykernel)"
    return {"name": name, "display_name": said, "language": "python"}


def kernel_of(path: Path) -> str | None:
    """The name of the kernel that a notebook asks for; None where it names none, or is no notebook."""
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return name if isinstance(name, str) else None


def _same(argv: Any) -> bool:
    """Whether a kernel is started by this Python: "python" alone is what its own kernelspec says."""
    program = str(argv[0]) if argv else ""
    return program in ("python", "python3", sys.executable) or (
        bool(program) and Path(program).parent == Path(sys.executable).parent and "python" in Path(program).name
    )


def _name_kernel(path: Path, kernel: Mapping[str, str]) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook.setdefault("metadata", {})["kernelspec"] = dict(kernel)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
