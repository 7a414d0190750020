"""plot_model and model_to_dot: pictures of models as SVG, PNG and Graphviz text, without Graphviz."""

from __future__ import annotations

import html
import io
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from .arrows import head_of, path_of, points_of
from .graph_layout import Layout
from .group_layout import Room, lay_out_groups
from .model_graph import Box, ModelGraph, Shown, graph_of
from .sequences import check_choice

FONT, PADDING, MARGIN = 13, 9, 16
INK, PAPER, HEAD, CLUSTER = "#1f2933", "#ffffff", "#e4e9f0", "#8a97a8"
LINE = FONT + 5


class ModelDrawing:
    """A drawn model: shows itself in a notebook; ``write(path)`` makes a file, ``to_string()`` Graphviz text.

    Args:
        graph: boxes and arrows.
        rankdir: "TB", "BT", "LR" or "RL".
        dpi: pixels per inch of PNG files.
    """

    def __init__(self, graph: ModelGraph, rankdir: str = "TB", dpi: int = 200):
        self.graph, self.rankdir, self.dpi = graph, rankdir, dpi
        self.layout = _placed(graph, rankdir)

    def to_string(self) -> str:
        """The graph in the DOT language, for Graphviz."""
        lines = ["digraph model {", f"  rankdir={self.rankdir};", '  node [shape=box, fontname="Helvetica"];']
        for box in self.graph.boxes:
            text = "\\n".join(_dot(line) for line in [box.heading, *box.lines])
            lines.append(f'  "{_dot(box.key)}" [label="{text}"];')
        for name, members in _clusters(self.graph).items():
            inner = " ".join(f'"{_dot(key)}";' for key in members)
            lines.append(f'  subgraph "cluster_{_dot(name)}" {{ label="{_dot(name)}"; {inner} }}')
        lines += [f'  "{_dot(a)}" -> "{_dot(b)}";' for a, b in self.graph.edges]
        return "\n".join([*lines, "}"]) + "\n"

    def to_svg(self) -> str:
        """The drawing as SVG text."""
        layout = self.layout
        width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="Helvetica, Arial, sans-serif" font-size="{FONT}">',
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            f'<g transform="translate({MARGIN} {MARGIN})">',
        ]
        for name, (left, top, right, bottom) in self._frames().items():
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" rx="6" '
                f'fill="none" stroke="{CLUSTER}" stroke-dasharray="5 4"/><text x="{left + 6:.1f}" y="{top + FONT:.1f}" '
                f'fill="{CLUSTER}" font-size="{FONT - 2}">{html.escape(name)}</text>'
            )
        for points in layout.arrows:
            head = " ".join(f"{x:.1f},{y:.1f}" for x, y in head_of(points, self.sideways))
            parts.append(
                f'<path d="{path_of(points, self.sideways)}" fill="none" stroke="{INK}"/>'
                f'<polygon points="{head}" fill="{INK}"/>'
            )
        for box in self.graph.boxes:
            parts.append(self._svg_box(box))
        return "".join([*parts, "</g></svg>"])

    def _svg_box(self, box: Box) -> str:
        at = self.layout.boxes[box.key]
        left, top, bold = at.x - at.width / 2, at.y - at.height / 2, ' font-weight="bold"'
        text = "".join(
            f'<text x="{at.x:.1f}" y="{top + PADDING + FONT + i * LINE - 2:.1f}" text-anchor="middle" fill="{INK}"'
            f"{bold if i == 0 else ''}>{html.escape(line)}</text>"
            for i, line in enumerate([box.heading, *box.lines])
        )
        return (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{at.width:.1f}" height="{at.height:.1f}" rx="4" fill="{HEAD}" '
            f'stroke="{INK}"/>{text}'
        )

    def to_image(self) -> Any:
        """The drawing as a ``PIL.Image``."""
        from PIL import Image, ImageDraw

        layout, zoom = self.layout, self.dpi / 96
        size = (round((layout.width + 2 * MARGIN) * zoom), round((layout.height + 2 * MARGIN) * zoom))
        image = Image.new("RGB", (max(size[0], 1), max(size[1], 1)), PAPER)
        draw, line = ImageDraw.Draw(image), max(1, round(zoom))

        def scaled(points: Any) -> list[tuple[float, float]]:
            return [((x + MARGIN) * zoom, (y + MARGIN) * zoom) for x, y in points]

        for name, (left, top, right, bottom) in self._frames().items():
            draw.rounded_rectangle(scaled([(left, top), (right, bottom)]), 6 * zoom, outline=CLUSTER, width=line)
            draw.text(scaled([(left + 6, top + 2)])[0], name, CLUSTER, _font((FONT - 2) * zoom))
        for points in layout.arrows:
            draw.line(scaled(points_of(points, self.sideways)), INK, line)
            draw.polygon(scaled(head_of(points, self.sideways)), INK)
        for box in self.graph.boxes:
            at = layout.boxes[box.key]
            corners = [(at.x - at.width / 2, at.y - at.height / 2), (at.x + at.width / 2, at.y + at.height / 2)]
            draw.rounded_rectangle(scaled(corners), 4 * zoom, HEAD, INK, line)
            for i, text in enumerate([box.heading, *box.lines]):
                y = at.y - at.height / 2 + PADDING + i * LINE + FONT / 2
                draw.text(scaled([(at.x, y)])[0], text, INK, _font(FONT * zoom), anchor="mm")
        return image

    @property
    def sideways(self) -> bool:
        """Whether arrows run from left to right or from right to left."""
        return self.rankdir in ("LR", "RL")

    def _frames(self) -> dict[str, tuple[float, float, float, float]]:
        """The rectangle around each nested model, by its name: left, top, right, bottom."""
        return {
            path[-1]: (p.x - p.width / 2, p.y - p.height / 2, p.x + p.width / 2, p.y + p.height / 2)
            for path, p in self.layout.frames.items()
        }

    def write(self, path: Any, format: str | None = None) -> None:
        """Write a file: .svg, .dot, or a picture (.png, .jpg, .pdf, ...) through Pillow.

        Args:
            path: where to.
            format: the kind, where the suffix does not say it.
        """
        kind = (format or Path(path).suffix[1:] or "png").lower()
        if kind == "svg":
            Path(path).write_text(self.to_svg(), encoding="utf-8")
        elif kind in ("dot", "gv"):
            Path(path).write_text(self.to_string(), encoding="utf-8")
        else:
            from PIL import Image

            known = sorted(Image.registered_extensions())
            if f".{kind}" not in known:
                raise ValueError(
                    f"plot_model: cannot write files of the format {kind!r}; use for example .svg or .png."
                )
            self.to_image().save(path, format=Image.registered_extensions()[f".{kind}"])

    def create(self, prog: Any = None, format: str = "png") -> bytes:
        """The bytes of a file, as pydot's method of this name gives them."""
        if format == "svg":
            return self.to_svg().encode()
        if format in ("dot", "raw"):
            return self.to_string().encode()
        out = io.BytesIO()
        self.to_image().save(out, format=format.upper())
        return out.getvalue()

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _clusters(graph: ModelGraph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for box in graph.boxes:
        for name in box.inside:
            found.setdefault(name, []).append(box.key)
    return found


@lru_cache(maxsize=16)
def _font(size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _placed(graph: ModelGraph, rankdir: str) -> Layout:
    """The layout from top to bottom, turned where another direction is wanted."""
    sideways = rankdir in ("LR", "RL")
    sizes = {}
    for box in graph.boxes:
        lines = [box.heading, *box.lines]
        width = max(_font(FONT).getlength(line) for line in lines) * 1.08 + 2 * PADDING
        height = len(lines) * LINE + 2 * PADDING - 5
        sizes[box.key] = (height, width) if sideways else (width, height)
    inside = {box.key: box.inside for box in graph.boxes}
    titles = {
        inside[k][:i]: _title_room(inside[k][i - 1], sideways) for k in inside for i in range(1, len(inside[k]) + 1)
    }
    room = Room(side=26.0, top=14.0, bottom=14.0) if sideways else Room()
    try:
        layout = lay_out_groups(sizes, graph.edges, inside, titles, room)
    except ValueError:  # a nested model called on what hangs on its own output: no frame can stand around it
        layout = lay_out_groups(sizes, graph.edges, {})
    if sideways:
        for placed in [*layout.boxes.values(), *layout.frames.values()]:
            placed.x, placed.y, placed.width, placed.height = placed.y, placed.x, placed.height, placed.width
        layout.arrows = [[(y, x) for x, y in points] for points in layout.arrows]
        layout.width, layout.height = layout.height, layout.width
    if rankdir in ("BT", "RL"):
        for placed in [*layout.boxes.values(), *layout.frames.values()]:
            placed.x = layout.width - placed.x if sideways else placed.x
            placed.y = placed.y if sideways else layout.height - placed.y
        layout.arrows = [
            [(layout.width - x, y) if sideways else (x, layout.height - y) for x, y in points]
            for points in layout.arrows
        ]
    return layout


def _title_room(name: str, sideways: bool) -> float:
    """Least extent of a frame across the arrows, so that its title fits."""
    return 0.0 if sideways else _font(FONT - 2).getlength(name) * 1.08 + 16


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> ModelDrawing:
    """A model as a drawing.

    Args:
        model: a model.
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what the boxes tell.
        rankdir: "TB" from top to bottom, "LR" from left to right, "BT", "RL".
        expand_nested: draw the layers of models inside the model.
        dpi: pixels per inch of pictures.
        subgraph, splines: accepted as in Keras.
    Returns:
        A ``ModelDrawing``, with ``to_string()`` for Graphviz text and ``write(path)``.
    """
    if kwargs:
        raise ValueError(f"model_to_dot does not know the argument(s) {sorted(kwargs)}.")
    if not hasattr(model, "layers"):
        raise ValueError(f"model_to_dot: expected a model, got {model!r} of type {type(model).__name__}.")
    check_choice("model_to_dot", "rankdir", rankdir, ("TB", "LR", "BT", "RL"))
    shown = Shown(
        bool(show_shapes), bool(show_dtype), bool(show_layer_names), bool(show_layer_activations), bool(show_trainable),
        bool(expand_nested),
    )  # fmt: skip
    return ModelDrawing(graph_of(model, shown), rankdir, dpi)


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> ModelDrawing:
    """Draw a model into a file; in a notebook the drawing shows itself too.

    Args:
        model: a model.
        to_file: where to; .png, .svg, .dot and more by suffix. None writes nothing.
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, dpi, show_layer_activations, show_trainable,
            splines: as in ``model_to_dot``.
    """
    drawing = model_to_dot(
        model, show_shapes=show_shapes, show_dtype=show_dtype, show_layer_names=show_layer_names, rankdir=rankdir,
        expand_nested=expand_nested, dpi=dpi, show_layer_activations=show_layer_activations,
        show_trainable=show_trainable, splines=splines, **kwargs,
    )  # fmt: skip
    if to_file is not None:
        drawing.write(os.fspath(to_file))
    return drawing
