"""Where things lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OUT = ROOT / "out" / "site"
SOURCE = OUT / "source"  # what Sphinx reads: pages, notebooks with outputs, the reference
HTML = OUT / "html"
WHOLE = ROOT / "out" / "notebooks"  # what `make notebooks` leaves: executed on all data
FOLDERS = ("tutorials", "notebooks")


def notebooks(folder: str) -> list[Path]:
    """The notebooks of one of the folders, in the order of their names."""
    return sorted(ROOT.glob(f"{folder}/*.ipynb"))
