"""Pictures of runs for the notebook: a table to sort with curves in it, and a comparison.

HTML and SVG alone, so that a saved notebook shows the same without a kernel. Sorting needs no script either: each
column's head is a radio button, and the rows say in style variables where they stand by each column.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from kerasnb.widgets.still import escape, style

from .curves import curves_of
from .listing import RunTable, smallest_first

WIDTH, HEIGHT = 96, 22
ROWS = 50  # of the table; the text twin and keras.runs() have all
CURVE = 5  # the column of the curves
SORTED = 12  # columns that the style sheet can sort by


class RunsCard:
    """Recorded runs as a table in a notebook, and as text.

    Args:
        rows: the runs, in the order in which they are shown.
    """

    def __init__(self, rows: RunTable):
        self.rows = rows

    def __repr__(self) -> str:
        return repr(self.rows)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": runs_html(self.rows), "text/plain": repr(self)}


def runs_html(rows: RunTable) -> str:
    """The table. Whatever came from the user is escaped."""
    if not rows:
        return f'<div class="knb knb-runlist">{style("base", "runs")}<p class="knb-note">{escape(repr(rows))}</p></div>'
    shown = RunTable(rows[:ROWS])
    header, cells = shown.cells()
    curves = curves_of([row["id"] for row in shown])
    downward = [not (smallest_first(name) or _kind(name) == "text") or name == "started" for name in header]
    orders = [places(column_values(shown, name), down) for name, down in zip(header[:SORTED], downward, strict=False)]
    group = f"knb-sort-{secrets.token_hex(4)}"
    heads = [_head(i, name, group, downward[i]) for i, name in enumerate(header)]
    heads.insert(CURVE, '<span role="columnheader">loss over the epochs</span>')
    body = []
    for number, (row, texts) in enumerate(zip(shown, cells, strict=True)):
        order = ";".join(f"--o{i}:{places_[number]}" for i, places_ in enumerate(orders))
        inside = [
            f'<span role="cell" class="knb-c-{_kind(head)}" title="{escape(text)}">{escape(text)}</span>'
            for head, text in zip(header, texts, strict=True)
        ]
        inside.insert(CURVE, f'<span role="cell">{sparkline(curves.get(row["id"], {}))}</span>')
        hint = f' title="{escape(row["message"])}"' if row["message"] else ""
        body.append(
            f'<div role="row" class="knb-runrow" data-status="{escape(row["status"])}" style="{order}"{hint}>'
            f"{''.join(inside)}</div>"
        )
    more = f'<p class="knb-note">and {len(rows) - ROWS} more: keras.runs() has them all</p>' if len(rows) > ROWS else ""
    title = f"{len(rows)} run{'s' * (len(rows) != 1)}"
    return (
        f'<div class="knb knb-runlist">{style("base", "runs")}'
        f'<div class="knb-head"><span class="knb-title">{title}</span>'
        f'<span class="knb-note">choose a column to sort by; training blue, validation orange</span></div>'
        f'<div class="knb-runscroll" role="region" tabindex="0" aria-label="Table of runs" '
        f'data-lm-suppress-shortcuts="true">'
        f'<div role="table" class="knb-runtable" style="--columns:{len(header) + 1}">'
        f'<div role="row" class="knb-runhead">{"".join(heads)}</div>{"".join(body)}</div></div>{more}</div>'
    )


def _head(i: int, name: str, group: str, down: bool) -> str:
    """The head of column ``i``: a radio button by whose choice the style sheet orders the rows."""
    said = escape(name)
    if i < SORTED:
        said = (
            f'<label data-down="{str(down).lower()}" title="Sort by {said}"><input type="radio" name="{group}" '
            f'class="knb-by{i}" data-lm-suppress-shortcuts="true"> {said}</label>'
        )
    return f'<span role="columnheader" class="knb-h-{_kind(name)}">{said}</span>'


def _kind(name: str) -> str:
    return "text" if name in ("started", "name", "model", "status") else "number"


def column_values(rows: RunTable, name: str) -> list[Any]:
    """What a column is sorted by: numbers and texts, None where there is nothing."""
    key = {"run": "id", "time": "seconds"}.get(name, name)
    return [row["final"].get(key) if key in row["final"] else row.get(key) for row in rows]


def places(values: Sequence[Any], down: bool = False) -> list[int]:
    """The place of each value in ascending (or descending) order; what is missing comes last.

    >>> places([3.0, None, 1.0]), places([3.0, None, 1.0], down=True)
    ([1, 2, 0], [0, 2, 1])
    """
    numbers = all(isinstance(v, (int, float)) for v in values if v is not None)

    def key(i: int) -> tuple:
        value = values[i]
        if value is None or value != value:
            return (1, 0)
        return (0, value if numbers else str(value))

    ranked = sorted(range(len(values)), key=key, reverse=down)
    if down:
        ranked.sort(key=lambda i: key(i)[0])  # stable: what is missing goes back to the end
    found = [0] * len(values)
    for place, i in enumerate(ranked):
        found[i] = place
    return found


def sparkline(curves: dict[str, list[float]]) -> str:
    """The curves of a run in the height of a line, as SVG; all of one run to one scale."""
    finite = [v for values in curves.values() for v in values if v == v and abs(v) != float("inf")]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0
    parts = []
    for name, values in curves.items():
        kept = [(i, v) for i, v in enumerate(values) if v == v and abs(v) != float("inf")]
        if not kept:
            continue
        last = max(len(values) - 1, 1)
        points = [(2 + i / last * (WIDTH - 4), 2 + (high - v) / span * (HEIGHT - 4)) for i, v in kept]
        kind = "val" if name.startswith("val_") else "train"
        if len(points) == 1:
            parts.append(f'<circle class="knb-s-{kind}" cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2"/>')
        else:
            parts.append(f'<path class="knb-s-{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>')
    said = f"loss from {finite[0]:.4g} to {curves['loss'][-1] if curves.get('loss') else finite[-1]:.4g}"
    return (
        f'<svg class="knb-spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(said)}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def comparison_html(comparison: Any) -> str:
    """Curves of several runs over one another, and a table of what differs."""
    runs = comparison.runs
    parts = [f'<div class="knb knb-runlist">{style("base", "runs")}']
    try:
        parts.append(comparison.figure()._repr_mimebundle_()["text/html"])
    except (ValueError, ImportError, KeyError) as error:  # no epochs in any of them, or no plotly
        parts.append(f'<p class="knb-note">{escape(error)}</p>')
    if comparison.differences:
        head = "".join(f'<th scope="col">run {escape(run.label)}</th>' for run in runs)
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(v)}</td>" for v in values)}</tr>'
            for name, values in comparison.differences
        )
        parts.append(
            f'<div class="knb-runscroll" role="region" tabindex="0" aria-label="What differs" '
            f'data-lm-suppress-shortcuts="true"><table class="knb-differences">'
            f'<thead><tr><th scope="col">what differs</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        )
    else:
        parts.append('<p class="knb-note">The same model, data and arguments.</p>')
    return "".join([*parts, "</div>"])
