"""Still pictures of a sweep: small charts and the table as HTML and SVG, and as a PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.core.sweep.grid import label
from kerasnb.core.sweep.result import HEADS, SweepResult, cell
from kerasnb.core.sweep.trial import DIVERGED
from kerasnb.core.training.progress import number

from .pen import pen
from .still import escape, style

CHARTS = 24  # in a still picture
ROWS = 30  # of its table
POINTS = 48  # of one curve
WIDTH, HEIGHT = 120, 56
LOGARITHMIC = 30.0  # largest to smallest value from which on the axis is logarithmic


class Axis:
    """The common vertical axis of all small charts.

    Args:
        curves: values of all variants.
        rising: whether larger is better: then the small values are cut off rather than the large ones.
    """

    def __init__(self, curves: Sequence[Sequence[float]], rising: bool):
        values = np.array([v for c in curves for v in c], float)
        values = values[np.isfinite(values)]
        self.log = bool(values.size and values.min() > 0 and values.max() > LOGARITHMIC * np.median(values))
        if values.size:
            low, high = (
                (np.quantile(values, 0.05), values.max()) if rising else (values.min(), np.quantile(values, 0.95))
            )
        else:
            low, high = 0.0, 1.0
        self.low, self.high = self.of(float(low)), self.of(float(high))
        if self.high <= self.low:
            self.high = self.low + 1.0

    def of(self, value: float) -> float:
        """The value, or its logarithm."""
        return float(np.log10(max(value, 1e-30))) if self.log else float(value)

    def y(self, value: float) -> float:
        """From 0 at the top to 1 at the bottom; what lies outside lies at the edge."""
        return 1 - min(max((self.of(value) - self.low) / (self.high - self.low), 0.0), 1.0)


def curve_points(values: Sequence[float], epochs: int, axis: Axis) -> list[tuple[float, float]]:
    """Points of a curve, x and y from 0 to 1."""
    chosen = range(len(values))
    if len(values) > POINTS:
        chosen = np.unique(np.linspace(0, len(values) - 1, POINTS).round().astype(int)).tolist()
    return [((i + 1) / max(epochs, 1), axis.y(values[i])) for i in chosen if np.isfinite(values[i])]


def chosen_trials(source: Any) -> list[Any]:
    """The variants that are drawn: the best ones, in the order of their numbers."""
    trials = source.ranked() if isinstance(source, SweepResult) else source.trials
    return sorted((t for t in trials if t.epochs), key=trials.index)[:CHARTS]


def sweep_html(source: Any, place: str, title: str) -> str:
    """The picture of a sweep, under way or over. Everything that the user named is escaped.

    Args:
        source: the sweep or its result.
        place: the class of the element that comes alive.
        title: the line on top.
    """
    over = isinstance(source, SweepResult)
    parts = [
        f'<div class="knb knb-sweep {place}" role="group" aria-label="{escape(title)}">{style("base", "sweep")}'
        f'<div class="knb-head"><span class="knb-title">{escape(title)}</span></div>'
    ]
    if over and source.trials:
        first = source.ranked()[0]
        if np.isfinite(source.score(first)):
            parts.append(
                f'<p class="knb-best"><span class="knb-note">Best</span> <b>{escape(first.called(source.names))}</b> '
                f'<span class="knb-note">{escape(source.objective)}</span> <b>{number(source.score(first))}</b></p>'
            )
    shown = sorted(chosen_trials(source), key=lambda t: t.number)
    if shown:
        parts.append(charts_html(source, shown))
    if over:
        parts.append(table_html(source))
    elif not shown:
        parts.append('<p class="knb-note">The variants are being built.</p>')
    return "".join([*parts, "</div>"])


def charts_html(source: Any, shown: Sequence[Any]) -> str:
    """The small charts, all to one scale."""
    curves = {t.number: t.values(source.objective) for t in source.trials}
    axis = Axis(list(curves.values()), bool(source.rising))
    best = source.ranked()[0].number if isinstance(source, SweepResult) else -1
    cells = []
    for trial in shown:
        points = curve_points(curves[trial.number], source.epochs, axis)
        d = "L".join(f"{x * WIDTH:.0f} {2 + y * (HEIGHT - 4):.0f}" for x, y in points)
        last = "diverged" if trial.status == DIVERGED else number(trial.last(source.objective))
        said = f"{trial.called(source.names)}: {source.objective} {last}"
        drawn = f'<path d="M{d}"/>' if len(points) > 1 else ""
        cells.append(
            f'<figure class="knb-cell{" knb-first" if trial.number == best else ""}">'
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}" '
            f'preserveAspectRatio="none" xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'
            f'<figcaption><span title="{escape(said)}">{escape(short(trial, source.names))}</span> <b>{last}</b>'
            f"</figcaption></figure>"
        )
    more = len(source.trials) - len(shown)
    rest = f'<p class="knb-note">The best {len(shown)} of {len(source.trials)} variants.</p>' if more > 0 else ""
    head = f'<p class="knb-note">{escape(source.objective)} over the epochs, all to one scale</p>'
    return f'{head}<div class="knb-cells">{"".join(cells)}</div>{rest}'


def short(trial: Any, names: Sequence[str]) -> str:
    """The values of a variant alone."""
    values = [trial.arguments[n] for n in names if n in trial.arguments]
    said = " · ".join(f"{v:.3g}" if isinstance(v, float) else label(v) for v in values)
    return said or f"variant {trial.number}"


def table_html(result: SweepResult) -> str:
    """The table, best first."""
    names = result.columns()
    head = "".join(f'<th scope="col">{escape(HEADS.get(n, n))}</th>' for n in names)
    body = "".join(
        f"<tr{_hint(t)}>{''.join(f'<td>{escape(cell(row.get(n), n))}</td>' for n in names)}</tr>"
        for t in result.ranked()[:ROWS]
        for row in [result.row(t)]
    )
    more = len(result) - ROWS
    rest = f'<p class="knb-note">and {more} more: result.table() has them all</p>' if more > 0 else ""
    return (
        f'<div class="knb-table" tabindex="0" role="region" aria-label="Table of the variants" '
        f'data-lm-suppress-shortcuts="true"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{rest}'
    )


def _hint(trial: Any) -> str:
    return f' title="{escape(trial.message)}"' if trial.message else ""


def sweep_png(result: SweepResult, title: str) -> str:
    """The small charts on white, as base64."""
    from PIL import Image, ImageFont

    from .picture import GRID, INK, PALE, TRAINING

    shown = sorted(chosen_trials(result)[:12], key=lambda t: t.number)
    scale, columns, wide, high = 2, 4, 210, 108
    rows = max(1, -(-len(shown) // columns))
    picture = Image.new("RGB", (columns * wide * scale, (rows * high + 52) * scale), "white")
    draw = pen(picture)
    head, font = ImageFont.load_default(14 * scale), ImageFont.load_default(11 * scale)
    draw.text((10 * scale, 8 * scale), title, fill=INK, font=head)
    first = result.ranked()[0]
    if np.isfinite(result.score(first)):
        best = f"Best: {first.called(result.names)}, {result.objective} {number(result.score(first))}"
        draw.text((10 * scale, 28 * scale), best, fill=PALE, font=font)
    axis = Axis([t.values(result.objective) for t in result.trials], result.rising)
    for i, trial in enumerate(shown):
        x0, y0 = (i % columns * wide + 10) * scale, (i // columns * high + 52) * scale
        box = (wide - 20) * scale, (high - 32) * scale
        outline = TRAINING if trial is first else GRID
        draw.rectangle([x0, y0, x0 + box[0], y0 + box[1]], outline=outline, width=scale)
        points = curve_points(trial.values(result.objective), result.epochs, axis)
        if len(points) > 1:
            draw.line([(x0 + x * box[0], y0 + 3 + y * (box[1] - 6)) for x, y in points], fill=TRAINING, width=2 * scale)
        text = f"{short(trial, result.names)}  {number(trial.last(result.objective))}"
        draw.text((x0, y0 + box[1] + 3 * scale), text[:34], fill=INK, font=font)
    out = io.BytesIO()
    picture.quantize(32, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()
