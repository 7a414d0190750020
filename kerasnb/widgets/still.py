"""Still pictures of a run: SVG and HTML from pure functions, the same numbers as text.

What a notebook keeps when the kernel is gone. The PNG for places that show neither is in picture.py.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kerasnb.core.training.progress import duration, number

from . import theme
from .record import Run
from .series import RUN_COLOURS, Curve, Panel, panels_of, tick_text, ticks

STATIC = Path(__file__).parent / "static"
WIDTH, HEIGHT = 460, 250
SMALL = 140  # height of a panel that is a trace
LEFT, RIGHT, TOP, BOTTOM = 50, 12, 34, 34
FAR = 20.0  # heights of the panel: no coordinate lies farther out
ENDINGS = {"stopped": "stopped by hand", "error": "ended by an error"}
TABLE_ROWS = 24  # of the table of numbers; a longer run shows every n-th epoch


@cache
def css(*names: str) -> str:
    """Style sheets of these names, one after another."""
    return "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in names)


def style(*names: str) -> str:
    """A style element of these sheets."""
    return f"<style{theme.mark()}>{css(*names)}</style>"


def escape(text: Any) -> str:
    """Text for HTML, inside elements and quoted attributes."""
    return html.escape(str(text), quote=True)


class Scale:
    """Where values lie in a panel's picture.

    Args:
        panel: what is drawn.
    """

    def __init__(self, panel: Panel):
        self.x0, self.x1, self.y0, self.y1 = bounds(panel)
        self.bottom = height_of(panel) - BOTTOM

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top; what lies outside is cut off there by whoever draws."""
        share = (value - self.y0) / (self.y1 - self.y0)
        return TOP + (1 - min(max(share, -FAR), FAR)) * (self.bottom - TOP)

    def lines(self, curve: Curve) -> list[list[tuple[float, float]]]:
        """The curve's points in pixels, in pieces between values that are not finite."""
        pieces: list[list[tuple[float, float]]] = [[]]
        for x, y in zip(curve.x, curve.y, strict=True):
            if np.isfinite(y):
                pieces[-1].append((self.x(x), self.y(y)))
            elif pieces[-1]:
                pieces.append([])
        return [p for p in pieces if p]


def height_of(panel: Panel) -> int:
    """Pixels of a panel's picture from top to bottom."""
    return SMALL if any(c.trace for c in panel.curves) else HEIGHT


def bounds(panel: Panel) -> tuple[float, float, float, float]:
    """(x low, x high, y low, y high) of a panel, with a margin; never empty."""

    def finite(fine: bool) -> np.ndarray:
        y = np.array([v for c in panel.curves if (c.fine or c.trace) is fine for v in c.y], float)
        return y[np.isfinite(y)]

    xs = [v for c in panel.curves for v in c.x]
    ys, steps = finite(False), finite(True)
    if steps.size:  # the spikes of single steps may leave the picture
        ys = np.concatenate([ys, np.quantile(steps, [0.05, 0.95])])
    if not xs or not ys.size:
        return 0.0, 1.0, 0.0, 1.0
    if any(c.trace for c in panel.curves):
        ys = np.append(ys, 0.0)
    low, high = float(ys.min()), float(ys.max())
    margin = (high - low) * 0.06 or abs(high) * 0.1 or 0.5
    x0 = float(np.ceil(min(xs) - 1e-9)) - 1  # where the first epoch begins, in all panels alike
    x0, xs = (panel.span[0], [panel.span[1]]) if panel.span else (x0, xs)
    return x0, max(max(xs), x0 + 1e-6), low - margin, high + margin


def panel_svg(panel: Panel) -> str:
    """One panel as an SVG element."""
    scale = Scale(panel)
    height = height_of(panel)
    right, bottom = WIDTH - RIGHT, height - BOTTOM
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg" '
        f'aria-label="{escape(panel_sentence(panel))}">',
        f'<text class="n" x="{LEFT}" y="15">{escape(panel.title)}</text>',
    ]
    for value in ticks(scale.y0, scale.y1, 5 if height == HEIGHT else 3):
        y = scale.y(value)
        parts.append(f'<path class="g" d="M{LEFT} {y:.1f}H{right}"/>')
        parts.append(_text(LEFT - 7, y + 4, tick_text(value), "end"))
    for value in ticks(scale.x0, scale.x1, 6):
        if value == int(value):
            parts.append(_text(scale.x(value), bottom + 15, tick_text(value), "middle"))
    parts.append(_text((LEFT + right) / 2, height - 4, "epoch", "middle"))
    # An svg in the svg cuts off what leaves the range.
    inner = f"{LEFT - 4} {TOP - 4} {right - LEFT + 8} {bottom - TOP + 4}"
    x, y, width, height = inner.split()
    parts.append(f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{inner}">')
    for start in panel.starts:
        parts.append(f'<path class="e" d="M{scale.x(start):.1f} {TOP}V{bottom}"><title>a new fit</title></path>')
    if panel.gap:
        there = [(scale.x(e), scale.y(v)) for e, _, v in panel.gap]
        back = [(scale.x(e), scale.y(t)) for e, t, _ in reversed(panel.gap)]
        d = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*there, *back])
        parts.append(f'<path class="o" d="M{d}z"><title>what overfitting costs since the best epoch</title></path>')
    for curve in sorted(panel.curves, key=lambda c: not c.pale):
        kind = kind_of(curve)
        for piece in scale.lines(curve):
            if len(piece) == 1:
                (x, y) = piece[0]
                parts.append(f'<circle class="{kind[0]}p" cx="{x:.1f}" cy="{y:.1f}" r="3"{run_colour(curve, "fill")}/>')
            else:
                d = "L".join(f"{x:.1f} {y:.1f}" for x, y in piece)
                parts.append(f'<path class="{kind}"{run_colour(curve, "stroke")} d="M{d}"/>')
    parts.append("</svg>")
    best = None if panel.several else panel.best_epoch
    if best is not None and any(c.validation for c in panel.curves):
        parts.append(
            f'<circle class="b" cx="{scale.x(best[0]):.1f}" cy="{scale.y(best[1]):.1f}" r="4">'
            f"<title>best: epoch {best[0]}, {number(best[1])}</title></circle>"
        )
    parts.append("" if panel.several else _legend(panel))
    return "".join([*parts, "</svg>"])


def run_colour(curve: Curve, what: str) -> str:
    """A style attribute with the colour of a run among others; nothing for a run alone."""
    return "" if curve.run is None else f' style="{what}:{RUN_COLOURS[curve.run % len(RUN_COLOURS)]}"'


def kind_of(curve: Curve) -> str:
    """The class of a curve in still.css."""
    if curve.pale:
        return "p" if not curve.validation else "p v2"
    return "s" if curve.fine else "r" if curve.trace else "v" if curve.validation else "t"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _legend(panel: Panel) -> str:
    """Names of the curves with their last values, from the right."""
    parts, x = [], WIDTH - RIGHT
    for curve in reversed([c for c in panel.curves if c.main and c.y]):
        label = f"{curve.name} {number(curve.y[-1])}"
        parts.append(_text(x, 15, label, "end"))
        x -= 5.9 * len(label) + 8
        kind = "v" if curve.validation else "t"
        parts.append(f'<path class="{kind}" d="M{x - 18:.0f} 11h18"/>')
        x -= 32
    return "".join(parts)


def panel_sentence(panel: Panel) -> str:
    """What a panel shows, in words."""
    said = [f"{c.title} from {number(c.y[0])} to {number(c.y[-1])}" for c in panel.curves if c.main and c.y]
    said += [f"from {number(c.y[0])} to {number(c.y[-1])}" for c in panel.curves if c.trace and c.y]
    best = None if panel.several else panel.best_epoch
    tail = f"; best at epoch {best[0]}: {number(best[1])}" if best and said else ""
    return f"{panel.title}: {', '.join(said) or 'no epoch was finished'}{tail}"


def number_table(panels: Sequence[Panel]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a run's numbers: one row per epoch, every n-th of a long run."""
    curves = [
        (f"{'val_' if c.validation else ''}{p.title}", dict(zip(c.x, c.y, strict=True)))
        for p in panels
        for c in p.curves
        if c.main
    ]
    epochs = sorted({x for _, values in curves for x in values})
    if len(epochs) > TABLE_ROWS:
        chosen = np.linspace(0, len(epochs) - 1, TABLE_ROWS).round().astype(int)
        epochs = [epochs[i] for i in dict.fromkeys(chosen.tolist())]
    rows = [[f"{x:.0f}", *(number(values[x]) if x in values else "" for _, values in curves)] for x in epochs]
    return ["epoch", *(name for name, _ in curves)], rows


def run_html(panels: Sequence[Panel], title: str, notes: Sequence[str] = (), message: str = "") -> str:
    """The whole still picture: pictures, and the numbers to unfold below them."""
    header, rows = number_table(panels)
    head = "".join(f"<th scope='col'>{escape(h)}</th>" for h in header)
    body = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in rows)
    shown = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in notes)
    said = f'<div class="knb-message">{escape(message)}</div>' if message else ""
    table = (
        '<details><summary data-lm-suppress-shortcuts="true">Numbers</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></details>"
    )
    return (
        f'<div class="knb knb-still">{style("base", "still")}'
        f'<div class="knb-head"><span class="knb-title">{escape(title)}</span>{shown}</div>{said}'
        f'<div class="knb-panels">{"".join(panel_svg(p) for p in panels)}</div>'
        f"{table if rows else ''}</div>"
    )


def run_text(panels: Sequence[Panel], title: str, notes: Sequence[str] = (), message: str = "") -> str:
    """The same in words and numbers."""
    lines = [" · ".join([title, *notes]), *message.splitlines(), *(f"  {panel_sentence(p)}" for p in panels)]
    header, rows = number_table(panels)
    if rows:
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        for row in (header, *rows):
            lines.append("  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)))
    return "\n".join(lines)


def bundle(panels: Sequence[Panel], title: str, notes: Sequence[str] = (), message: str = "") -> dict[str, str]:
    """HTML, PNG and text of a run, and no widget view: it lives as long as the notebook."""
    from .picture import run_png

    return {
        "text/html": run_html(panels, title, notes, message),
        "text/plain": run_text(panels, title, notes, message),
        "image/png": base64.b64encode(run_png(panels, title, notes)).decode(),
    }


def history_bundle(history: Any, run: Run | None = None, status: str | None = None) -> dict[str, str]:
    """The still picture of a History.

    Args:
        history: what ``fit`` returns; None where it ended before there was one.
        run: the record with the losses of the single steps, if there is one.
        status: how the run ended; the history's own by default.
    """
    model = getattr(history, "model", None)
    if run is not None:
        panels, done, initial = run.panels(model), len(run.epochs), run.initial_epoch + run.offset
        hints = run.hints()
    else:
        panels, done, initial = panels_of(history.history, history.epoch, model), len(history.epoch), 0
        hints = history.hints()
    status = status or getattr(history, "status", "done")
    seconds = sum(getattr(history, "seconds", None) or [0.0])
    name = getattr(model, "name", None) or "training"
    notes = [f"{done} epoch{'' if done == 1 else 's'}"]
    if initial:
        notes[0] += f", from epoch {initial + 1} on"
    if seconds:
        notes.append(f"{duration(seconds)} in total")
    if status in ENDINGS:
        notes.append(ENDINGS[status])
    best = panels[0].best_epoch if panels else None
    if best is not None and done > 1 and any(c.validation for c in panels[0].curves):
        notes.append(f"best validation loss in epoch {best[0]}: {number(best[1])}")
    if not any(c.y for p in panels for c in p.curves):
        panels = []  # it ended before the first step: words say that better than empty axes
    message = getattr(history, "message", "")
    said = [str(h) for h in hints if h.kind != "not finite" or not message]
    return bundle(panels, name, notes, "\n".join(filter(None, [message, *said])))


class Still:
    """A picture that shows itself in a notebook, and as text anywhere else."""

    def __init__(self, parts: dict[str, str]):
        self.parts = parts

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.parts

    def __repr__(self) -> str:
        return self.parts["text/plain"]


def still_of(history: Any) -> Still:
    """``history.show()``: the picture that stood in the notebook when the run ended."""
    return Still(history_bundle(history, getattr(history, "run", None)))
