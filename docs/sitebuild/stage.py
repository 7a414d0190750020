"""Everything that Sphinx reads, in one folder: pages by pattern, notebooks with outputs, the reference."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path

import nbformat

from kerasnb import execute
from kerasnb.learn.series import REPOSITORY

from . import notebooks, reference
from .places import DOCS, FOLDERS, ROOT, SOURCE
from .places import notebooks as notebooks_of

# Pages from outside of docs/.
OUTSIDE = {
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "how_benchmarks.md": "benchmarks/README.md",
}
# What the front page's lists name; every other page of docs/ is a guide.
PLACED = {
    "index", "getting_started", "tutorials", "examples", "widgets", "cheat_sheet", "coming_from_r", "coming_from",
    "why", "architecture",
}  # fmt: skip


def stage(runs: str = "whole", say=print) -> list[str]:
    """Write all sources; what does not change keeps its date, so that Sphinx leaves it alone.

    Args:
        runs: "whole", "fast" (few rows and epochs), or "none": notebooks as they are stored.

    Returns:
        What went wrong: notebooks with a cell that failed.
    """
    failed = []
    written = set(reference.write(SOURCE))
    written.add(put(SOURCE / "reference" / "magic.md", magic_page()))
    for folder in FOLDERS:
        for path in notebooks_of(folder):
            try:
                notebook = (
                    notebooks.unexecuted(path) if runs == "none" else notebooks.executed(path, runs == "fast", say)
                )
            except execute.CellFailed as failure:
                failed.append(f"{path.stem}: {failure}")
                notebook = notebooks.unexecuted(path)
            text = nbformat.writes(notebooks.for_the_site(notebook))
            written.add(put(SOURCE / folder / path.name, text))
    for path in sorted(DOCS.glob("*.md")):
        written.add(put(SOURCE / path.name, page(path)))
    for name, origin in OUTSIDE.items():
        written.add(put(SOURCE / name, moved(ROOT / origin)))
    for folder in ("images", "_static", "cheatsheet"):
        for path in (p for p in (DOCS / folder).rglob("*") if p.is_file()):
            target = SOURCE / path.relative_to(DOCS)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_file() or target.read_bytes() != path.read_bytes():
                shutil.copyfile(path, target)
            written.add(target)
    for path in SOURCE.rglob("*"):
        if path.is_file() and path not in written:
            path.unlink()
    return failed


def put(path: Path, text: str) -> Path:
    """Write a file unless it says this already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def page(path: Path) -> str:
    """A page of docs/ as the site has it: lists filled in, links turned to where things lie here."""
    text = path.read_text(encoding="utf-8")
    fill = {
        "front page program": front_program,
        "front page figures": front_figures,
        "all figures": all_figures,
        "guides": lambda: "\n".join(guides()),
        "notebooks": lambda: listed([p for p in notebooks_of("notebooks") if not p.stem.startswith("widgets_")]),
        "widget notebooks": lambda: listed([p for p in notebooks_of("notebooks") if p.stem.startswith("widgets_")]),
    }
    text = re.sub(r"<!-- ([\w ]+) -->", lambda m: fill[m[1]]() if m[1] in fill else m[0], text)
    if path.stem == "tutorials":
        text += "\n" + toctree([f"tutorials/{p.stem}" for p in notebooks_of("tutorials")])
    return links(text, path.parent)


def moved(path: Path) -> str:
    """A page from outside of docs/."""
    text = path.read_text(encoding="utf-8")
    return ("---\norphan: true\n---\n" if path.parent.name == "benchmarks" else "") + links(text, path.parent)


def links(text: str, folder: Path) -> str:
    """Links of a page that lies in ``folder``, as they are from the top of the site."""

    def turned(match: re.Match) -> str:
        target, _, anchor = match[2].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return match[0]
        lies = (folder / target).resolve()
        for name, origin in OUTSIDE.items():
            if lies == ROOT / origin:
                target = name
                break
        else:
            if lies == ROOT / "README.md":
                target = "index.md"
            elif lies.is_relative_to(DOCS) or (lies.parent.name in FOLDERS and lies.suffix == ".ipynb"):
                target = str(lies.relative_to(DOCS if lies.is_relative_to(DOCS) else ROOT))
            else:
                kind = "tree" if lies.is_dir() else "blob"
                target = f"https://github.com/{REPOSITORY}/{kind}/main/{lies.relative_to(ROOT)}"
        return f"{match[1]}({target}{'#' + anchor if anchor else ''})"

    fences = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    return "".join(f if i % 2 else re.sub(r"(\])\(([^)\s]+)\)", turned, f) for i, f in enumerate(fences))


def readme() -> str:
    """The repository's front page."""
    return (ROOT / "README.md").read_text(encoding="utf-8")


def front_program() -> str:
    """The first program of the repository's front page."""
    return re.search(r"```python\n.*?\n```", readme(), re.S)[0]


def front_figures() -> str:
    """The table of figures on the repository's front page."""
    return re.search(r"<!-- written by benchmarks/bench\.py --write -->\n(.*?)<!-- end -->", readme(), re.S)[1]


def all_figures() -> str:
    """The tables of docs/benchmarks.md."""
    text = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    return re.search(r"<!-- written by benchmarks/bench\.py --write -->\n(.*?)<!-- end -->", text, re.S)[1]


def guides() -> list[str]:
    """Every page of docs/ that the front page does not name."""
    return sorted(p.stem for p in DOCS.glob("*.md") if p.stem not in PLACED)


def toctree(names: list[str]) -> str:
    """A list for the side bar that does not show in the page."""
    return "```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


GROUPS = {  # by the beginning of a notebook's name
    "quickstart": "First steps",
    "guide": "Guide",
    "example": "Examples",
    "advanced": "Advanced examples",
}


def listed(paths: list[Path]) -> str:
    """Notebooks with their titles and first sentences, under headings where they are of several kinds."""
    kinds: dict[str, list[str]] = {}
    for path in paths:
        title, sentence = notebooks.summary(path)
        beginning = path.stem.split("_")[0]
        kinds.setdefault(GROUPS.get(beginning, "More" if beginning != "widgets" else ""), []).append(
            f"- [{title}](../notebooks/{path.name})" + (f": {sentence}" if sentence else "")
        )
    order = [*GROUPS.values(), "More", ""]
    text = ""
    for kind in sorted(kinds, key=order.index):
        text += (f"## {kind}\n\n" if kind else "") + "\n".join(kinds[kind]) + "\n\n"
    return text + toctree([f"notebooks/{p.stem}" for p in paths])


def magic_page() -> str:
    """What ``%kerasnb`` and the command line understand, out of their own help."""
    from kerasnb.cli import COMMANDS
    from kerasnb.magic import Commands

    lines = ["# %kerasnb and the command line", "", "## In a notebook", ""]
    lines += [
        "`%load_ext kerasnb` makes the magic known; nothing else needs it.",
        "",
        "| line | what it does |",
        "|---|---|",
    ]
    for name, method in vars(Commands).items():
        if not name.startswith("_") and inspect.isfunction(method):
            first = " ".join(re.split(r"\n\s*\n", inspect.getdoc(method) or "")[0].split())
            lines.append(f"| `%kerasnb {name}` | {first.replace('``', '`').replace('|', chr(92) + '|')} |")
    lines += [
        "",
        "As the first line of a cell, `%%kerasnb` gives the cell a seed (`seed 7`) or its runs a name (`run NAME`).",
        "",
    ]
    lines += ["## In a terminal", "", "| command | what it does |", "|---|---|"]
    lines += [f"| `kerasnb {name}` | {text} |" for name, text in COMMANDS.items()]
    return "\n".join(lines) + "\n"
