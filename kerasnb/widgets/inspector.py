"""Inspector: what happens inside a model on samples: each layer's output, statistics, attention."""

from __future__ import annotations

import base64
import inspect as signatures
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasnb.core.models.activation_hints import hints_of
from kerasnb.core.models.activations import Activations, LayerStatistics, Output
from kerasnb.core.registered import did_you_mean

from .activation_panels import attention_html, panel_html
from .graph_svg import tensor_text
from .in_place import InPlace, Link
from .pen import pen
from .samples import Samples
from .sprites import data_uri
from .still import escape, style

MOST_ROWS = 2048  # samples that the statistics rest on
STRIP = 24  # samples to choose from at a glance
STILL_BYTES = 320_000  # of the panels in the still picture
TILE = 40  # pixels
COLUMNS = ("Layer", "Output", "Mean ± spread", "Zeros", "Dead units", "Saturated")


def inspect(model: Any, x: Any, **options: Any) -> Inspector:
    """What ``model.inspect`` gives."""
    known = list(signatures.signature(Inspector).parameters)[2:]
    for name in options:
        if name not in known:
            raise TypeError(
                f"inspect: there is no option {name!r}; there are {', '.join(known)}.{did_you_mean(name, known)}"
            )
    return Inspector(model, x, **options)


class Inspector(InPlace):
    """Each layer's output for a chosen sample, with statistics over all samples.

    Feature maps of convolutions, bars of vectors, strips of sequences, heads of attention layers; the table says how
    many units never fire ("dead": their output is 0 on all of x), how much is saturated (at a flat end of sigmoid,
    tanh and the like), and where NaN first appears. In the notebook samples are chosen by click or key.

    Args:
        model: a model of any kind, trained or not; one that is not built is built for ``x``.
        x: samples; statistics are made of the first 2,048 of them.
        sample: number of the sample that is shown first.
        layers: names of the layers to show; all by default.
        class_names: names of the last layer's outputs.
        kind, image_shape, texts, word_index, feature_names: how samples are shown, see ``Samples``.

    Attributes:
        statistics: a list of ``LayerStatistics``, in the order in which layers run.
        hints: what stands out, in words.
        sample: number of the sample that is shown.

    Example: ``model.inspect(x_test[:500])``; ``inspector.activations(3)["conv2d"]`` gives arrays.

    Raises:
        ValueError: no samples, samples that do not fit, no such layer; the message says what to do.
    """

    view_name = "inspector"

    def __init__(
        self, model: Any, x: Any, *, sample: int = 0, layers: Sequence[str] | None = None, class_names: Any = None,
        kind: str | None = None, image_shape: Any = None, texts: Any = None, word_index: Any = None,
        feature_names: Any = None,
    ):  # fmt: skip
        self.model, self.x = model, x
        self.inside = Activations(model, x)
        self.rows = len(self.inside)
        self.samples = Samples(x, model, kind, image_shape, texts, word_index, feature_names)
        self.class_names = None if class_names is None else [str(n) for n in _in_order(class_names)]
        self.wanted = None if layers is None else [layers] if isinstance(layers, str) else list(layers)
        self.sample = self.checked(sample)
        self.refresh()

    def refresh(self) -> None:
        """Look again, after the model has learned more; what is displayed is drawn anew."""
        self.statistics: list[LayerStatistics] = self.inside.statistics(most=MOST_ROWS)
        known = [s.key for s in self.statistics]
        for name in self.wanted or ():
            if name not in known:
                raise ValueError(
                    f"inspect: there is no layer {name!r} with an output to show; there are {', '.join(known)}."
                    f"{did_you_mean(name, known)}"
                )
        self.hints = hints_of(self.statistics, min(self.rows, MOST_ROWS))
        broken = _broken_rows(self.samples.data)
        if broken:
            self.hints.insert(0, f"{broken:,} of the {self.rows:,} samples in x hold NaN or infinite values.")
        if self.wanted is not None:
            self.statistics = [s for s in self.statistics if s.key in self.wanted]
        self._seen: tuple[int, dict[str, Output]] | None = None
        self.redraw()

    # --- numbers -------------------------------------------------------------------------------------------

    def checked(self, index: Any) -> int:
        """The number of a sample, if there is one of that number."""
        if not hasattr(index, "__index__") or not 0 <= int(index) < self.rows:
            raise IndexError(f"There is no sample {index}: x has {self.rows}, numbered from 0.")
        return int(index)

    def outputs(self, index: int) -> dict[str, Output]:
        """Outputs of every layer for one sample, by the layer's key."""
        if self._seen is None or self._seen[0] != index:
            self._seen = index, {o.key: o for o in self.inside.outputs([index])}
        return self._seen[1]

    def activations(self, index: int | None = None) -> dict[str, np.ndarray]:
        """Arrays by layer for one sample (the one shown by default), without the batch axis."""
        index = self.sample if index is None else self.checked(index)
        return {key: output.values[0] for key, output in self.outputs(index).items()}

    # --- words ---------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Whose inside it is."""
        return f"Inside {self.model.name}"

    def notes(self) -> list[str]:
        """Head line."""
        part = f"statistics over the first {MOST_ROWS:,}" if self.rows > MOST_ROWS else ""
        return [f"{self.rows:,} sample{'s' if self.rows != 1 else ''}", *([part] if part else [])]

    def text(self) -> str:
        """The table in words and numbers, and what stands out."""
        rows = [list(COLUMNS)] + [[f"{s.key} ({s.kind})", *cells_of(s)] for s in self.statistics]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [" · ".join([self.title, *self.notes()]), *(f"! {hint}" for hint in self.hints)]
        return "\n".join(
            [*lines, *("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows)]
        )

    # --- still ---------------------------------------------------------------------------------------------

    def still(self) -> dict[str, Any]:
        bundle = {"text/html": self.html(), "text/plain": self.text()}
        picture = self._png()
        return {**bundle, "image/png": picture} if picture else bundle

    def html(self) -> str:
        """Table, panels and samples; the element that the live view moves into."""
        said = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in self.notes())
        hints = "".join(f"<li>{escape(h)}</li>" for h in self.hints)
        head = "".join(f"<span>{name}</span>" for name in COLUMNS)
        return (
            f'<div class="knb knb-inspector {self.place}" role="group" aria-label="{escape(self.title)}">'
            f"{style('base', 'inspector')}"
            f'<div class="knb-head"><span class="knb-title">{escape(self.title)}</span>{said}</div>'
            f"{f'<ul class={chr(34)}knb-hints{chr(34)}>{hints}</ul>' if hints else ''}"
            f"{self.strip_html()}"
            f'<div class="knb-chosen">{self.sample_html(self.sample)}</div>'
            f'<div class="knb-line knb-columns" aria-hidden="true">{head}</div>'
            f'<div class="knb-layers">{self._rows_html()}</div></div>'
        )

    def _rows_html(self) -> str:
        """The table's rows, with the panels of the sample shown as long as the picture stays small."""
        parts, room, opened = [], STILL_BYTES, self.opened()
        order = sorted(self.statistics, key=lambda s: s.key not in opened)
        panels = {}
        for s in order:
            panels[s.key] = self.panel_html(s.key, self.sample) if room > 0 else ""
            room -= len(panels[s.key])
        for s in self.statistics:
            state = " open" if s.key in opened and panels[s.key] else ""
            inner = panels[s.key] or '<p class="knb-note">Shown while the kernel runs.</p>'
            empty = "" if panels[s.key] else " data-empty"
            parts.append(
                f'<details class="knb-one" data-key="{escape(s.key)}"{state}{empty}>'
                f'<summary data-lm-suppress-shortcuts="true">{row_html(s)}</summary>'
                f'<div class="knb-panel">{inner}</div></details>'
            )
        return "".join(parts)

    def opened(self) -> list[str]:
        """Layers that are open at first: the first with feature maps, the first with attention, and the last."""
        if not self.statistics:
            return []
        maps = [s.key for s in self.statistics if len(s.shape) == 3 and s.shape[0] * s.shape[1] > 1][:1]
        heads = [key for key, output in self.outputs(self.sample).items() if output.scores is not None][:1]
        return [*maps, *heads, self.statistics[-1].key]

    def panel_html(self, key: str, index: int) -> str:
        """One layer's output for one sample."""
        output = self.outputs(index).get(key)
        found = next((s for s in self.statistics if s.key == key), None)
        if output is None or found is None:
            return '<p class="knb-note">This layer puts out nothing that can be shown.</p>'
        values = output.values[0]
        axis = 0 if getattr(output.layer, "data_format", None) == "channels_first" and values.ndim > 1 else -1
        names = self.class_names if found is self.statistics[-1] else None
        if found is self.statistics[-1] and names is None and values.ndim == 1 and 1 < len(values) <= 20:
            names = [str(i) for i in range(len(values))]
        panel = panel_html(values, axis, names, found.dead or ())
        if output.scores is None:
            return panel
        return f'{attention_html(output.scores[0])}<p class="knb-note">output</p>{panel}'

    def strip_html(self) -> str:
        """The first samples, to choose from."""
        if self.samples.kind != "image" or self.rows < 2:
            return ""
        pixels = self.samples.pixels(range(min(STRIP, self.rows)), TILE)
        tiles = "".join(
            f'<img alt="sample {i}" src="{data_uri(p)}"{" aria-current=true" if i == self.sample else ""}>'
            for i, p in enumerate(pixels)
        )
        return f'<div class="knb-strip">{tiles}</div>'

    def sample_html(self, index: int) -> str:
        """The sample that goes in."""
        head = f"<b>Sample {index}</b>"
        if self.samples.kind == "image":
            picture = data_uri(self.samples.pixels([index], 128)[0])
            return f'<img class="knb-input" alt="sample {index}" src="{picture}">{head}'
        return f"{head}<span>{escape(self.samples.caption(index, 400))}</span>"

    def _png(self) -> str | None:
        """The statistics as a picture of the text, for places that show no HTML."""
        from PIL import Image, ImageFont

        font = ImageFont.load_default(13)
        rows = [[f"{s.key} ({s.kind})", *cells_of(s)] for s in self.statistics[:60]]
        table = [list(COLUMNS), *rows]
        widths = [max(int(font.getlength(row[i])) for row in table) + 22 for i in range(len(COLUMNS))]
        lines = [" · ".join([self.title, *self.notes()]), *self.hints]
        size = max(sum(widths) + 24, 200), 20 * (len(table) + len(lines)) + 30
        picture = Image.new("RGB", size, "white")
        draw = pen(picture)
        for i, line in enumerate(lines):
            draw.text((12, 10 + 20 * i), line, fill="#1f2328", font=font)
        for r, row in enumerate(table):
            x = 12
            for width, cell in zip(widths, row, strict=True):
                draw.text((x, 20 + 20 * (len(lines) + r)), cell, fill="#1f2328" if r else "#59636e", font=font)
                x += width
        out = io.BytesIO()
        picture.quantize(16).save(out, "PNG")
        return base64.b64encode(out.getvalue()).decode()

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if self.link is None:
            return
        if kind == "hello":
            self.link.answer(content.get("request"), self.everything())
        elif kind == "panels":
            index = self.checked(content.get("index"))
            self.sample = index
            keys = [str(k) for k in content.get("keys") or ()]
            answer = {"kind": "panels", "index": index, "chosen": self.sample_html(index)}
            self.link.answer(content.get("request"), {**answer, "panels": {k: self.panel_html(k, index) for k in keys}})

    def everything(self) -> dict[str, Any]:
        """What a view needs to begin with; the still picture has the rest."""
        return {"kind": "everything", "rows": self.rows, "sample": self.sample, "html": self.html()}

    def shown(self, link: Link) -> None:
        link.send({"kind": "begin", "rows": self.rows, "sample": self.sample})


def _in_order(names: Any) -> list[Any]:
    return [names[k] for k in sorted(names)] if isinstance(names, dict) else list(names)


def _broken_rows(data: Any) -> int:
    array = np.asarray(data)
    if array.dtype.kind != "f":
        return 0
    return int((~np.isfinite(array.reshape(len(array), -1))).any(1).sum())


def cells_of(s: LayerStatistics) -> list[str]:
    """A row of the table behind the layer's name, as text."""
    broken = f" ({s.broken:,} NaN or infinite)" if s.broken else ""
    return [
        tensor_text((None, *s.shape)) + (", same for all" if s.shared else ""),
        f"{s.mean:.3g} ± {s.spread:.2g}{broken}",
        f"{s.zeros:.0%}",
        "–" if s.dead is None else f"{len(s.dead):,} of {s.units:,}",
        "–" if s.saturated is None else f"{s.saturated:.0%}",
    ]


def row_html(s: LayerStatistics) -> str:
    """A row of the table: numbers, and bars for the shares."""
    shape, mean, zeros, dead, saturated = cells_of(s)
    share = len(s.dead) / s.units if s.dead and s.units else 0.0
    alarming = " knb-bad" if s.broken else ""
    return (
        f'<span class="knb-line{alarming}">'
        f'<span class="knb-layer"><b>{escape(s.key)}</b> <i>{escape(s.kind)}</i></span>'
        f"<span>{escape(shape)}</span><span>{escape(mean)}</span>{_gauge(zeros, s.zeros, '')}"
        f"{_gauge(dead, share, ' knb-warned' if share >= 0.1 else '')}"
        f"{_gauge(saturated, s.saturated or 0.0, ' knb-warned' if (s.saturated or 0) > 0.5 else '')}</span>"
    )


def _gauge(text: str, share: float, kind: str) -> str:
    bar = f'<span class="knb-gauge"><i style="width:{100 * share:.1f}%"></i></span>' if text != "–" else ""
    return f'<span class="knb-cell{kind}">{text}{bar}</span>'
