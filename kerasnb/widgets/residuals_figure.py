"""A regression's diagrams as a plotly figure: for zooming, and for the sample under the pointer."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from . import theme
from .curves import GREY, TRAINING, VALIDATION, literal


def residuals_figure(view: Any) -> go.Figure:
    """Predicted against true, residuals, and the distribution of the errors.

    Args:
        view: a Residuals with known truth.
    """
    truth, predicted, errors = (a[:, view.target] for a in (view.truth, view.predicted, view.errors))
    name = literal(view.target_names[view.target])
    figure = make_subplots(
        rows=1, cols=3, subplot_titles=["Predicted against true", "Residuals", "Errors"], horizontal_spacing=0.08
    )
    numbers = list(range(len(view)))
    hover = "sample %{customdata}<br>true %{x:.4g}, predicted %{y:.4g}<extra></extra>"
    dots = {"color": TRAINING, "size": 5, "opacity": 0.6}
    figure.add_scattergl(
        x=truth, y=predicted, mode="markers", marker=dots, customdata=numbers, hovertemplate=hover, row=1, col=1
    )
    ends = [float(min(truth.min(), predicted.min())), float(max(truth.max(), predicted.max()))]
    dashed = {"color": VALIDATION, "width": 2, "dash": "dash"}
    figure.add_scatter(x=ends, y=ends, mode="lines", line=dashed, hoverinfo="skip", row=1, col=1)
    hover = "sample %{customdata}<br>predicted %{x:.4g}, error %{y:.4g}<extra></extra>"
    figure.add_scattergl(
        x=predicted, y=errors, mode="markers", marker=dots, customdata=numbers, hovertemplate=hover, row=1, col=2
    )
    figure.add_hline(y=0, line=dashed, row=1, col=2)
    figure.add_histogram(
        x=errors, marker_color=TRAINING, nbinsx=40, hovertemplate="%{x}: %{y} samples<extra></extra>", row=1, col=3
    )
    labels = [(f"true {name}", "predicted"), (f"predicted {name}", "predicted − true"), ("predicted − true", "samples")]
    for column, (x, y) in enumerate(labels, 1):
        figure.update_xaxes(title=x, gridcolor=GREY, zeroline=False, row=1, col=column)
        figure.update_yaxes(title=y, gridcolor=GREY, zeroline=False, row=1, col=column)
    figure.update_layout(
        height=360, showlegend=False, margin={"l": 60, "r": 16, "t": 48, "b": 52},
        **theme.plotly_colours(),
    )  # fmt: skip
    return figure
