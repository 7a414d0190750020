"""The drawing of a dataflow as SVG: boxes by kind of layer, tensors as arrows with their shapes. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasnb.core.models.dataflow import Dataflow, Step
from kerasnb.core.models.multiply_adds import readable_count
from kerasnb.core.utils.arrows import head_of, path_of
from kerasnb.core.utils.graph_layout import Layout, Placed
from kerasnb.core.utils.group_layout import Room, lay_out_groups

from .still import escape

HEIGHT = 42.0  # of a box
STUB = 19.0  # below it, where the shape of what comes out stands
LEAST, MOST = 92.0, 250.0  # widths of boxes
MARGIN = 18.0
NAME_SIZE, SMALL_SIZE = 13.0, 11.5
BOLD = 1.1  # how much wider
ROOM = Room(side=16.0, top=38.0, bottom=14.0)

# Family -> words in a class name. The first that fits counts; colours are in graph.css.
FAMILIES = {
    "input": ("InputLayer",),
    "attention": ("Attention", "Transformer"),
    "recurrent": ("LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed", "Cell"),
    "pooling": ("Pooling", "UpSampling", "Resizing"),
    "convolution": ("Conv",),
    "normalization": ("Normalization", "Rescaling", "Normalizer"),
    "dense": ("Dense", "Embedding"),
    "regularization": ("Dropout", "Noise", "ActivityRegularization"),
}
FAMILY_NAMES = {
    "input": "input", "dense": "dense, embedding", "convolution": "convolution", "recurrent": "recurrent",
    "attention": "attention", "normalization": "normalization", "pooling": "pooling",
    "regularization": "dropout, noise", "model": "model inside", "other": "everything else",
}  # fmt: skip

_NARROW, _WIDE = frozenset("fijlrtI.,:;|!'()[]{}/ "), frozenset("mwMW@%×")


def text_width(text: str, size: float) -> float:
    """About how wide a text is, in pixels, in the sans-serif faces that notebooks use; rather too wide."""
    shares = (0.36 if c in _NARROW else 0.9 if c in _WIDE else 0.7 if c.isupper() else 0.59 for c in text)
    return size * sum(shares)


def cut_to(text: str, size: float, width: float) -> str:
    """A text that fits, with an ellipsis where it was cut.

    >>> cut_to("batch_normalization", 13, 60)
    'batch_n…'
    """
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def family_of(step: Step) -> str:
    """Which family a step's layer belongs to; "model" for those that can be opened."""
    if step.opens or hasattr(step.operation, "_nodes"):
        return "model"
    for family, words in FAMILIES.items():
        if any(word in step.kind for word in words):
            return family
    return "other"


def tensor_text(shape: Any) -> str:
    """A shape without its batch axis: "28 × 28 × 3", "?" for unknown dimensions.

    >>> tensor_text((None, 28, 28, 3)), tensor_text((None,)), tensor_text((None, None, 8))
    ('28 × 28 × 3', '1', '? × 8')
    """
    sizes = ["?" if n is None else str(n) for n in tuple(shape)[1:]]
    return " × ".join(sizes) or "1"


def out_text(step: Step) -> str:
    """The shapes of what comes out of a step."""
    return cut_to("; ".join(tensor_text(s) for s in step.outputs), SMALL_SIZE, MOST)


def params_of(operation: Any) -> int:
    """Parameters of a step's layer."""
    return sum(v.size for v in operation.weights) if getattr(operation, "built", False) else 0


def second_line(step: Step) -> str:
    """What stands below the name: the class, and how many parameters."""
    params = params_of(step.operation)
    shared = f" · call {step.call} of {step.calls}" if step.calls > 1 else ""
    return f"{step.kind}{f' · {readable_count(params)}' if params else ''}{shared}"


@dataclass
class Drawing:
    """A dataflow with the places of its boxes."""

    flow: Dataflow
    layout: Layout
    widths: dict[str, float] = field(default_factory=dict)
    titles: Mapping[tuple, str] = field(default_factory=dict)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height with margins."""
        return self.layout.width + 2 * MARGIN, self.layout.height + 2 * MARGIN


def draw(flow: Dataflow) -> Drawing:
    """Lay a dataflow out."""
    widths, sizes = {}, {}
    for step in flow.steps:
        wanted = max(text_width(step.name, NAME_SIZE) * BOLD, text_width(second_line(step), SMALL_SIZE))
        widths[step.key] = min(max(wanted + 30 + (20 if step.opens else 0), LEAST), MOST)
        label = 2 * text_width(out_text(step), SMALL_SIZE) + 20 if step.outputs else 0.0
        sizes[step.key] = (max(widths[step.key], label), HEIGHT + (STUB if step.outputs else 0.0))
    inside = {step.key: step.inside for step in flow.steps}
    titles = {}
    for path in dict.fromkeys(step.inside for step in flow.steps):
        for depth in range(1, len(path) + 1):
            operation = flow.opened[path[depth - 1]]
            titles[path[:depth]] = f"{operation.name} ({type(operation).__name__})"
    room = {path: text_width(title, SMALL_SIZE) * 1.15 + 56 for path, title in titles.items()}
    edges = list(dict.fromkeys((f.start, f.end) for f in flow.flows))
    layout = lay_out_groups(sizes, edges, inside, room, ROOM, gap=22.0, layer_gap=26.0)
    return Drawing(flow, layout, widths, titles)


def svg(drawing: Drawing, label: str) -> str:
    """The drawing as an SVG element; what is in it is escaped.

    Args:
        drawing: what ``draw`` made.
        label: what the drawing is, in words.
    """
    width, height = drawing.size
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="knb-drawing" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
    ]
    for _, place in sorted(drawing.layout.frames.items(), key=lambda item: len(item[0])):
        left, top = place.x - place.width / 2, place.y - place.height / 2
        parts.append(
            f'<rect class="knb-ground" x="{left:.1f}" y="{top:.1f}" width="{place.width:.1f}" '
            f'height="{place.height:.1f}" rx="10"/>'
        )
    edges = list(dict.fromkeys((f.start, f.end) for f in drawing.flow.flows))
    unsure = {(f.start, f.end) for f in drawing.flow.flows if not f.sure}
    for edge, points in zip(edges, drawing.layout.arrows, strict=True):
        head = " ".join(f"{x:.1f},{y:.1f}" for x, y in head_of(points))
        kind = "knb-flow knb-unsure" if edge in unsure else "knb-flow"
        parts.append(
            f'<g class="{kind}" data-from="{escape(edge[0])}" data-to="{escape(edge[1])}">'
            f'<path d="{path_of(points)}"/><polygon points="{head}"/></g>'
        )
    for path, place in drawing.layout.frames.items():
        parts.append(_frame(path[-1], drawing.titles[path], place))
    ends = {step.key for step in drawing.flow.steps} - {f.start for f in drawing.flow.flows}
    ends |= set(drawing.flow.outputs)
    parts += [_box(drawing, step, step.key in ends) for step in drawing.flow.steps]
    return "".join([*parts, "</svg>"])


def _frame(key: str, title: str, place: Placed) -> str:
    """The title of an opened model; it stands above the arrows that enter."""
    left, top = place.x - place.width / 2, place.y - place.height / 2
    return (
        f'<g class="knb-frame" data-key="{escape(key)}" data-x="{left:.1f}" data-y="{top:.1f}">'
        f'<text x="{left + 34:.1f}" y="{top + 21:.1f}">{escape(title)}</text>{_handle(left + 18, top + 17, "−")}</g>'
    )


def _handle(x: float, y: float, sign: str) -> str:
    """The small round button that opens or shuts a model."""
    return (
        f'<g class="knb-handle"><circle cx="{x:.1f}" cy="{y:.1f}" r="8.5"/>'
        f'<path d="M{x - 4:.1f} {y:.1f}h8{f"M{x:.1f} {y - 4:.1f}v8" if sign == "+" else ""}"/></g>'
    )


def _box(drawing: Drawing, step: Step, is_end: bool) -> str:
    place, width = drawing.layout.boxes[step.key], drawing.widths[step.key]
    left, top = place.x - width / 2, place.y - place.height / 2
    room = width - 26 - (20 if step.opens else 0)
    name = cut_to(step.name, NAME_SIZE * BOLD, room)
    second = cut_to(second_line(step), SMALL_SIZE, room)
    shared = " knb-shared" if step.calls > 1 else ""
    frozen = " knb-frozen" if _frozen(step.operation) else ""
    parts = [
        f'<g class="knb-step knb-{family_of(step)}{shared}{frozen}" data-key="{escape(step.key)}" '
        f'data-same="{id(step.operation) if step.calls > 1 else ""}"><title>{escape(sentence(step))}</title>'
    ]
    if step.opens:
        behind = f'x="{left + 4:.1f}" y="{top - 4:.1f}" width="{width - 8:.1f}"'
        parts.append(f'<rect class="knb-behind" {behind} height="10" rx="5"/>')
    parts.append(
        f'<rect class="knb-body-box" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{HEIGHT:.0f}" rx="7"/>'
        f'<path class="knb-stripe" d="M{left + 6:.1f} {top:.1f}v{HEIGHT:.0f}h-1a5 5 0 0 1 -5 -5v{-(HEIGHT - 10):.0f}'
        'a5 5 0 0 1 5 -5z"/>'
        f'<text class="knb-name" x="{left + 16:.1f}" y="{top + 18:.1f}">{escape(name)}</text>'
        f'<text class="knb-kind" x="{left + 16:.1f}" y="{top + 34:.1f}">{escape(second)}</text>'
    )
    if step.opens:
        parts.append(_handle(left + width - 16, top + HEIGHT / 2, "+"))
    if step.outputs:
        bottom = top + HEIGHT
        end = f'<circle class="knb-end" cx="{place.x:.1f}" cy="{bottom + STUB - 4:.1f}" r="3.5"/>' if is_end else ""
        reach = STUB - 8 if is_end else STUB
        parts.append(
            f'<path class="knb-stub" d="M{place.x:.1f} {bottom:.1f}v{reach:.0f}"/>{end}'
            f'<text class="knb-shape" x="{place.x + 8:.1f}" y="{bottom + 13:.1f}">{escape(out_text(step))}</text>'
        )
    return "".join([*parts, "</g>"])


def _frozen(operation: Any) -> bool:
    return bool(getattr(operation, "built", False) and operation.weights and not operation.trainable)


def sentence(step: Step) -> str:
    """A step in words: its name and class, what goes in and comes out, its parameters."""
    said = [f"{step.name}, {step.kind}"]
    if step.inputs:
        said.append(f"in {', '.join(tensor_text(s) for s in step.inputs)}")
    if step.outputs:
        said.append(f"out {', '.join(tensor_text(s) for s in step.outputs)}")
    params = params_of(step.operation)
    if params:
        said.append(f"{params:,} parameters{' (frozen)' if _frozen(step.operation) else ''}")
    if step.calls > 1:
        said.append(f"call {step.call} of {step.calls} of the same layer")
    return "; ".join(said)
