"""The card of a model: layers, shapes, parameters, memory, cost. Plain HTML and CSS; layers and nested models unfold.

It needs no script: what unfolds is in it. While its kernel runs, an unfolded layer is brought up to date: the weights
as they are now, and the size of their gradients.
"""

from __future__ import annotations

import weakref
from typing import Any

from kerasnb.core.models.layer_facts import Budget
from kerasnb.core.models.multiply_adds import multiply_adds, readable_count
from kerasnb.core.models.summary import (
    _shape_text as shape_text,
)
from kerasnb.core.models.summary import (
    readable_size,
    summary_rows,
    summary_text,
    totals,
)
from kerasnb.core.training.seen_rows import gradient_sizes, seen_rows

from .in_place import WIDGET_VIEW, InPlace, Link
from .layer_panel import panel_html
from .still import escape, style

COLUMNS = ("Layer", "Output shape", "Parameters", "Memory", "Multiply-adds", "Share")
NUMBERS = (2, 3, 4)
PANEL_BYTES = 150_000  # of what unfolds, in one card; layers beyond are shown while the kernel runs


def card_bundle(model: Any) -> dict[str, Any]:
    """HTML and text of a model's card."""
    return Card(model)._repr_mimebundle_()


def show_card(model: Any) -> bool:
    """Display the card of ``model.summary()``; False where no notebook is looking."""
    from .live import in_notebook

    if not in_notebook():
        return False
    from IPython.display import publish_display_data

    publish_display_data(card_bundle(model))
    return True


def card_html(model: Any) -> str:
    """The card.

    Args:
        model: a model, built or not.

    Returns: HTML that needs neither script nor network; every name in it is escaped.
    """
    return Card(model).html()


class Card(InPlace):
    """The card of one model; it does not keep the model alive."""

    view_name = "card"

    def __init__(self, model: Any):
        self._model = weakref.ref(model)

    @property
    def model(self) -> Any:
        """The model.

        Raises:
            ValueError: it was deleted.
        """
        found = self._model()
        if found is None:
            raise ValueError("The model of this card is gone: show it again.")
        return found

    # --- still ---------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The summary; a card outlives its model."""
        model = self._model()
        return "Card of a model that is gone" if model is None else summary_text(model, expand_nested=True)

    def still(self) -> dict[str, Any]:
        return {"text/html": self.html(), "text/plain": self.text()}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(include, exclude)
        bundle.pop(WIDGET_VIEW, None)  # the picture says all; a second one beside it says nothing more
        return bundle

    def html(self) -> str:
        """The card as HTML."""
        model = self.model
        rows = _with_places(summary_rows(model))
        found = totals(model)
        layers = sum(row["depth"] == 0 for row in rows)
        cost = _total_cost(rows)
        said = [type(model).__name__, f"{layers} layer{'s' if layers != 1 else ''}"]
        if cost:
            said.append(f"{readable_count(cost)} multiply-adds per sample")
        columns = "".join(
            f'<span class="{"knb-num" if i in NUMBERS else ""}">{name}</span>' for i, name in enumerate(COLUMNS)
        )
        return (
            f'<div class="knb knb-card {self.place}" role="group" aria-label="Model {escape(model.name)}">'
            f'{style("base", "card")}<div class="knb-head"><span class="knb-title">{escape(model.name)}</span>'
            f'<span class="knb-note">{escape(" · ".join(said))}</span></div>'
            f'<div class="knb-row knb-columns" aria-hidden="true">{columns}</div>'
            f"{_Rows(found['total'][0]).list(rows, 0)}{_totals(found)}</div>"
        )

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if kind != "layer" or self.link is None:
            return
        place = content.get("place")
        rows = _with_places(summary_rows(self.model))
        row = next((r for r in rows if r["place"] == place), None)
        if row is None:
            raise ValueError("The model has changed since this card was made: show it again.")
        sizes = gradient_sizes(self.model)
        panel = panel_html(row["operation"], Budget(), sizes)
        self.link.answer(content.get("request"), {"kind": "layer", "html": panel, "note": self._note(sizes)})

    def _note(self, sizes: dict[int, float] | None) -> str:
        """Where the gradients come from."""
        rows = seen_rows(self.model)
        if rows is None:
            return "No step yet: gradients are shown once the model was trained."
        if sizes is None:
            return "The gradients of this model cannot be told: its loss or step is its own."
        import jax

        count = len(jax.tree.leaves(rows)[0])
        return f"Gradient: its norm on {count} rows of the last training data, with the weights as they are now."

    def shown(self, link: Link) -> None:
        """Nothing to send: the picture has it all."""


def _with_places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with a name of their own each: names of the models around and the layer's, and the row's number."""
    around: list[str] = []
    for i, row in enumerate(rows):
        del around[row["depth"] :]
        row["place"] = f"{i}:{'/'.join([*around, row['name']])}"
        around.append(row["name"])
    return rows


def _total_cost(rows: list[dict[str, Any]]) -> int | None:
    """Multiply-adds of the outer rows together, each as often as it is called."""
    total = 0
    for row in rows:
        if row["depth"]:
            continue
        cost = _cost(row)
        if cost is None:
            return None
        total += cost
    return total


def _cost(row: dict[str, Any]) -> int | None:
    operation = row["operation"]
    if "cost" not in row:
        row["cost"] = multiply_adds(operation)
    return row["cost"]


class _Rows:
    """Rows as nested lists; what unfolds is given out as long as the card stays small.

    Args:
        total: parameters of the whole model.
    """

    def __init__(self, total: int):
        self.total, self.room, self.budget = total, PANEL_BYTES, Budget()

    def list(self, rows: list[dict[str, Any]], depth: int) -> str:
        """Rows of one depth as a list; deeper ones follow inside the model they belong to."""
        parts = ['<ul class="knb-rows">']
        i = 0
        while i < len(rows):
            j = i + 1
            while j < len(rows) and rows[j]["depth"] > depth:
                j += 1
            inner = self.list(rows[i + 1 : j], depth + 1) if j > i + 1 else ""
            parts.append(f"<li>{self._item(rows[i], inner)}</li>")
            i = j
        return "".join([*parts, "</ul>"])

    def _item(self, row: dict[str, Any], inner: str) -> str:
        line, panel = _row(row, self.total), ""
        if self.room > 0:
            panel = panel_html(row["operation"], self.budget)
            self.room -= len(panel)
        elif row["params"] and not inner:
            panel = '<p class="knb-note">Shown while the kernel runs.</p>'
        if not (inner or panel):
            return line
        # Lab takes "d d" for "delete the cell" wherever the attribute is missing.
        place = f'style="--depth:{row["depth"]}" data-place="{escape(row["place"])}"'
        own = f'<div class="knb-panel" {place}>{panel}</div>' if panel else ""
        kind = "knb-inner" if inner else "knb-own"
        return (
            f'<details class="{kind}"><summary data-lm-suppress-shortcuts="true">{line}</summary>{own}{inner}</details>'
        )


def _row(row: dict[str, Any], total: int) -> str:
    params, share = row["params"], row["params"] / total if total else 0.0
    known = row["built"] or params
    frozen = row["trainable"] is False
    notes = "".join(
        [
            ' <span class="knb-note">(frozen)</span>' if frozen else "",
            "" if known else ' <span class="knb-note">(unbuilt)</span>',
        ]
    )
    sources = [name.split("[")[0] for name in row["connected_to"]]
    joined = ""
    if len(sources) > 1:
        joined = f'<span class="knb-from">from {escape(", ".join(sources))}</span>'
    cost = _cost(row)
    costs = readable_count(cost) if cost else "–"
    cells = (
        f'<span class="knb-layer" style="--depth:{row["depth"]}"><b>{escape(row["name"])}</b> '
        f"<i>{escape(row['class_name'])}</i>{notes}{joined}</span>",
        f"<span>{escape(shape_text(row['output_shape']))}</span>",
        f'<span class="knb-num">{params:,}<span class="knb-sr"> parameters</span></span>',
        f'<span class="knb-num">{readable_size(row["bytes"]) if row["bytes"] else "–"}</span>',
        f'<span class="knb-num">{costs}<span class="knb-sr"> multiply-adds</span></span>',
        f'<span class="knb-share" title="{share:.1%} of the parameters">'
        f'<i style="width:{100 * share:.2f}%"></i></span>',
    )
    return f'<div class="knb-row{" knb-frozen" if frozen else ""}">{"".join(cells)}</div>'


def _totals(found: dict[str, tuple[int, int]]) -> str:
    """The line below the rows, with the numbers of the text form."""
    together = tuple(a + b for a, b in zip(found["total"], found["optimizer"], strict=True))
    shown = [
        ("Total", together),
        ("Trainable", found["trainable"]),
        ("Non-trainable", found["non_trainable"]),
    ]
    if found["optimizer"][0]:
        shown.append(("Optimizer", found["optimizer"]))
    parts = (f"<span>{name} <b>{count:,}</b> ({readable_size(size)})</span>" for name, (count, size) in shown)
    return f'<div class="knb-totals">{"".join(parts)}</div>'
