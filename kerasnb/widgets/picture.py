"""The still picture of a run as a PNG, drawn with Pillow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from .pen import pen
from .series import RUN_COLOURS, Panel, tick_text, ticks
from .still import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, height_of, number

INK, PALE, GRID = "#1f2328", "#59636e", "#d5dae0"
TRAINING, VALIDATION, STEPS = "#0072b2", "#c04f00", "#a8cce3"
GAP_FILL, TRACE, BRANCH = "#f6e4d8", "#007a5a", "#b8bfc6"
SCALE = 2  # pixels of the picture per pixel of the layout: sharp on a dense screen
HEAD = 34
WHITE = (255, 255, 255)
SHADES = 16  # from white to an ink
DASH, GAP = 7.0, 5.0


def run_png(panels: Sequence[Panel], title: str, notes: Sequence[str] = ()) -> bytes:
    """Panels in two columns under a line of text, on white."""
    from PIL import Image, ImageFont

    columns = min(2, max(1, len(panels)))
    rows = [panels[i : i + columns] for i in range(0, len(panels), columns)]
    heights = [max(map(height_of, row)) for row in rows]
    size = (columns * WIDTH * SCALE, (sum(heights) + HEAD) * SCALE)
    picture = Image.new("RGB", size, "white")
    draw = pen(picture)
    head, font = ImageFont.load_default(14 * SCALE), ImageFont.load_default(11 * SCALE)
    draw.text((10 * SCALE, 9 * SCALE), " · ".join([title, *notes]), fill=INK, font=head)
    for i, row in enumerate(rows):
        for column, panel in enumerate(row):
            _Drawing(draw, font, (column * WIDTH, sum(heights[:i]) + HEAD)).panel(panel)
    out = io.BytesIO()
    picture.quantize(palette=palette(), dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


@cache
def palette() -> Any:
    """What is drawn with, and the inks' shades at the edges of letters; looking for colours would take much longer."""
    from PIL import Image, ImageColor

    plain = (GRID, TRAINING, VALIDATION, STEPS, GAP_FILL, TRACE, BRANCH, *RUN_COLOURS)
    colours = [WHITE, *(ImageColor.getrgb(c) for c in plain)]
    for ink in map(ImageColor.getrgb, (INK, PALE)):
        colours += [tuple(255 + (c - 255) * i // SHADES for c in ink) for i in range(1, SHADES + 1)]
    found = Image.new("P", (1, 1))
    found.putpalette([value for colour in colours for value in colour])
    return found


class _Drawing:
    """Draws one panel in layout pixels, from a corner."""

    def __init__(self, draw: Any, font: Any, corner: tuple[int, int]):
        self.draw, self.font, self.corner = draw, font, corner

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x + self.corner[0]) * SCALE, (y + self.corner[1]) * SCALE

    def text(self, x: float, y: float, text: str, fill: str = PALE, anchor: str = "ls") -> None:
        self.draw.text(self.at(x, y), text, fill=fill, font=self.font, anchor=anchor)

    def panel(self, panel: Panel) -> None:
        scale = Scale(panel)
        height = height_of(panel)
        right, bottom = WIDTH - RIGHT, height - BOTTOM
        self.text(LEFT, 15, panel.title, INK)
        for value in ticks(scale.y0, scale.y1, 5 if height == HEIGHT else 3):
            y = scale.y(value)
            self.draw.line([self.at(LEFT, y), self.at(right, y)], fill=GRID, width=SCALE)
            self.text(LEFT - 7, y + 4, tick_text(value), anchor="rs")
        for value in ticks(scale.x0, scale.x1, 6):
            if value == int(value):
                self.text(scale.x(value), bottom + 15, tick_text(value), anchor="ms")
        self.text((LEFT + right) / 2, height - 4, "epoch", anchor="ms")
        for start in panel.starts:
            self.dashed([(scale.x(start), TOP), (scale.x(start), bottom)], PALE, 1)
        if panel.gap:
            around = [(e, v) for e, _, v in panel.gap] + [(e, t) for e, t, _ in reversed(panel.gap)]
            self.draw.polygon([self.at(scale.x(e), scale.y(v)) for e, v in around], fill=GAP_FILL)
        for curve in sorted(panel.curves, key=lambda c: not c.pale):
            fill = STEPS if curve.fine else VALIDATION if curve.validation else TRACE if curve.trace else TRAINING
            fill = BRANCH if curve.pale else fill if curve.run is None else RUN_COLOURS[curve.run % len(RUN_COLOURS)]
            for points in scale.lines(curve):
                piece = [(x, min(max(y, TOP - 4), bottom)) for x, y in points]  # Pillow cuts nothing off
                if len(piece) == 1:
                    self.dot(*piece[0], fill)
                elif curve.validation:
                    self.dashed(piece, fill)
                else:
                    self.line(piece, fill, 1 if curve.fine or curve.pale else 1.5 if curve.trace else 2)
        x = right
        for curve in reversed([c for c in panel.curves if c.main and c.y and not panel.several]):
            fill = VALIDATION if curve.validation else TRAINING
            label = f"{curve.name} {number(curve.y[-1])}"
            self.text(x, 15, label, anchor="rs")
            x -= self.font.getlength(label) / SCALE + 8
            (self.dashed if curve.validation else self.line)([(x - 19, 11), (x, 11)], fill)
            x -= 34
        best = None if panel.several else panel.best_epoch
        if best is not None and any(c.validation for c in panel.curves):
            self.dot(scale.x(best[0]), scale.y(best[1]), "white", VALIDATION)

    def line(self, points: list[tuple[float, float]], fill: str, width: float = 2) -> None:
        places = [self.at(*p) for p in points]
        self.draw.line(places, fill=fill, width=round(width * SCALE), joint="curve")

    def dashed(self, points: list[tuple[float, float]], fill: str, width: float = 2) -> None:
        """A dashed line: Pillow has none, so the path is walked and drawn in pieces."""
        walked = 0.0
        for (ax, ay), (bx, by) in pairwise(points):
            length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
            done = 0.0
            while done < length:
                phase = (walked + done) % (DASH + GAP)
                step = min((DASH if phase < DASH else DASH + GAP) - phase, length - done)
                if phase < DASH:
                    ends = [(done + k) / length for k in (0.0, step)]
                    self.line([(ax + (bx - ax) * t, ay + (by - ay) * t) for t in ends], fill, width)
                done += max(step, 1e-3)
            walked += length

    def dot(self, x: float, y: float, fill: str, outline: str | None = None) -> None:
        r = 4 if outline else 3
        box = [self.at(x - r, y - r), self.at(x + r, y + r)]
        self.draw.ellipse(box, fill=fill, outline=outline, width=2 * SCALE)
