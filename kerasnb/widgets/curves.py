"""history.plot(): the curves of a run as a plotly figure, for looking at afterwards."""

from __future__ import annotations

import html
import json
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
from plotly.subplots import make_subplots

from . import theme
from .series import Panel, panels_of
from .still import history_bundle

TRAINING, VALIDATION = "#2b8cc4", "#d9731a"  # readable on white and on dark
GREY = "rgba(128,128,128,0.25)"


class Curves(go.Figure):
    """A plotly figure that brings its still picture along, for places where plotly is not."""

    # plotly would display itself here, without the still picture.
    _ipython_display_ = None  # type: ignore[assignment]

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        # Without the PNG: plotly's renderer in JupyterLab would show that until the pointer comes near.
        still = {k: v for k, v in (getattr(self, "_still", None) or {}).items() if k != "image/png"}
        if "colab" in str(pio.renderers.default):  # it knows plotly as a page only
            return {**still, **(super()._repr_mimebundle_(*args, **kwargs) or {})}
        return {**still, "application/vnd.plotly.v1+json": json.loads(self.to_json() or "{}")}


def history_figure(history: Any, metrics: Any = None, log: bool = False) -> go.Figure:
    """Training and validation curves, one panel for each metric.

    Args:
        history: what ``fit`` returned.
        metrics: names of the panels to show (without ``val_``); all by default.
        log: whether the loss has a logarithmic axis.

    Returns: a figure that can be changed like any other plotly figure.

    Raises:
        ValueError: the history is empty, or has none of the metrics.
    """
    panels = panels_of(history.history, history.epoch, getattr(history, "model", None))
    if not panels:
        raise ValueError("This history has no epochs yet: there is nothing to plot.")
    if metrics is not None:
        names = [metrics] if isinstance(metrics, str) else list(metrics)
        known = [p.title for p in panels]
        unknown = [n for n in names if n not in known]
        if unknown:
            raise ValueError(f"plot: metrics={unknown!r} are not in this history; it has {known}.")
        panels = [p for p in panels if p.title in names]
    figure, rows, columns = grid_of(panels)
    for i, panel in enumerate(panels):
        _add(figure, panel, i // columns + 1, i % columns + 1, first=i == 0)
    lay_out(figure, rows)
    if log:
        for i, panel in enumerate(panels):
            if panel.title.endswith("loss"):
                figure.update_yaxes(type="log", row=i // columns + 1, col=i % columns + 1)
    object.__setattr__(figure, "_still", history_bundle(history))
    return figure


def literal(text: Any) -> str:
    """Text as it is, where plotly would take ``<b>`` and its like for markup.

    >>> literal("<b>loss</b>")
    '&lt;b&gt;loss&lt;/b&gt;'
    """
    return html.escape(str(text), quote=False)


def grid_of(panels: list[Panel]) -> tuple[Curves, int, int]:
    """An empty figure with a place for each panel, two side by side; its rows and columns."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Curves(
        make_subplots(
            rows=rows,
            cols=columns,
            subplot_titles=[literal(p.title) for p in panels],
            horizontal_spacing=0.09,
            vertical_spacing=0.32 / rows,
        )
    )
    return figure, rows, columns


def _add(figure: go.Figure, panel: Panel, row: int, column: int, first: bool) -> None:
    """The curves of a panel, its best epoch marked."""
    for curve in panel.curves:
        figure.add_scatter(
            x=curve.x,
            y=curve.y,
            name=literal(curve.name),
            legendgroup=curve.name,
            showlegend=first,
            mode="lines" if len(curve.x) > 1 else "markers",
            line={
                "color": VALIDATION if curve.validation else TRAINING,
                "width": 2.5,
                "dash": "dash" if curve.validation else "solid",
            },
            hovertemplate="%{y:.4f}",
            row=row,
            col=column,
        )
    best = panel.best_epoch
    if best is not None and any(c.validation for c in panel.curves):
        figure.add_scatter(
            x=[best[0]],
            y=[best[1]],
            name="best epoch",
            legendgroup="best epoch",
            showlegend=first,
            mode="markers",
            marker={"color": VALIDATION, "size": 10, "symbol": "circle-open", "line": {"width": 2}},
            hoverinfo="skip",
            row=row,
            col=column,
        )


def lay_out(figure: go.Figure, rows: int) -> None:
    """Size, ground and axes of a figure with panels in rows."""
    height = 300 * rows + 90
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 74, "b": 44},
        **theme.plotly_colours(),
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"},
    )
    figure.update_annotations(font={"size": 15}, yshift=6)
    figure.update_xaxes(title="epoch", title_standoff=8, gridcolor=GREY, zeroline=False)
    figure.update_yaxes(gridcolor=GREY, zeroline=False)
    if max((max(t.x, default=1) for t in figure.data), default=1) <= 10:
        figure.update_xaxes(dtick=1)  # there is no half epoch
