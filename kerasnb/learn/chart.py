"""chart: named series of numbers as lines, to zoom in the notebook and still there without a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

COLOURS = ("#2b8cc4", "#d9731a", "#3a9a5b", "#9467bd", "#8c6d31", "#c44e7a")  # readable on white and on dark
DASHES = ("", "6 4", "2 3", "8 3 2 3", "12 4", "1 4")  # so that colours alone decide nothing
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 56, 12, 56, 44


def chart(series: Mapping[str, Any], title: str = "", x: str = "", y: str = "") -> Any:
    """Lines over one another, by name.

    Args:
        series: name -> numbers, counted from 0, or a pair ``(where, numbers)``.
        title: above the chart.
        x, y: what the axes are.

    Returns:
        A plotly figure that brings a still picture (SVG) and a line of text for each series along.

    Raises:
        ValueError: there are no series, or one is empty or has not as many places as numbers.

    >>> print(chart({"squares": [0, 1, 4]}, title="Growth").text)
    Growth
      squares: 3 values from 0 to 4, the last 4
    """
    lines = {str(name): _points(str(name), given) for name, given in series.items()}
    if not lines:
        raise ValueError("chart: series is empty. Pass a dict of names and numbers, such as {'loss': [0.3, 0.2]}.")
    from kerasnb.widgets import theme
    from kerasnb.widgets.curves import GREY, Curves, literal

    figure = Curves()
    for i, (name, (at, values)) in enumerate(lines.items()):
        look = {"color": COLOURS[i % len(COLOURS)], "width": 2, "dash": _plotly_dash(i)}
        figure.add_scatter(x=at, y=values, name=literal(name), mode="lines", line=look)
    figure.update_layout(
        title=literal(title) or None, height=HEIGHT + 60, margin={"l": 56, "r": 16, "t": 74, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}, hovermode="x unified",
        **theme.plotly_colours(),
    )  # fmt: skip
    figure.update_xaxes(title=literal(x), gridcolor=GREY, zeroline=False)
    figure.update_yaxes(title=literal(y), gridcolor=GREY, zeroline=False)
    text = "\n".join([title, *(_said(name, values) for name, (_, values) in lines.items())]).strip("\n")
    object.__setattr__(figure, "text", text)
    object.__setattr__(figure, "_still", {"text/html": _svg(lines, title, x, y, text), "text/plain": text})
    return figure


def _points(name: str, given: Any) -> tuple[np.ndarray, np.ndarray]:
    """(where, numbers) of one series."""
    pair = isinstance(given, tuple) and len(given) == 2 and all(np.ndim(part) == 1 for part in given)
    at, values = given if pair else (np.arange(len(given)), given)
    at, values = np.asarray(at, float), np.asarray(values, float)
    if values.ndim != 1 or not len(values) or at.shape != values.shape or not np.isfinite(values).any():
        raise ValueError(
            f"chart: {name!r} must be a row of numbers, or a pair (where, numbers) of two rows of one length; got "
            f"shapes {at.shape} and {values.shape}."
        )
    return at, values


def _plotly_dash(i: int) -> str:
    """The dashes of a series, as plotly writes them."""
    return DASHES[i % len(DASHES)].replace(" ", "px,") + "px" if DASHES[i % len(DASHES)] else "solid"


def _said(name: str, values: np.ndarray) -> str:
    low, high = np.nanmin(values), np.nanmax(values)
    return f"  {name}: {len(values):,} values from {low:.4g} to {high:.4g}, the last {values[-1]:.4g}"


def _svg(lines: Mapping[str, tuple[np.ndarray, np.ndarray]], title: str, x: str, y: str, text: str) -> str:
    """The same as a picture that needs nothing."""
    from kerasnb.widgets.plot import span
    from kerasnb.widgets.series import tick_text, ticks
    from kerasnb.widgets.still import escape

    places = np.concatenate([at for at, _ in lines.values()])
    x_range = (float(places.min()), float(places.max())) if np.ptp(places) > 0 else span(places)
    every = np.concatenate([values[np.isfinite(values)] for _, values in lines.values()])
    y_range = span(every)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def across(value: Any) -> Any:
        return LEFT + (value - x_range[0]) / (x_range[1] - x_range[0]) * (right - LEFT)

    def down(value: Any) -> Any:
        return bottom - (value - y_range[0]) / (y_range[1] - y_range[0]) * (bottom - TOP)

    parts = [f'<text x="{LEFT}" y="18" font-size="15">{escape(title)}</text>']
    for value in ticks(*y_range, 5):
        parts.append(f'<path d="M{LEFT} {down(value):.1f}H{right}" stroke="#8884" fill="none"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{down(value) + 4:.1f}" text-anchor="end">{tick_text(value)}</text>')
    for value in ticks(*x_range, 6):
        parts.append(f'<text x="{across(value):.1f}" y="{bottom + 16}" text-anchor="middle">{tick_text(value)}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>')
    middle = (TOP + bottom) / 2
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(y)}</text>'
    )
    place = LEFT
    for i, (name, (at, values)) in enumerate(lines.items()):
        look = f'stroke="{COLOURS[i % len(COLOURS)]}" stroke-dasharray="{DASHES[i % len(DASHES)]}" fill="none"'
        for run in _unbroken(values):
            d = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(across(at[run]), down(values[run]), strict=True))
            parts.append(f'<path d="M{d}" {look} stroke-width="1.8"/>')
        parts.append(f'<path d="M{place} 38h26" {look} stroke-width="2.5"/>')
        parts.append(f'<text x="{place + 32}" y="42">{escape(name)}</text>')
        place += 56 + 7 * len(name)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" style="max-width: {WIDTH}px; width: 100%" role="img" '
        f'aria-label="{escape(text)}" font-family="sans-serif" font-size="12" fill="currentColor" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _unbroken(values: np.ndarray) -> list[np.ndarray]:
    """The places of the stretches without a gap."""
    good = np.flatnonzero(np.isfinite(values))
    return [run for run in np.split(good, np.flatnonzero(np.diff(good) > 1) + 1) if len(run)]
