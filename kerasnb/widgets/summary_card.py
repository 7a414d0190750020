"""The card of a model: layers, shapes, parameters, memory. Plain HTML and CSS; nested models unfold."""

from __future__ import annotations

from typing import Any

from kerasnb.core.models.summary import (
    _shape_text as shape_text,
)
from kerasnb.core.models.summary import (
    readable_size,
    summary_rows,
    summary_text,
    totals,
)

from .still import escape, style

COLUMNS = ("Layer", "Output shape", "Parameters", "Memory", "Share")


def card_bundle(model: Any) -> dict[str, str]:
    """HTML and text of a model's card."""
    return {"text/html": card_html(model), "text/plain": summary_text(model, expand_nested=True)}


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
    rows = summary_rows(model)
    found = totals(model)
    total = found["total"][0]
    layers = sum(row["depth"] == 0 for row in rows)
    title = (
        f'<div class="knb-head"><span class="knb-title">{escape(model.name)}</span>'
        f'<span class="knb-note">{escape(type(model).__name__)} · {layers} '
        f"layer{'s' if layers != 1 else ''}</span></div>"
    )
    columns = "".join(
        f'<span class="{"knb-num" if i in (2, 3) else ""}">{name}</span>' for i, name in enumerate(COLUMNS)
    )
    return (
        f'<div class="knb knb-card" role="group" aria-label="Model {escape(model.name)}">'
        f"{style('base', 'card')}{title}"
        f'<div class="knb-row knb-columns" aria-hidden="true">{columns}</div>'
        f"{_list(rows, 0, total)}{_totals(found)}</div>"
    )


def _list(rows: list[dict[str, Any]], depth: int, total: int) -> str:
    """Rows of one depth as a list; deeper ones follow inside the model they belong to."""
    parts = ['<ul class="knb-rows">']
    i = 0
    while i < len(rows):
        j = i + 1
        while j < len(rows) and rows[j]["depth"] > depth:
            j += 1
        line = _row(rows[i], total)
        if j > i + 1:
            # Lab takes "d d" for "delete the cell" wherever the attribute is missing.
            parts.append(
                f'<li><details><summary data-lm-suppress-shortcuts="true">{line}</summary>'
                f"{_list(rows[i + 1 : j], depth + 1, total)}</details></li>"
            )
        else:
            parts.append(f"<li>{line}</li>")
        i = j
    return "".join([*parts, "</ul>"])


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
    cells = (
        f'<span class="knb-layer" style="--depth:{row["depth"]}"><b>{escape(row["name"])}</b> '
        f"<i>{escape(row['class_name'])}</i>{notes}{joined}</span>",
        f"<span>{escape(shape_text(row['output_shape']))}</span>",
        f'<span class="knb-num">{params:,}<span class="knb-sr"> parameters</span></span>',
        f'<span class="knb-num">{readable_size(row["bytes"]) if row["bytes"] else "–"}</span>',
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
