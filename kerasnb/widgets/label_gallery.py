"""Label gallery: samples with any number of labels: what was found, missed, wrongly given; scores of each label."""

from __future__ import annotations

from typing import Any

import numpy as np

from .label_sets import LabelSets, names_at
from .outputs import outputs_of
from .predictions import SORTS
from .samples import Samples
from .sprites import data_uri
from .still import escape, style

PAGE = 20
MOST_LABELS = 60  # rows of the table; the rest is said in numbers
BARS = 12  # labels of a sample that are shown with their probability
WORST_IN_TEXT = 8


class LabelGallery:
    """What a model with several labels per sample gets right and wrong.

    A table says for each label how often it is true, found, missed and wrongly given; the samples follow, the most
    confidently wrong first, and unfold into the probability of each label. ``of(label)`` gives the gallery of one
    label, to filter, explain and correct.

    Args:
        model: has ``predict``.
        x: samples, (n, ...).
        y: (n, labels) of 0 and 1, or None.
        class_names: one name for each label, or a dict from number to name.
        sort: "wrong", "loss", "unsure", "sure" or "order".
        threshold: the probability from which a label is given.
        page: samples that are shown.
        kind, image_shape, texts, word_index, feature_names: how samples are shown, see ``Samples``.
        batch_size: of ``predict``.

    Attributes:
        sets: probabilities, truth and scores as arrays.

    Example: ``view = model.gallery(x, y)``; ``view.of("cat")``.
    """

    def __init__(
        self, model: Any, x: Any, y: Any = None, *, class_names: Any = None, sort: str = "wrong",
        threshold: float = 0.5, page: int = PAGE, kind: str | None = None, image_shape: Any = None, texts: Any = None,
        word_index: Any = None, feature_names: Any = None, batch_size: int | None = None, outputs: Any = None,
        output: Any = None,
    ):  # fmt: skip
        self.model, self.x, self.y, self.output, self.batch_size = model, x, y, output, batch_size
        self._look = {
            "kind": kind, "image_shape": image_shape, "texts": texts, "word_index": word_index,
            "feature_names": feature_names,
        }  # fmt: skip
        self.samples = Samples(x, model, **self._look)
        outputs = outputs_of(model, x, output, batch_size) if outputs is None else outputs
        self.sets = LabelSets.of(outputs, y, class_names, threshold, model)
        if page < 1:
            raise ValueError(f"gallery: page must be at least 1 sample, got page={page}.")
        self.sort, self.page = sort, int(page)
        self.order()  # says which sorts there are

    def __len__(self) -> int:
        return len(self.sets)

    @property
    def class_names(self) -> list[str]:
        """The labels' names."""
        return self.sets.names

    def order(self, by: str | None = None) -> np.ndarray:
        """Numbers of the samples as they are shown, or sorted another way."""
        return self.sets.order(by or self.sort)

    def of(self, label: int | str, **options: Any) -> Any:
        """The gallery of one label, with it and without it as the two classes.

        Args:
            label: its number or name.
            options: of ``Gallery``.
        """
        from .gallery import Gallery

        names = self.sets.names
        if label not in names and not (isinstance(label, (int, np.integer)) and 0 <= label < len(names)):
            raise ValueError(f"gallery: there is no label {label!r}; there are {', '.join(map(repr, names[:40]))}.")
        at = names.index(label) if isinstance(label, str) else int(label)
        truth = None if self.sets.truth is None else self.sets.truth[:, at].astype(int)
        chosen = {
            "class_names": [f"no {names[at]}", names[at]],
            "threshold": self.sets.threshold,
            **self._look,
            **options,
        }
        one = OneLabel(self.model, at, self.output)
        return Gallery(one, self.x, truth, outputs=self.sets.probabilities[:, at], task="binary", **chosen)

    # --- words -------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """Whose labels they are."""
        return f"Labels of {getattr(self.model, 'name', None) or type(self.model).__name__}"

    def notes(self) -> list[str]:
        """Head line."""
        s = self.sets
        said = [f"{len(s):,} samples, {len(s.names)} labels"]
        if s.truth is not None:
            said.append(f"{int(s.right.sum()):,} with all labels right ({s.right.mean():.1%})")
            said.append(f"{s.accuracy:.1%} of single labels right")
        return said + s.notes

    def rows(self) -> list[tuple[str, list[str], list[float]]]:
        """The table: for each label its name, counts as text, and scores."""
        counts, scores = self.sets.counts(), self.sets.scores()
        return [
            (name, [f"{int(c[i]):,}" for c in counts.values()], [float(v[i]) for v in scores.values()])
            for i, name in enumerate(self.sets.names)
        ]

    def said_of(self, i: int) -> tuple[list[str], list[str], list[str]]:
        """Names of the labels of a sample that were found, wrongly given, and missed."""
        s = self.sets
        if s.truth is None:
            return names_at(s.names, s.given[i]), [], []
        given, true = s.given[i], s.truth[i]
        return tuple(names_at(s.names, w) for w in (given & true, given & ~true, true & ~given))  # type: ignore[return-value]

    def text(self) -> str:
        """Table and worst samples in words and numbers."""
        heads = ["label", *self.sets.counts(), *self.sets.scores()]
        table = [heads] + [[name, *counts, *map(_percent, scores)] for name, counts, scores in self.rows()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [" · ".join([self.title, *self.notes()])]
        lines += [
            "  " + "  ".join(c.rjust(w) for c, w in zip(r, widths, strict=True)) for r in table[: MOST_LABELS + 1]
        ]
        for i in self.order()[:WORST_IN_TEXT]:
            found, false, missed = self.said_of(int(i))
            parts = [f"{word} {', '.join(names)}" for word, names in (
                ("found", found), ("wrongly given", false), ("missed", missed)) if names]  # fmt: skip
            lines.append(f"  sample {i}: {'; '.join(parts) or 'no label'}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.text()

    # --- still -------------------------------------------------------------------------------------------

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.html(), "text/plain": self.text()}

    def html(self) -> str:
        """Table and samples; nothing in it needs a script."""
        notes = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in self.notes())
        rows = self.order()[: self.page]
        signs = ". ✓ found, ✗ wrongly given, ○ missed" if self.sets.truth is not None else ""
        shown = f"{len(rows):,} of {len(self):,}, {SORTS[self.sort]}{signs}"
        return (
            f'<div class="knb knb-labels" role="group" aria-label="{escape(self.title)}">{style("base", "labels")}'
            f'<div class="knb-head"><span class="knb-title">{escape(self.title)}</span>{notes}</div>'
            f'<div class="knb-two"><div>{self._table_html()}</div><div><p class="knb-note">{escape(shown)}</p>'
            f'<div class="knb-cards knb-{self.samples.kind}s">{"".join(self._sample_html(int(i)) for i in rows)}</div>'
            "</div></div></div>"
        )

    def _table_html(self) -> str:
        heads = "".join(f'<th scope="col">{h}</th>' for h in ["label", *self.sets.counts(), *self.sets.scores()])
        rows = self.rows()
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{c}</td>" for c in counts)}'
            f"{''.join(_score_html(v) for v in scores)}</tr>"
            for name, counts, scores in rows[:MOST_LABELS]
        )
        more = f"; {len(rows) - MOST_LABELS} more labels" if len(rows) > MOST_LABELS else ""
        caption = "How often each label is true, given, found, missed and wrongly given" + more
        if self.sets.truth is None:
            caption = "How often each label is given" + more
        return (
            f'<table class="knb-table"><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _sample_html(self, i: int) -> str:
        found, false, missed = self.said_of(i)
        chips = "".join(
            f'<span class="knb-chip knb-{kind}" title="{word}"><i aria-hidden="true">{sign}</i>'
            f'<span class="knb-sr">{word}: </span>{escape(name)}</span>'
            for kind, sign, word, names in (
                ("found", "✓" if self.sets.truth is not None else "•", "found", found),
                ("false", "✗", "wrongly given", false),
                ("missed", "○", "missed", missed),
            )
            for name in names
        )
        if self.samples.kind == "image":
            picture = self.samples.pixels([i])[0]
            shown = f'<img alt="sample {i}" src="{data_uri(picture)}">'
        else:
            shown = f'<span class="knb-line">{escape(self.samples.caption(i, 240))}</span>'
        return (
            f'<details class="knb-sample"><summary data-lm-suppress-shortcuts="true">{shown}'
            f'<span class="knb-chips">{chips or "<i>no label</i>"}</span></summary>{self._bars_html(i)}</details>'
        )

    def _bars_html(self, i: int) -> str:
        s = self.sets
        wanted = np.zeros(len(s.names), bool) if s.truth is None else s.truth[i]
        order = np.argsort(-(s.probabilities[i] + wanted), kind="stable")[:BARS]
        bars = "".join(
            f"<span>{'<b>' if wanted[c] else ''}{escape(s.names[c])}{'</b>' if wanted[c] else ''}</span>"
            f'<span class="knb-gauge{" knb-ok" if wanted[c] else ""}">'
            f'<i style="width:{100 * s.probabilities[i, c]:.1f}%"></i>'
            f'<b style="left:{100 * s.threshold:.0f}%"></b></span>'
            f"<span>{s.probabilities[i, c]:.1%}</span>"
            for c in order
        )
        return f'<div class="knb-probabilities"><b>Sample {i}</b><span></span><span></span>{bars}</div>'


class OneLabel:
    """A model of several labels as one of a single label.

    Args:
        model: has ``predict``.
        label: number of the label.
        output: name or number of the output, of a model with several.
    """

    def __init__(self, model: Any, label: int, output: Any = None):
        self.model, self.label, self.output = model, label, output
        self.name, self.loss = getattr(model, "name", type(model).__name__), getattr(model, "loss", None)
        self.layers = getattr(model, "layers", [])

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = 0) -> np.ndarray:
        """That label's output, (n,)."""
        return outputs_of(self.model, x, self.output, batch_size)[:, self.label]


def _percent(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1%}"


def _score_html(value: float) -> str:
    bar = "" if np.isnan(value) else f'<span class="knb-gauge"><i style="width:{100 * value:.1f}%"></i></span>'
    return f"<td>{_percent(value)}{bar}</td>"
