"""Notebooks for the site: executed once, kept until they change, without what only a kernel could show."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from kerasnb import __version__, execute

from .places import OUT, WHOLE

# Shown by JupyterLab with a kernel or an extension, not by a page.
LIVE = ("application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json")
BADGE = re.compile(r"\[!\[[^\]]*\]\(https://colab[^)]*\)\]\((https://colab[^)]*)\)")


def programs(notebook: Any) -> list[str]:
    """The sources of its cells with code."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def digest(path: Path, fast: bool) -> str:
    """Changes when the notebook, the version of kerasnb or the length of the run does."""
    text = json.dumps([programs(nbformat.read(path, as_version=4)), __version__, fast])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def whole_run(path: Path) -> Any | None:
    """What ``make notebooks`` left of it, where that is of the same programs."""
    done = WHOLE / path.name
    if not done.is_file():
        return None
    notebook = nbformat.read(done, as_version=4)
    same = programs(notebook) == programs(nbformat.read(path, as_version=4))
    failed = any(o.output_type == "error" for c in notebook.cells for o in c.get("outputs", []))
    return notebook if same and not failed else None


def executed(path: Path, fast: bool, say=print) -> Any:
    """The notebook with its outputs: from a whole run, from the last build, or run now.

    Raises:
        kerasnb.execute.CellFailed: a cell raised.
    """
    if not fast and (found := whole_run(path)):
        say(f"  {path.stem}: from out/notebooks")
        return _with_prose_of(path, found)
    kept = OUT / "executed" / f"{path.stem}-{digest(path, fast)}.ipynb"
    if kept.is_file():
        return _with_prose_of(path, nbformat.read(kept, as_version=4))
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        before = {k: os.environ.get(k) for k in ("KERASNB_FAST", "IPYTHONDIR", "KERASNB_RUNS")}
        os.environ.update(IPYTHONDIR=os.path.join(folder, "ipython"), KERASNB_RUNS=os.path.join(folder, "runs.sqlite"))
        os.environ.pop("KERASNB_FAST", None)
        if fast:
            os.environ["KERASNB_FAST"] = "1"
        try:
            copy = execute.save(nbformat.read(path, as_version=4), Path(folder) / path.name)
            notebook = execute.execute(copy, folder=folder, timeout=900).notebook
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    say(f"  {path.stem}: run in {time.perf_counter() - begin:.0f} s")
    for old in kept.parent.glob(f"{path.stem}-*.ipynb"):
        if re.fullmatch(r"[0-9a-f]{16}", old.stem.removeprefix(f"{path.stem}-")):
            old.unlink()
    execute.save(notebook, kept)
    return notebook


def unexecuted(path: Path) -> Any:
    """The notebook as it is stored: for a quick look at everything else."""
    return nbformat.read(path, as_version=4)


def _with_prose_of(path: Path, done: Any) -> Any:
    """Today's text around the outputs of a run."""
    notebook = nbformat.read(path, as_version=4)
    outputs = iter([c for c in done.cells if c.cell_type == "code"])
    for cell in notebook.cells:
        if cell.cell_type == "code":
            ran = next(outputs)
            cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    return notebook


def for_the_site(notebook: Any) -> Any:
    """Without outputs that need a kernel or a network, its links as the pages have them."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _links(BADGE.sub(r"[Open this notebook in Colab](\1)", cell.source))
            continue
        if cell.cell_type != "code":
            continue
        kept = []
        for output in cell.outputs:
            data = output.get("data")
            if data is not None:
                for mime in LIVE:
                    data.pop(mime, None)
                if not data:
                    continue
            kept.append(output)
        cell.outputs = kept
    return notebook


def _links(text: str) -> str:
    """Jupyter's anchors are the headings as they are; those of pages are in small letters. Pages lie above."""
    text = text.replace("](../docs/", "](../")
    return re.sub(r"\]\(([^)\s]*)#([^)\s]+)\)", lambda m: m[0] if "://" in m[1] else _slugged(m), text)


def _slugged(match: re.Match) -> str:
    anchor = re.sub(r"[^\w\- ]", "", match[2].lower()).replace(" ", "-")
    return f"]({match[1]}#{anchor})"


def summary(path: Path) -> tuple[str, str]:
    """A notebook's first heading, and the first sentence under it that is no badge or note."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    title = re.search(r"^# (.+)$", text, re.M)
    below = BADGE.sub("", text[title.end() :] if title else text)
    for paragraph in re.split(r"\n\s*\n", below):
        line = " ".join(paragraph.split())
        if line and not line.startswith(("#", "*", "|", "[", "-", "!", "<", "`")):
            first = re.match(r"(.+?[.!?:])(\s|$)", line)
            return (title[1] if title else path.stem), (first[1] if first else line)
    return (title[1] if title else path.stem), ""
