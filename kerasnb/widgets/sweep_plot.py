"""result.plot(): a sweep as parallel coordinates, one line for each variant."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from kerasnb.core.sweep.grid import label
from kerasnb.core.training.progress import number

from .curves import Curves
from .sweep_view import SweepView

SPREAD = 20.0  # largest to smallest value from which on an axis is logarithmic
# Dark to light in steps that colour-blind people see; readable on white and on dark.
COLOURS = [[0.0, "#d9731a"], [0.35, "#c9a06b"], [0.65, "#6aa5c9"], [1.0, "#2b7fb8"]]


def sweep_figure(result: Any, columns: Any = None) -> go.Figure:
    """Parallel coordinates as a plotly figure; drag along an axis to choose lines.

    Args:
        result: a SweepResult.
        columns: names of the axes; by default what varies, the last numbers and the objective, which colours the lines.

    Raises:
        ValueError: no variant has a result, or there is no such column.
    """
    trials = [t for t in result.ranked() if np.isfinite(result.score(t))]
    if not trials:
        raise ValueError("plot: no variant of this sweep has a result: there is nothing to plot.")
    rows = [result.row(t) for t in trials]
    held_out = result.objective.startswith("val_")
    logs = [n for n in trials[0].history.history if n != result.objective and n.startswith("val_") == held_out]
    names = list(columns) if columns is not None else [*result.names, *logs, result.objective]
    for name in names:
        if name not in rows[0]:
            raise ValueError(f"plot: there is no column {name!r}; there are {list(rows[0])}.")
    scores = np.array([result.score(t) for t in trials])
    goodness = scores if result.rising else -scores
    ranks = goodness.argsort().argsort() / max(len(trials) - 1, 1)
    # The best lines are drawn last, on top.
    order = np.argsort(ranks)
    dimensions = [dimension(name, [rows[i].get(name) for i in order]) for name in names]
    figure = Curves(
        go.Parcoords(
            dimensions=dimensions,
            line={"color": ranks[order], "colorscale": COLOURS, "cmin": 0, "cmax": 1},
            labelfont={"size": 14},
            rangefont={"size": 1, "color": "rgba(0,0,0,0)"},
            unselected={"line": {"opacity": 0.08}},
        )
    )
    figure.update_layout(
        height=420,
        margin={"l": 80, "r": 80, "t": 84, "b": 36},
        font={"color": "#808080", "size": 13},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        title={"text": f"{len(trials)} variants, the better in blue, the worse in orange", "font": {"size": 14}},
    )
    object.__setattr__(figure, "_still", SweepView(result).still())
    return figure


def dimension(name: str, values: list[Any]) -> dict[str, Any]:
    """One axis: numbers as they are or as logarithms, anything else as places with names."""
    plain = [isinstance(v, (int, float)) and not isinstance(v, bool) for v in values]
    if all(plain):
        found = np.array(values, float)
        distinct = np.unique(found)
        log = bool((found > 0).all() and found.max() > SPREAD * found.min())
        places = np.log10(found) if log else found
        if len(distinct) > 8:
            distinct = np.geomspace(*_ends(found), 6) if log else np.linspace(*_ends(found), 6)
        ticks = np.log10(distinct) if log else distinct
        return {
            "label": name, "values": places, "tickvals": ticks, "ticktext": [_short(v) for v in distinct.tolist()],
            "range": _range(places),
        }  # fmt: skip
    texts = [label(v) for v in values]
    known = list(dict.fromkeys(sorted(texts)))
    return {
        "label": name, "values": [known.index(t) for t in texts], "tickvals": list(range(len(known))),
        "ticktext": known, "range": [-0.1, max(len(known) - 1, 1) + 0.1],
    }  # fmt: skip


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _range(values: np.ndarray) -> list[float]:
    low, high = _ends(values)
    margin = (high - low) * 0.02 or abs(high) * 0.1 or 1.0
    return [low - margin, high + margin]


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e5 else number(value)
