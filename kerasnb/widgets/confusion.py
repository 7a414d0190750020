"""Confusion: which class is taken for which, counted, as text, HTML and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .labels import UNKNOWN
from .still import escape

NUMBERED = 12  # classes up to which cells carry their count
MATRIX = 40  # classes up to which there is a matrix at all; beyond, the pairs most often confused
PAIRS = 20
ACROSS = 5  # classes up to which long names have room above their columns
# Shades from which text changes between black and white: contrast of 4.5 on both themes (gallery.css).
MIDDLE, STRONG = 0.47, 0.94
NAME = 12  # letters of a class name in a table


@dataclass
class Confusion:
    """Counts of (true, predicted).

    Attributes:
        counts: (classes, classes); row: the truth, column: the prediction.
        names: of the classes.
    """

    counts: np.ndarray
    names: Sequence[str]

    @classmethod
    def of(cls, truth: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> Confusion:
        """Count samples whose truth is known."""
        known = truth != UNKNOWN
        size = len(names)
        flat = np.bincount(truth[known].astype(int) * size + predicted[known], minlength=size * size)
        return cls(flat.reshape(size, size), names)

    @property
    def recall(self) -> np.ndarray:
        """Of each class, the share that was found; NaN for classes without samples."""
        return _share(np.diag(self.counts), self.counts.sum(1))

    @property
    def precision(self) -> np.ndarray:
        """Of what was called each class, the share that is right; NaN for classes never called."""
        return _share(np.diag(self.counts), self.counts.sum(0))

    def pairs(self, most: int = PAIRS) -> list[tuple[int, int, int]]:
        """(true, predicted, count) of the pairs most often confused."""
        off = self.counts.copy()
        np.fill_diagonal(off, 0)
        flat = np.argsort(-off, axis=None, kind="stable")[:most]
        found = [(int(i) // len(self.names), int(i) % len(self.names), int(off.flat[i])) for i in flat]
        return [pair for pair in found if pair[2]]

    def text(self) -> str:
        """The matrix as a table of text; the pairs most often confused where there are many classes."""
        if len(self.names) > NUMBERED:
            rows = [f"  {self.names[t]} taken for {self.names[p]}: {n}" for t, p, n in self.pairs()]
            return "\n".join(["most often confused:", *rows]) if rows else "no two classes were confused"
        names = [_cut(n) for n in self.names]
        cells = [[str(n) for n in row] for row in self.counts]
        recall = [_percent(v) for v in self.recall]
        table = [["true \\ predicted", *names, "found"]]
        table += [[name, *row, share] for name, row, share in zip(names, cells, recall, strict=True)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        return "\n".join("  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in table)

    def html(self) -> str:
        """The matrix as a table; a list of pairs where there are very many classes."""
        return self._pairs_html() if len(self.names) > MATRIX else self._matrix_html()

    def _matrix_html(self) -> str:
        numbered = len(self.names) <= NUMBERED
        heads = "".join(f'<th scope="col" title="{escape(n)}"><span>{escape(_cut(n))}</span></th>' for n in self.names)
        longest = max(len(_cut(n)) for n in self.names)
        rows = []
        for t, row in enumerate(self.counts):
            cells = "".join(self._cell(t, p, int(n), numbered) for p, n in enumerate(row))
            name = self.names[t]
            rows.append(f'<tr><th scope="row" title="{escape(name)}">{escape(_cut(name))}</th>{cells}</tr>')
        form = ("" if numbered else " knb-dense") + (" knb-long" if longest > 3 and len(self.names) > ACROSS else "")
        return (
            f'<table class="knb-confusion{form}" style="--names:{names_width(longest)}">'
            "<caption>Rows: the truth. Columns: the prediction.</caption>"
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )

    def _cell(self, t: int, p: int, n: int, numbered: bool) -> str:
        share, kind = self.shade(t, p), "r" if t == p else "w"
        said = f"{self.names[t]} taken for {self.names[p]}: {n}" if t != p else f"{self.names[t]} found: {n}"
        shown = (str(n) if n else "") if numbered else f'<span class="knb-sr">{n}</span>'
        strong = " knb-strong" if share > STRONG else " knb-mid" if share > MIDDLE else ""
        return f'<td class="{kind}{strong}" style="--s:{share:.3f}" title="{escape(said)}">{shown}</td>'

    def shade(self, t: int, p: int) -> float:
        """How strongly a cell is coloured, 0 to 1: diagonal by recall, the others beside the worst mistake."""
        n = int(self.counts[t, p])
        if not n:
            return 0.0
        if t == p:
            return 0.15 + 0.85 * n / int(self.counts[t].sum())
        off = self.counts - np.diag(np.diag(self.counts))
        return 0.15 + 0.85 * n / int(off.max())

    def _pairs_html(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(self.names[t])}</td><td>{escape(self.names[p])}</td><td>{n}</td></tr>"
            for t, p, n in self.pairs()
        )
        head = '<tr><th scope="col">true</th><th scope="col">taken for</th><th scope="col">times</th></tr>'
        if not rows:
            return '<p class="knb-note">No two classes were confused.</p>'
        return (
            '<table class="knb-pairs"><caption>Most often confused</caption>'
            f"<thead>{head}</thead><tbody>{rows}</tbody></table>"
        )


def names_width(longest: int) -> str:
    """Width of the column that names the rows."""
    return f"{min(0.6 * longest + 1.2, 7.4):.1f}em"


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _percent(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.1%}"


def _cut(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"
