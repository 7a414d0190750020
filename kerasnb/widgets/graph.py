"""Graph: the data flow of a model as a drawing to walk through."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection
from functools import cached_property
from typing import Any

from kerasnb.core.layer import Layer
from kerasnb.core.models.dataflow import EVERYTHING, Dataflow, Step, dataflow_of
from kerasnb.core.models.layer_facts import settings
from kerasnb.core.models.multiply_adds import multiply_adds, readable_count
from kerasnb.core.models.summary import _shape_text as shape_text
from kerasnb.core.models.summary import readable_size

from .graph_svg import FAMILY_NAMES, Drawing, draw, family_of, out_text, params_of, svg
from .in_place import InPlace, Link
from .still import escape, style

MOST_STEPS = 4000  # a drawing of more helps nobody
PNG_HEIGHT = 4000  # pixels; a longer drawing has no picture of pixels


def graph(model: Any, expand_nested: Any = False) -> Graph:
    """What ``model.graph`` gives."""
    return Graph(model, expand_nested)


class Graph(InPlace):
    """A model's layers as boxes and its tensors as arrows, with their shapes.

    In the notebook: zoom (buttons, "+" and "-", Ctrl and wheel), pan (drag, Shift and arrows), fit (0); arrow keys walk
    along the tensors; a click or Enter shows a layer's settings and weights; models inside the model open and shut.
    A layer that is called several times is drawn at each call, marked as shared.

    Args:
        model: a model of any kind, or a layer made of layers. One that is not built shows its layers without shapes.
        expand_nested: whether models inside are opened: True, or names of those to open ("encoder", "encoder/block").

    Attributes:
        opened: keys of the models that are open.
        dataflow: the steps and tensors that are drawn.

    Example: ``model.graph()``; ``model.graph(expand_nested=True)``; in a terminal it prints the steps.

    Raises:
        ValueError: no model, unknown names to open, or far too many layers.
    """

    view_name = "graph"
    view_parts = ("panning",)

    def __init__(self, model: Any, expand_nested: Any = False):
        if not isinstance(model, Layer):
            raise ValueError(f"graph: expected a model or layer, got {type(model).__name__}.")
        self.model = model
        self._show(expand_nested if not isinstance(expand_nested, str) else [expand_nested])
        if not isinstance(expand_nested, (bool, str)):
            unknown = sorted(set(expand_nested) - set(self.opened))
            if unknown:
                known = [step.key for step in dataflow_of(model, EVERYTHING).steps if step.opens]
                known += [*dataflow_of(model, EVERYTHING).opened]
                raise ValueError(
                    f"graph: expand_nested names {unknown[0]!r}, which is no model inside {model.name!r}; there are "
                    f"{', '.join(map(repr, known)) or 'none'}."
                )

    def _show(self, opened: bool | Collection[str]) -> None:
        flow = dataflow_of(self.model, opened)
        if len(flow.steps) > MOST_STEPS:
            raise ValueError(
                f"graph: {len(flow.steps):,} steps are more than a drawing can show ({MOST_STEPS:,}). "
                "Leave models inside shut: expand_nested=False."
            )
        self.dataflow: Dataflow = flow
        self.opened: list[str] = list(flow.opened)
        self.__dict__.pop("drawing", None)

    @cached_property
    def drawing(self) -> Drawing:
        """The dataflow with the places of its boxes."""
        return draw(self.dataflow)

    def open(self, *keys: str) -> None:
        """Open models inside the model; all of them without an argument. What is displayed is drawn anew."""
        self._show([*self.opened, *keys] if keys else EVERYTHING)
        self.redraw()

    def shut(self, *keys: str) -> None:
        """Shut opened models; all of them without an argument."""
        self._show([k for k in self.opened if k not in keys] if keys else ())
        self.redraw()

    # --- words -----------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Whose graph it is."""
        return f"{self.model.name} ({type(self.model).__name__})"

    def notes(self) -> list[str]:
        """Head line: steps, parameters, multiply-adds, and what is not known."""
        steps = [s for s in self.dataflow.steps if family_of(s) != "input"]
        said = [f"{len(steps):,} step{'' if len(steps) == 1 else 's'}"]
        unique = {id(v): v for v in (self.model.weights if self.model.built else [])}.values()
        said.append(f"{sum(v.size for v in unique):,} parameters" if self.model.built else "not built yet")
        counts = [_cost(s) for s in steps]
        if self.model.built and counts and None not in counts and sum(c or 0 for c in counts):
            said.append(f"{readable_count(sum(c or 0 for c in counts))} multiply-adds per sample")
        return [*said, *self.dataflow.notes]

    def text(self) -> str:
        """The steps in their order: what each is, what comes out, and where its inputs come from."""
        lines, before = [" · ".join([self.title, *self.notes()])], {}
        for flow in self.dataflow.flows:
            before.setdefault(flow.end, []).append(flow.start)
        shown: tuple[str, ...] = ()
        for step in self.dataflow.steps:
            for depth, key in enumerate(step.inside):
                if shown[: depth + 1] != step.inside[: depth + 1]:
                    inner = self.dataflow.opened[key]
                    lines.append(f"{'  ' * (depth + 1)}{inner.name} ({type(inner).__name__}):")
                    shown = step.inside[: depth + 1]
            shown = step.inside
            params = params_of(step.operation)
            parts = [f"{step.name} ({step.kind})", out_text(step)]
            parts += [f"{params:,} parameters"] if params else []
            parts += [f"call {step.call} of {step.calls}"] if step.calls > 1 else []
            parts += [f"from {', '.join(before[step.key])}"] if step.key in before else []
            parts += [step.note] if step.note else []
            lines.append("  " * (len(step.inside) + 1) + " · ".join(p for p in parts if p))
        return "\n".join(lines)

    # --- still ---------------------------------------------------------------------------------------------

    def html(self) -> str:
        """The drawing, its legend and its text; the element that the live view moves into."""
        said = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in self.notes())
        present = [f for f in FAMILY_NAMES if any(family_of(s) == f for s in self.dataflow.steps)]
        legend = "".join(f'<span class="knb-{f}"><i></i>{FAMILY_NAMES[f]}</span>' for f in present)
        return (
            f'<div class="knb knb-graph {self.place}" role="group" aria-label="Graph of {escape(self.title)}">'
            f"{style('base', 'graph')}"
            f'<div class="knb-head"><span class="knb-title">{escape(self.title)}</span>{said}</div>'
            f'<div class="knb-body"><div class="knb-view">{self.svg()}</div></div>'
            f'<div class="knb-legend">{legend}</div>'
            '<details class="knb-words"><summary data-lm-suppress-shortcuts="true">In words</summary>'
            f'<pre tabindex="0" data-lm-suppress-shortcuts="true">{escape(self.text())}</pre></details></div>'
        )

    def svg(self) -> str:
        """The drawing alone, as an SVG element that takes its colours from the page."""
        return svg(self.drawing, f"Data flow of {self.title}; the same in words below")

    def still(self) -> dict[str, Any]:
        bundle = {"text/html": self.html(), "text/plain": self.text()}
        picture = self._png()
        return {**bundle, "image/png": picture} if picture else bundle

    def _png(self) -> str | None:
        """A picture for places that show no HTML; None where it would be too long to be read."""
        from PIL import Image

        from kerasnb.core.utils.plot_model import model_to_dot

        if self.drawing.size[1] > PNG_HEIGHT or not hasattr(self.model, "layers"):
            return None
        drawn = model_to_dot(self.model, show_shapes=True, expand_nested=bool(self.opened), dpi=96)
        if max(drawn.layout.width, drawn.layout.height) > PNG_HEIGHT:
            return None
        out = io.BytesIO()
        drawn.to_image().quantize(16, method=Image.Quantize.FASTOCTREE).save(out, "PNG")
        return base64.b64encode(out.getvalue()).decode()

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind == "open":
            keys = content.get("keys")
            self._show(EVERYTHING if keys == "all" else [str(k) for k in keys or ()])
        elif kind != "hello":
            return
        if self.link is not None:
            self.link.answer(content.get("request"), self.message())

    def shown(self, link: Link) -> None:
        link.send(self.message())

    def message(self) -> dict[str, Any]:
        """The drawing and the facts of each step, for the browser."""
        steps = self.dataflow.steps
        return {
            "kind": "drawing",
            "svg": self.svg(),
            "notes": self.notes(),
            "opened": self.opened,
            "words": self.text(),
            "can_open": any(s.opens for s in steps),
            "flows": list(dict.fromkeys((f.start, f.end) for f in self.dataflow.flows)),
            "steps": [{"key": s.key, "name": s.name, "opens": s.opens, "facts": facts_of(s)} for s in steps],
        }


def _cost(step: Step) -> int | None:
    return multiply_adds(step.operation, step.inputs, step.outputs)


def facts_of(step: Step) -> list[tuple[str, str]]:
    """What the panel beside the drawing says of a step: names and texts."""
    operation = step.operation
    facts = [("class", step.kind)]
    facts += [
        ("input" if len(step.inputs) == 1 else f"input {i + 1}", shape_text(s)) for i, s in enumerate(step.inputs)
    ]
    facts += [
        ("output" if len(step.outputs) == 1 else f"output {i + 1}", shape_text(s)) for i, s in enumerate(step.outputs)
    ]
    if step.dtype:
        facts.append(("dtype", step.dtype))
    if step.calls > 1:
        facts.append(("shared", f"call {step.call} of {step.calls} of this layer"))
    params = params_of(operation)
    if params:
        weights = operation.weights
        frozen = sum(v.size for v in operation.non_trainable_weights)
        how = "frozen" if not operation.trainable else f"{frozen:,} not trainable" if frozen else "trainable"
        facts.append(("parameters", f"{params:,} ({how})"))
        facts.append(("memory", readable_size(sum(v.size * v._raw_value.dtype.itemsize for v in weights))))
    cost = _cost(step)
    if cost:
        facts.append(("multiply-adds", f"{cost:,} per sample"))
    facts += [
        (f"{v.name}", shape_text(tuple(v.shape))) for v in (operation.weights if params and not step.opens else [])
    ]
    facts += settings(operation)
    if step.note:
        facts.append(("note", step.note))
    return facts
