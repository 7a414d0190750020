"""History.compare: runs over one another by name, as a plotly figure with its still picture and a table in text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from kerasnb.core.training.progress import duration, number

from .curves import grid_of, lay_out, literal
from .series import RUN_COLOURS as COLOURS
from .series import Panel, panels_of
from .still import escape, panel_sentence, panel_svg, style


def compare_figure(runs: Mapping[str, Any], metrics: Any = None, log: bool = False) -> go.Figure:
    """Curves of several runs, one panel for each metric, one colour for each run; validation dashed.

    Args:
        runs: name -> History, or name -> dict of a history's numbers.
        metrics: names of the panels to show (without ``val_``); all by default.
        log: whether losses have a logarithmic axis.
    """
    panels = compared(runs, metrics)
    figure, rows, columns = grid_of(panels)
    shown: set[str] = set()
    for i, panel in enumerate(panels):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        for curve in panel.curves:
            figure.add_scatter(
                x=curve.x,
                y=curve.y,
                name=literal(curve.name),
                legendgroup=curve.name,
                showlegend=curve.name not in shown,
                mode="lines" if len(curve.x) > 1 else "markers",
                line={
                    "color": COLOURS[(curve.run or 0) % len(COLOURS)],
                    "width": 2.5 if curve.validation else 1.8,
                    "dash": "dash" if curve.validation else "solid",
                },
                hovertemplate=f"%{{y:.4f}} {'validation' if curve.validation else 'training'}",
                **place,
            )
            shown.add(curve.name)
        if log and panel.title.endswith("loss"):
            figure.update_yaxes(type="log", **place)
    lay_out(figure, rows)
    object.__setattr__(figure, "_still", compare_bundle(runs, panels))
    return figure


def compared(runs: Mapping[str, Any], metrics: Any = None) -> list[Panel]:
    """The panels: each metric with the curves of all runs that have it.

    Raises:
        ValueError: none of the runs has epochs, or one of the metrics.
    """
    panels: dict[str, Panel] = {}
    for number_, (name, history) in enumerate(runs.items()):
        rows = numbers_of(history)
        for panel in panels_of(rows, getattr(history, "epoch", None), getattr(history, "model", None)):
            target = panels.setdefault(panel.title, Panel(panel.title, rising=panel.rising))
            for curve in panel.curves:
                curve.name, curve.run = str(name), number_
                target.curves.append(curve)
    found = [p for p in panels.values() if any(c.y for c in p.curves)]
    if not found:
        raise ValueError("compare: none of these histories has an epoch yet; there is nothing to compare.")
    if metrics is not None:
        names = [metrics] if isinstance(metrics, str) else list(metrics)
        unknown = [n for n in names if n not in panels]
        if unknown:
            raise ValueError(f"compare: metrics={unknown!r} are in none of the histories; there are {list(panels)}.")
        found = [p for p in found if p.title in names]
    return found


def numbers_of(history: Any) -> Mapping[str, Any]:
    """Name -> one number per epoch."""
    return history.history if hasattr(history, "history") else history


def best_of(panel: Panel, run: int) -> tuple[int, float] | None:
    """(epoch, value) of a run's best validation value in a panel (of training without validation)."""
    return Panel(panel.title, [c for c in panel.curves if c.run == run], panel.rising).best_epoch


def table_of(runs: Mapping[str, Any], panels: list[Panel]) -> tuple[list[str], list[list[str]]]:
    """Header and one row for each run: epochs, time, last and best value of each metric."""
    header = ["run", "epochs", "time"]
    for panel in panels:
        header += [f"{panel.title} last", f"{panel.title} best", "in epoch"]
    rows = []
    for i, (name, history) in enumerate(runs.items()):
        length = max((len(v) for v in numbers_of(history).values()), default=0)
        seconds = sum(getattr(history, "seconds", None) or [0.0])
        row = [str(name), str(length), duration(seconds) if seconds else "–"]
        for panel in panels:
            mine = [c for c in panel.curves if c.run == i and c.y]
            last = next((c for c in mine if c.validation), mine[0] if mine else None)
            best = best_of(panel, i)
            row += [
                number(last.y[-1]) if last else "–",
                number(best[1]) if best else "–",
                str(best[0]) if best else "–",
            ]
        rows.append(row)
    return header, rows


def compare_bundle(runs: Mapping[str, Any], panels: list[Panel]) -> dict[str, str]:
    """HTML with SVG, PNG and text of the comparison."""
    from .picture import run_png

    header, rows = table_of(runs, panels)
    note = "validation dashed; last and best are of the validation where there is one"
    head = "".join(f"<th scope='col'>{escape(h)}</th>" for h in header)
    body = "".join(
        f'<tr><th scope="row"><span class="knb-run" style="--run:{COLOURS[i % len(COLOURS)]}"></span>'
        f"{escape(row[0])}</th>{''.join(f'<td>{escape(c)}</td>' for c in row[1:])}</tr>"
        for i, row in enumerate(rows)
    )
    html = (
        f'<div class="knb knb-still">{style("base", "still")}'
        f'<div class="knb-head"><span class="knb-title">{len(rows)} runs</span>'
        f'<span class="knb-note">{note}</span></div>'
        f'<div class="knb-panels">{"".join(panel_svg(p) for p in panels)}</div>'
        f'<table class="knb-runs"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
    table = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    text = [f"{len(rows)} runs ({note})"]
    text += ["  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in table]
    text += [f"  {said}" for said in map(panel_sentence, panels)]
    png = base64.b64encode(run_png(panels, " / ".join(map(str, runs)))).decode()
    return {"text/html": html, "text/plain": "\n".join(text), "image/png": png}
