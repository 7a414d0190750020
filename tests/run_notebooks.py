"""Run notebooks whole, on all their data, and hold them to their figures: ``make notebooks``.

    python tests/run_notebooks.py [--output FOLDER] [NAME ...]

Names are beginnings of file names (``00``, ``quickstart``); all by default. The executed notebooks and their pages
go to the folder. The exit status is 1 if a cell failed, a figure was missed, or a notebook took too long.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent))

from contracts.notebook_figures import FIGURES, MINUTES
from contracts.notebooks import NOTEBOOKS, with_solutions

from kerasnb import execute
from kerasnb.cli import CellProgress


def main() -> int:
    """Run the notebooks that are asked for; 1 if one of them is not as it must be."""
    parser = argparse.ArgumentParser(description="Run notebooks whole and hold them to their figures.")
    parser.add_argument("names", nargs="*", help="beginnings of file names; all by default")
    parser.add_argument("--output", type=Path, default=Path("out/notebooks"), help="where they go, executed")
    parser.add_argument("--quiet", action="store_true", help="no line for each cell")
    arguments = parser.parse_args()
    os.environ.pop("KERASNB_FAST", None)
    chosen = [p for p in NOTEBOOKS if not arguments.names or any(p.stem.startswith(n) for n in arguments.names)]
    if not chosen:
        print(f"There is no notebook that begins with {' or '.join(arguments.names)}.", file=sys.stderr)
        return 2
    failed = [path.stem for path in chosen if not run(path, arguments.output, arguments.quiet)]
    print(f"\n{len(chosen) - len(failed)} of {len(chosen)} notebooks are as they must be.")
    if failed:
        print(f"Not: {', '.join(failed)}")
    return int(bool(failed))


def run(path: Path, output: Path, quiet: bool) -> bool:
    """Run one notebook, print its figures; whether all is well."""
    figures, limit = FIGURES.get(path.stem, ()), 60 * MINUTES[path.parent.name]
    print(f"\n{path.stem}")
    shown = CellProgress()
    watch = {} if quiet else {"on_start": shown.start, "on_end": shown.end}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = os.path.join(folder, "ipython")
        prepared = execute.save(with_solutions(nbformat.read(path, as_version=4)), Path(folder) / path.name)
        asks = {str(i): figure.expression for i, figure in enumerate(figures)}
        try:
            done = execute.execute(prepared, asks=asks, folder=folder, timeout=2 * limit, **watch)
        except execute.CellFailed as failure:
            shown.end(None)
            print(f"  FAILED {failure}")
            execute.save(failure.notebook, output / path.name)
            return False
        finally:
            shown.close()
    notebook = done.notebook
    notebook.cells = [c for c in notebook.cells if "run-solution" not in c.metadata.get("tags", [])]
    execute.save_html(notebook, execute.save(notebook, output / path.name).with_suffix(".html"))
    well = done.seconds <= limit
    print(f"  {done.seconds:6.0f} s, at most {limit} s{'' if well else '   TOO LONG'}")
    for i, figure in enumerate(figures):
        value = done.answers[str(i)]
        holds = figure.holds(value)
        well = well and holds
        shown_value = f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        published = f" (published: {figure.published})" if figure.published else ""
        print(
            f"  {figure.what}: {shown_value}, must be {figure.comparison} {figure.bound}{published}"
            + ("" if holds else "   MISSED")
        )
    return well


if __name__ == "__main__":
    sys.exit(main())
