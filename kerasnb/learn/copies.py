"""Copies of tutorials to work in. Work that somebody did in one is never written over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .series import SERIES, Tutorial

FOLDER = "kerasnb-tutorials"  # where copies lie, in the folder that somebody works in


@dataclass(frozen=True)
class Copy:
    """A tutorial to work in.

    Args:
        tutorial: which.
        path: the notebook.
        state: "new" where it was copied just now, "untouched" where it lay there as it came, "edited" where somebody
            worked in it.
    """

    tutorial: Tutorial
    path: Path
    state: str

    def __str__(self) -> str:
        head = f"{self.tutorial.number:02d}  {self.tutorial.title}"
        said = {
            "new": "copied to work in",
            "untouched": "is there already, as it came",
            "edited": "is there already, and you worked in it: it stays as it is",
        }[self.state]
        return f"{head}\n    {self.path}\n    {said}"


def originals(name: str = "tutorials") -> Path:
    """The notebooks that came with kerasnb: inside the package where it is installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name


def tutorial_of(word: Any) -> Tutorial:
    """The tutorial of a number, or of the beginning of its file's name.

    Raises:
        ValueError: there is none; the message says which there are.

    >>> tutorial_of("03").name, tutorial_of("overfit").number
    ('03_basic_regression', 4)
    """
    typed = str(word).strip().removesuffix(".ipynb")
    for tutorial in SERIES:
        if typed.isdigit() and int(typed) == tutorial.number:
            return tutorial
    typed = typed.casefold().replace("-", "_").replace(" ", "_")
    found = [t for t in SERIES if typed and (t.name.startswith(typed) or t.name[3:].startswith(typed))]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{t.number} {t.name[3:].replace('_', ' ')}" for t in SERIES)
    raise ValueError(f"There is no tutorial {str(word)!r}. There are: {known}.")


def copy(tutorial: Tutorial, folder: Any = FOLDER, fresh: bool = False) -> Copy:
    """A copy of a tutorial in a folder, which is made; one that lies there stays.

    Args:
        tutorial: which.
        folder: where to.
        fresh: make a new one under another name where somebody worked in the one that lies there.

    Raises:
        OSError: the folder cannot be made or written.
    """
    source, target = originals() / f"{tutorial.name}.ipynb", Path(folder).expanduser()
    if not source.is_file():
        raise ValueError(f"The tutorial {tutorial.name} is not among the files of this kerasnb: {source} is missing.")
    target.mkdir(parents=True, exist_ok=True)
    path = target / source.name
    if path.resolve() == source.resolve():
        return Copy(tutorial, path, "untouched")
    if path.exists() and fresh and is_edited(path, source):
        path = next(p for p in (target / f"{tutorial.name}-{i}.ipynb" for i in range(2, 10_000)) if not p.exists())
    if path.exists():
        return Copy(tutorial, path, "edited" if is_edited(path, source) else "untouched")
    path.write_text(with_kernel(source.read_text(encoding="utf-8")), encoding="utf-8")
    return Copy(tutorial, path, "new")


def with_kernel(text: str) -> str:
    """A notebook's text with a kernel named, so that JupyterLab does not ask for one."""
    notebook = json.loads(text)
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.setdefault("metadata", {}).setdefault("kernelspec", kernel)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def is_edited(path: Path, source: Path) -> bool:
    """Whether somebody wrote in a copy: outputs alone do not count, a file that cannot be read does."""
    return _cells(path) is None or _cells(path) != _cells(source)


def _cells(path: Path) -> list[tuple[str, str]] | None:
    """Kinds and texts of a notebook's cells; None where it is no notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
