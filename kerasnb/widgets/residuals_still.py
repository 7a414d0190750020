"""The still picture of a regression: three diagrams, numbers and worst cases as HTML, PNG and text."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from kerasnb.core.training.progress import number

from .pen import pen
from .picture import INK
from .plot import HEIGHT, PLOT_SCALE, WIDTH, Plot, span
from .sprites import data_uri
from .still import escape, style

DRAWN = 1500  # points of a diagram; of more samples every n-th, and the worst
BINS = 30
TARGETS = 12  # outputs listed with their numbers
HEAD = 30


def title(view: Any) -> str:
    """Whose predictions they are."""
    return f"Predictions of {getattr(view.model, 'name', None) or type(view.model).__name__}"


def notes(view: Any) -> list[str]:
    """Count and errors in a few words."""
    said = [f"{len(view):,} samples"]
    if len(view.target_names) > 1:
        said.append(f"{view.target_names[view.target]} is drawn")
    if view.truth is not None:
        m = view.metrics()
        said += [f"mean absolute error {number(m['mae'])}", f"root mean squared error {number(m['rmse'])}"]
        said += [f"R² {number(m['r2'])}"] if np.isfinite(m["r2"]) else []
    return said


def plots(view: Any) -> list[Plot]:
    """The diagrams."""
    predicted = view.predicted[:, view.target]
    name = view.target_names[view.target]
    if view.truth is None:
        return [_histogram(predicted, "Predictions", f"predicted {name}", zero=False)]
    truth, errors = view.truth[:, view.target], view.errors[:, view.target]
    worst = view.worst()
    rows = np.setdiff1d(np.arange(len(view)), worst)
    rows = rows[:: -(-len(rows) // DRAWN)] if len(rows) > DRAWN else rows
    titles = [f"sample {i}: true {number(truth[i])}, predicted {number(predicted[i])}" for i in worst]
    both = span(np.concatenate([truth, predicted]))
    m = view.metrics()
    against = Plot("Predicted against true", f"true {name}", "predicted", both, both, f"R² is {number(m['r2'])}")
    against.line([(both[0], both[0]), (both[1], both[1])], "a perfect prediction")
    against.dots(truth[rows], predicted[rows])
    against.dots(truth[worst], predicted[worst], titles, strong=True)
    across = span(predicted)
    off = Plot(
        "Residuals",
        f"predicted {name}",
        "predicted − true",
        across,
        span(errors, zero=True),
        f"the mean error is {number(m['bias'])}",
    )
    off.line([(across[0], 0.0), (across[1], 0.0)], "no error")
    off.dots(predicted[rows], errors[rows])
    off.dots(predicted[worst], errors[worst], titles, strong=True)
    return [against, off, _histogram(errors, "Errors", "predicted − true", zero=True)]


def _histogram(values: np.ndarray, title: str, label: str, zero: bool) -> Plot:
    low, high = span(values, 0.02, zero)
    counts, edges = np.histogram(values, BINS, (low, high))
    quarter, middle, three = np.quantile(values, (0.25, 0.5, 0.75))
    said = f"the middle half lies from {number(quarter)} to {number(three)}, the median is {number(middle)}"
    plot = Plot(title, label, "samples", (low, high), (0.0, counts.max() * 1.06), said)
    plot.boxes(edges, counts)
    if zero:
        plot.line([(0.0, 0.0), (0.0, counts.max() * 1.06)], "no error")
    return plot


def html(view: Any) -> str:
    """The whole picture."""
    said = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in notes(view))
    return (
        f'<div class="knb knb-residuals" role="group" aria-label="{escape(title(view))}">{style("base", "residuals")}'
        f'<div class="knb-head"><span class="knb-title">{escape(title(view))}</span>{said}</div>'
        f'<div class="knb-plots">{"".join(p.svg() for p in plots(view))}</div>{_tables_html(view)}</div>'
    )


def _tables_html(view: Any) -> str:
    if view.truth is None:
        return ""
    parts = []
    if len(view.target_names) > 1:
        header, rows = target_table(view)
        parts.append(_table_html("Outputs", header, rows))
    header, rows = worst_table(view)
    pictures = None
    if view.samples.kind == "image":
        pictures = [
            f'<img alt="" class="knb-small" src="{data_uri(view.samples.pixels([i])[0])}">' for i in view.worst()
        ]
    parts.append(_table_html("Worst cases", header, rows, pictures))
    return "".join(parts)


def _table_html(caption: str, header: list[str], rows: list[list[str]], pictures: list[str] | None = None) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in header)
    body = "".join(
        f"<tr>{f'<td>{pictures[i]}</td>' if pictures else ''}{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>"
        for i, row in enumerate(rows)
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{'<td></td>' if pictures else ''}{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def target_table(view: Any) -> tuple[list[str], list[list[str]]]:
    """Header and one row of numbers for each output."""
    rows = []
    for name in view.target_names[:TARGETS]:
        m = view.metrics(name)
        rows.append([name, number(m["mae"]), number(m["rmse"]), number(m["bias"]), number(m["r2"])])
    return ["output", "mean abs. error", "rms error", "mean error", "R²"], rows


def worst_table(view: Any) -> tuple[list[str], list[list[str]]]:
    """Header and one row for each of the worst cases."""
    truth, predicted = view.truth[:, view.target], view.predicted[:, view.target]
    rows = [
        [
            str(i),
            number(truth[i]),
            number(predicted[i]),
            f"{predicted[i] - truth[i]:+.4g}",
            view.samples.caption(int(i), 90),
        ]
        for i in view.worst()
    ]
    header = ["sample", "true", "predicted", "error"]
    if not any(row[-1] for row in rows):
        return header, [row[:-1] for row in rows]
    width = max(len(row[-1]) for row in rows)  # text stands on the left, numbers on the right
    return [*header, "what it is".ljust(width)], [[*row[:-1], row[-1].ljust(width)] for row in rows]


def text(view: Any) -> str:
    """The numbers of the picture."""
    lines = [" · ".join([title(view), *notes(view)]), *(f"  {p.title}: {p.said}" for p in plots(view))]
    if view.truth is None:
        return "\n".join(lines)
    tables = [("outputs", target_table(view))] if len(view.target_names) > 1 else []
    for name, (header, rows) in [*tables, ("worst cases", worst_table(view))]:
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines += ["", f"{name}:"]
        lines += ["  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in (header, *rows)]
    return "\n".join(lines)


def png(view: Any) -> bytes:
    """The diagrams side by side."""
    from PIL import Image, ImageFont

    drawn = plots(view)
    size = (len(drawn) * WIDTH * PLOT_SCALE, (HEIGHT + HEAD) * PLOT_SCALE)
    picture = Image.new("RGB", size, "white")
    draw = pen(picture)
    head, font = ImageFont.load_default(14 * PLOT_SCALE), ImageFont.load_default(11 * PLOT_SCALE)
    draw.text((10 * PLOT_SCALE, 7 * PLOT_SCALE), " · ".join([title(view), *notes(view)]), fill=INK, font=head)
    for i, plot in enumerate(drawn):
        plot.png_onto(draw, font, (i * WIDTH, HEAD))
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def bundle(view: Any) -> dict[str, Any]:
    """HTML, PNG and text."""
    return {
        "text/html": html(view),
        "image/png": base64.b64encode(png(view)).decode(),
        "text/plain": text(view),
    }
