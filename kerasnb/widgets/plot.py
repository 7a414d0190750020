"""Plot: one small diagram of dots, lines and boxes that comes out as SVG and, the same, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .picture import GRID, INK, PALE, TRAINING, VALIDATION
from .series import tick_text, ticks
from .still import escape

WIDTH, HEIGHT = 340, 270
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 28, 38
PLOT_SCALE = 2  # pixels of the PNG per pixel of the layout


@dataclass
class Plot:
    """Marks in the coordinates of the data, with axes.

    Args:
        title: above the diagram.
        x_label, y_label: what the axes are.
        x_range, y_range: (low, high) of the axes.
        said: the diagram in a sentence, for those who do not see it.
    """

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    said: str = ""
    marks: list[tuple[str, Any, str]] = field(default_factory=list)

    def dots(self, x: Any, y: Any, titles: Sequence[str] | None = None, strong: bool = False) -> None:
        """Points; ``titles`` appear under the pointer."""
        self.marks.append(("strong" if strong else "dots", (np.asarray(x, float), np.asarray(y, float), titles), ""))

    def line(self, points: Sequence[tuple[float, float]], note: str = "") -> None:
        """A dashed line through points."""
        self.marks.append(("line", points, note))

    def boxes(self, edges: Any, heights: Any) -> None:
        """Boxes that stand on zero between edges."""
        self.marks.append(("boxes", (np.asarray(edges, float), np.asarray(heights, float)), ""))

    def x(self, value: Any) -> Any:
        """Pixels from the left."""
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: Any) -> Any:
        """Pixels from the top."""
        low, high = self.y_range
        return TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)

    # --- SVG -----------------------------------------------------------------------------------------

    def svg(self) -> str:
        """The diagram as an SVG element, coloured by the classes of residuals.css."""
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg" '
            f'aria-label="{escape(self.title)}: {escape(self.said)}">'
            f'<text class="n" x="{LEFT}" y="15">{escape(self.title)}</text>',
        ]
        for value in ticks(*self.y_range, 5):
            parts.append(f'<path class="g" d="M{LEFT} {self.y(value):.1f}H{right}"/>')
            parts.append(_svg_text(LEFT - 6, self.y(value) + 4, tick_text(value), "end"))
        for value in ticks(*self.x_range, 5):
            parts.append(_svg_text(self.x(value), bottom + 14, tick_text(value), "middle"))
        parts.append(_svg_text((LEFT + right) / 2, HEIGHT - 6, self.x_label, "middle"))
        middle = (TOP + bottom) / 2
        parts.append(
            f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
            f"{escape(self.y_label)}</text>"
        )
        for kind, what, note in self.marks:
            parts.append(getattr(self, f"_svg_{kind}")(what, note))
        return "".join([*parts, "</svg>"])

    def _svg_dots(self, what: Any, note: str, kind: str = "d") -> str:
        xs, ys, titles = what
        places = [f"M{self.x(x):.1f} {self.y(y):.1f}h0" for x, y in zip(xs, ys, strict=True)]
        if titles is None:  # one path of dots: a zero-length line with round ends
            return f'<path class="{kind}" d="{"".join(places)}"/>'
        return "".join(
            f'<path class="{kind}" d="{d}"><title>{escape(t)}</title></path>'
            for d, t in zip(places, titles, strict=True)
        )

    def _svg_strong(self, what: Any, note: str) -> str:
        return self._svg_dots(what, note, "w")

    def _svg_line(self, points: Any, note: str) -> str:
        d = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        return f'<path class="l" d="M{d}"><title>{escape(note)}</title></path>'

    def _svg_boxes(self, what: Any, note: str) -> str:
        edges, heights = what
        d = "".join(
            f"M{self.x(a):.1f} {self.y(0):.1f}V{self.y(h):.1f}H{self.x(b):.1f}V{self.y(0):.1f}z"
            for a, b, h in zip(edges, edges[1:], heights, strict=False)
            if h
        )
        return f'<path class="h" d="{d}"/>'

    # --- PNG -----------------------------------------------------------------------------------------

    def png_onto(self, draw: Any, font: Any, corner: tuple[float, float]) -> None:
        """Draw it with Pillow; ``corner`` in layout pixels."""

        def at(x: float, y: float) -> tuple[float, float]:
            return (x + corner[0]) * PLOT_SCALE, (y + corner[1]) * PLOT_SCALE

        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        draw.text(at(LEFT, 15), self.title, fill=INK, font=font, anchor="ls")
        for value in ticks(*self.y_range, 5):
            draw.line([at(LEFT, self.y(value)), at(right, self.y(value))], fill=GRID, width=PLOT_SCALE)
            draw.text(at(LEFT - 6, self.y(value)), tick_text(value), fill=PALE, font=font, anchor="rm")
        for value in ticks(*self.x_range, 5):
            draw.text(at(self.x(value), bottom + 14), tick_text(value), fill=PALE, font=font, anchor="ms")
        draw.text(at((LEFT + right) / 2, HEIGHT - 6), self.x_label, fill=PALE, font=font, anchor="ms")
        for kind, what, _ in self.marks:
            if kind == "line":
                draw.line([at(self.x(x), self.y(y)) for x, y in what], fill=VALIDATION, width=round(1.5 * PLOT_SCALE))
            elif kind == "boxes":
                edges, heights = what
                for a, b, h in zip(edges, edges[1:], heights, strict=False):
                    if h:
                        draw.rectangle([*at(self.x(a), self.y(h)), *at(self.x(b) - 1, self.y(0))], fill=TRAINING)
            else:
                r, fill = (3.5, VALIDATION) if kind == "strong" else (2.0, TRAINING)
                for x, y in zip(self.x(what[0]), self.y(what[1]), strict=True):
                    draw.ellipse([*at(x - r, y - r), *at(x + r, y + r)], fill=fill)


def span(values: Any, margin: float = 0.05, zero: bool = False) -> tuple[float, float]:
    """(low, high) of values with a margin; never empty; with zero in it where asked."""
    low, high = float(np.min(values)), float(np.max(values))
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * margin or abs(high) * 0.1 or 0.5
    return low - room, high + room


def _svg_text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
