"""result.plot(): a sweep as parallel coordinates, one line for each variant."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from kerasnb.core.sweep.grid import label
from kerasnb.core.sweep.result import cell
from kerasnb.core.training.progress import number

from . import theme
from .curves import GREY, Curves
from .still import escape
from .sweep_view import SweepView

MOST_TICKS = 8  # of an axis
SPREAD = 20.0  # largest to smallest value from which on an axis is logarithmic
# Dark to light in steps that colour-blind people see; readable on white and on dark.
COLOURS = [[0.0, "#d9731a"], [0.35, "#c9a06b"], [0.65, "#6aa5c9"], [1.0, "#2b7fb8"]]


def sweep_figure(result: Any, columns: Any = None) -> go.Figure:
    """Parallel coordinates as a plotly figure; the pointer tells a line's numbers.

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
    axes = [dimension(name, [rows[i].get(name) for i in order]) for name in names]
    figure = Curves()
    places = list(range(len(axes)))
    colours = sample_colorscale(COLOURS, ranks[order].tolist())
    for k, i in enumerate(order):
        best = trials[i] is trials[0]
        said = "<br>".join(f"{escape(n)} {escape(cell(rows[i].get(n), n))}" for n in names)
        figure.add_scatter(
            x=places, y=[axis["at"][k] for axis in axes], mode="lines", name=f"variant {trials[i].number}",
            line={"color": colours[k], "width": 5 if best else 2, "shape": "spline", "smoothing": 0.7},
            opacity=1.0 if best else 0.75, text=[f"variant {trials[i].number}<br>{said}"] * len(axes), hoverinfo="text",
        )  # fmt: skip
    for place, axis in enumerate(axes):
        figure.add_vline(x=place, line={"color": GREY, "width": 2}, layer="below")
        for at, text in axis["ticks"]:
            figure.add_annotation(
                x=place, y=at, text=escape(text), showarrow=False, xanchor="left", xshift=6,
                font={"size": 11, "color": "#fff"}, bgcolor="rgba(84,92,100,0.86)", borderpad=2,
            )  # fmt: skip
    figure.update_xaxes(
        tickvals=places, ticktext=[escape(n) for n in names], side="top", showgrid=False, zeroline=False,
        tickfont={"size": 14}, range=[-0.15, max(len(axes) - 1, 1) + 0.35],
    )  # fmt: skip
    figure.update_yaxes(visible=False, range=[-0.05, 1.05])
    figure.update_layout(
        height=430,
        showlegend=False,
        hovermode="closest",
        margin={"l": 20, "r": 20, "t": 78, "b": 20},
        **theme.plotly_colours(),
        title={
            "text": f"{len(trials)} variants: the better in blue, the worse in orange, the best thick",
            "font": {"size": 14}, "y": 0.97, "yanchor": "top",
        },
    )  # fmt: skip
    object.__setattr__(figure, "_still", SweepView(result).still())
    return figure


def dimension(name: str, values: list[Any]) -> dict[str, Any]:
    """One axis: where the values lie from 0 to 1, and its ticks (place, text).

    Numbers lie as they are or by their logarithms, anything else in places of its own.
    """
    plain = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    if not plain:
        texts = [label(v) for v in values]
        known = sorted(set(texts))
        step = 1 / max(len(known) - 1, 1)
        at = {t: i * step if len(known) > 1 else 0.5 for i, t in enumerate(known)}
        return {"label": name, "at": [at[t] for t in texts], "ticks": [(at[t], t) for t in known]}
    found = np.array(values, float)
    low, high = float(found.min()), float(found.max())
    log = low > 0 and high > SPREAD * low
    distinct = np.unique(found)
    if len(distinct) > MOST_TICKS:
        distinct = np.geomspace(low, high, 6) if log else np.linspace(low, high, 6)

    def place(v: Any) -> Any:
        if high == low:
            return np.full(np.shape(v), 0.5)
        return np.log(v / low) / np.log(high / low) if log else (v - low) / (high - low)

    ticks = zip(place(distinct).tolist(), [_short(v) for v in distinct.tolist()], strict=True)
    return {"label": name, "at": place(found).tolist(), "ticks": list(ticks)}


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e5 else number(value)
