"""Gallery: what a classifier gets right and wrong on samples, with the confusion matrix beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.core.training.feed import is_array_like

from . import gallery_still
from .confusion import Confusion
from .explain import explain
from .in_place import InPlace
from .labels import UNKNOWN, labels_of, relabel
from .outputs import known_options, outputs_of, read_batches, rows_of
from .predictions import SORTS, Predictions, judge, task_of
from .samples import Samples, take
from .sprites import RAW_BYTES, Sheet, pack

PAGE = 28  # tiles of a page, as the gallery opens
CLASSES_SENT = 10  # likeliest classes of each sample that the browser knows without asking
CLASS_BYTES = 300_000  # for them, all samples together
# Jupyter's server drops messages beyond 3 MB in 3 seconds. So many bytes of tiles (before they are packed) go
# out unasked; the browser fetches the others in the background.
PUSHED_BYTES = 2_500_000
LARGE = 20_000  # values of an image from which on making it small costs more than sending it
MOST = 60_000  # samples a browser sorts at ease
WHOLE_SIDE = 320  # pixels of a single sample looked at closely
BLOCK = 400  # tiles of one answer at most


def gallery(model: Any, x: Any, y: Any = None, **options: Any) -> Any:
    """A Gallery for a classifier, a Residuals view for a regression: what ``model.gallery`` gives.

    Args:
        model: has ``predict``.
        x: samples: images, rows of features, token ids, texts; or a data set that gives (x, y).
        y: labels: class numbers, one-hot rows, class names, quantities; None shows predictions only.
        options: of ``Gallery`` or ``Residuals``; ``task`` ("classes", "binary", "regression") where the
            shapes leave it open, ``predictions`` to show these instead of asking the model,
            ``output`` (a name or number) of a model with several outputs.

    Raises:
        ValueError: data that cannot be shown; the message says why and what to do.
    """
    task, known, output = (options.pop(k, None) for k in ("task", "predictions", "output"))
    if y is None and not is_array_like(x):
        x, y = read_batches(x)
    outputs = outputs_of(model, x, output, options.get("batch_size")) if known is None else np.asarray(known)
    rows = rows_of(x)
    if outputs.shape[:1] != (rows,):
        raise ValueError(
            f"gallery: there are {rows} samples but predictions of the shape {outputs.shape}: one row each is needed."
        )
    if task_of(outputs, y, model, task) == "regression":
        from .residuals import Residuals

        return Residuals(model, x, y, outputs=outputs, **known_options(options, Residuals, "regression"))
    return Gallery(
        model,
        x,
        y,
        outputs=outputs,
        task=task,
        output=output,
        frozen=known is not None,
        **known_options(options, Gallery),
    )


class Gallery(InPlace):
    """Samples with their predictions; displayed, it is a page of tiles to filter, sort and correct.

    In the notebook: filter by right or wrong, class and confidence; sort; click a cell of the confusion
    matrix; open a sample for its class bars, for what the prediction rests on, to give it another label or
    to drop it. Paging, sorting and filtering happen in the browser.

    Args:
        model: has ``predict``.
        x: samples, (n, ...).
        y: labels, or None.
        class_names: one name for each class, or a dict from class number to name.
        sort: "wrong" (most confidently wrong first), "loss", "unsure", "sure" or "order".
        threshold: of a binary model: the probability from which the answer is the second class.
        page: tiles of a page.
        kind, image_shape, texts, word_index, feature_names: how samples are shown, see ``Samples``.
        batch_size: of ``predict``.

    Attributes:
        predictions: probabilities, classes, losses and truth as arrays.
        samples: what the samples look like.

    Example: ``bad = model.gallery(x_test, y_test)``; after relabelling in the notebook,
    ``x_clean, y_clean = bad.corrected()``.
    """

    view_name = "gallery"

    def __init__(
        self, model: Any, x: Any, y: Any = None, *, class_names: Any = None, sort: str = "wrong",
        threshold: float = 0.5, page: int = PAGE, kind: str | None = None, image_shape: Any = None, texts: Any = None,
        word_index: Any = None, feature_names: Any = None, batch_size: int | None = None, outputs: Any = None,
        task: str | None = None, output: Any = None, frozen: bool = False,
    ):  # fmt: skip
        self.model, self.x, self.y = model, x, y
        self.samples = Samples(x, model, kind, image_shape, texts, word_index, feature_names)
        self.batch_size, self.output, self.frozen = batch_size, output, frozen
        if outputs is None:
            outputs = outputs_of(model, x, output, batch_size)
        self.task = task_of(outputs, y, model, task)
        if self.task == "regression":
            raise ValueError(
                "Gallery shows classes and these outputs are quantities: use model.gallery(x, y) or Residuals(model, "
                "x, y)."
            )
        if len(self.samples) > MOST:
            raise ValueError(
                f"gallery: {len(self.samples):,} samples are more than a page shows at ease ({MOST:,}). Pass a part "
                "of them, for "
                f"example model.gallery(x[:{MOST}], y[:{MOST}]), or those that are wrong."
            )
        self._judging = {"class_names": class_names, "threshold": threshold}
        self.predictions: Predictions = judge(outputs, y, self.task, model=model, **self._judging)
        if sort not in SORTS:
            self.predictions.order(sort)  # says which there are
        self.sort = sort if self.predictions.judged or sort not in ("wrong", "loss") else "unsure"
        if page < 1:
            raise ValueError(f"gallery: page must be at least 1 tile, got page={page}.")
        self.page = int(page)
        self.dropped: set[int] = set()
        self._given = self.predictions.truth.copy()
        self.compiled: Any = None  # the program of gradient maps, once one was asked for

    def __len__(self) -> int:
        return len(self.predictions)

    # --- numbers -------------------------------------------------------------------------------------

    @property
    def class_names(self) -> list[str]:
        """The classes' names."""
        return self.predictions.names

    @property
    def kept(self) -> np.ndarray:
        """Numbers of the samples that were not dropped."""
        return np.setdiff1d(np.arange(len(self)), sorted(self.dropped))

    @property
    def accuracy(self) -> float:
        """Share of the kept samples with a label that are right; NaN without labels."""
        known = self.kept[self.predictions.truth[self.kept] != UNKNOWN]
        return float(self.predictions.right[known].mean()) if len(known) else float("nan")

    @property
    def counts(self) -> dict[str, int]:
        """How many samples are right, wrong, without a label, relabelled and dropped."""
        p, kept = self.predictions, self.kept
        return {
            "samples": len(kept), "right": int(p.right[kept].sum()), "wrong": int(p.wrong[kept].sum()),
            "unlabelled": int((p.truth[kept] == UNKNOWN).sum()), "relabelled": len(self.relabelled),
            "dropped": len(self.dropped),
        }  # fmt: skip

    @property
    def confusion(self) -> Confusion:
        """Counts of (true, predicted) over the kept samples."""
        p, kept = self.predictions, self.kept
        return Confusion.of(p.truth[kept], p.predicted[kept], p.names)

    def order(self, by: str | None = None) -> np.ndarray:
        """Numbers of the kept samples, sorted as the gallery shows them (or ``by`` another of its sorts)."""
        found = self.predictions.order(by or self.sort)
        return found[~np.isin(found, sorted(self.dropped))] if self.dropped else found

    def worst(self, count: int = 10) -> np.ndarray:
        """Numbers of the most confidently wrong samples."""
        found = self.order("wrong")
        return found[self.predictions.wrong[found]][:count]

    # --- corrections -----------------------------------------------------------------------------------

    @property
    def relabelled(self) -> dict[int, int]:
        """Sample number -> new class, of the samples that are kept."""
        changed = np.flatnonzero(self.predictions.truth != self._given)
        return {int(i): int(self.predictions.truth[i]) for i in changed if int(i) not in self.dropped}

    def relabel(self, index: int, label: Any) -> None:
        """Give a sample another label: a class number or name."""
        self._check(index)
        if isinstance(label, str) and label not in self.class_names and label.isdigit():
            label = int(label)
        self.predictions.truth[index] = labels_of([label], 1, len(self.class_names), self.class_names)[0]

    def drop(self, *indices: int) -> None:
        """Leave samples out, here and in ``corrected``."""
        for index in indices:
            self._check(index)
            self.dropped.add(int(index))

    def restore(self, *indices: int) -> None:
        """Undo what was done to samples; to all of them without an argument."""
        for index in indices or range(len(self)):
            self._check(index)
            self.dropped.discard(int(index))
            self.predictions.truth[index] = self._given[index]

    def corrected(self) -> tuple[Any, Any]:
        """(x, y) without the dropped samples and with the new labels, in the form in which they came."""
        kept, relabelled = self.kept, self.relabelled
        return take(self.x, kept), take(relabel(self.y, relabelled, self.class_names), kept)

    def _check(self, index: int) -> None:
        if not 0 <= int(index) < len(self):
            raise IndexError(f"There is no sample {index}: the gallery has {len(self)}, numbered from 0.")

    # --- following the model -----------------------------------------------------------------------------

    def refresh(self) -> Gallery:
        """Ask the model again; what is displayed follows. Labels that were changed stay."""
        if self.frozen:
            raise ValueError("This gallery shows predictions= that were given to it: make a new one to show others.")
        outputs = outputs_of(self.model, self.x, self.output, self.batch_size)
        truth = self.predictions.truth
        self.predictions = judge(outputs, None, self.task, model=self.model, **self._judging)
        self.predictions.truth = truth
        if self.link is not None:
            content, buffers = self._numbers()
            self.link.send(content, buffers=buffers)
        return self

    def callback(self, every: int = 1) -> Any:
        """A callback that refreshes the gallery while ``fit`` runs, after every so many epochs."""
        from .refresh import Refresh

        return Refresh(self, every)

    # --- pictures ------------------------------------------------------------------------------------------

    def still(self) -> dict[str, Any]:
        return gallery_still.bundle(self)

    def text(self) -> str:
        """The gallery in words and numbers."""
        return gallery_still.text(self)

    def __repr__(self) -> str:
        return self.text()

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        link = self.link
        if link is None:
            return
        number, index = content.get("request"), content.get("index")
        if kind == "hello":
            content, buffers = self._everything()
            link.answer(number, content, buffers)
        elif kind == "tiles":
            rows = [int(i) for i in content["rows"][:BLOCK] if 0 <= int(i) < len(self)]
            sheets, captions = self._tiles(rows)
            answer = {"kind": "tiles", "rows": rows, "sheets": [s.header() for s in sheets], "captions": captions}
            link.answer(number, answer, [s.data for s in sheets])
        elif kind == "whole":
            self._check(int(index))
            sheets = pack(self.samples.pixels([int(index)], WHOLE_SIDE))
            link.answer(number, {"kind": "whole", "sheets": [s.header() for s in sheets]}, [s.data for s in sheets])
        elif kind == "explain":
            self._check(int(index))
            content, buffers = explain(self, int(index), str(content.get("method")), content.get("class"))
            link.answer(number, content, buffers)
        elif kind in ("relabel", "drop", "restore"):
            if kind == "relabel":
                self.relabel(int(index), int(content["label"]))
            else:
                getattr(self, kind)(int(index))
            link.answer(number, {"kind": "changed", "counts": self.counts})

    def shown(self, link: Any) -> None:
        content, buffers = self._everything()
        link.send(content, buffers=buffers)

    def _everything(self) -> tuple[dict[str, Any], list[Any]]:
        """What a new view needs: numbers, and the first tiles in the order of the first page."""
        content, buffers = self._numbers()
        rows = self.order()[: self._pushed()]
        sheets, captions = self._tiles(rows)
        content.update(rows=rows.tolist(), sheets=[s.header() for s in sheets], captions=captions, kind="everything")
        return content, [*buffers, *(s.data for s in sheets)]

    def _pushed(self) -> int:
        """How many tiles go out unasked."""
        if self.samples.kind != "image":
            return 2000
        h, w, c = self.samples.shape or (1, 1, 1)
        if h * w * c > LARGE:  # made small first, which takes its time
            return max(self.page, BLOCK // 2)
        return max(self.page, (PUSHED_BYTES if c == 1 else RAW_BYTES) // (h * w * c))

    def _numbers(self) -> tuple[dict[str, Any], list[Any]]:
        """Predictions and truth of all samples; seven buffers."""
        p = self.predictions
        sent = min(CLASSES_SENT, p.probabilities.shape[1], max(2, CLASS_BYTES // (6 * len(self))))
        top = np.argsort(-p.probabilities, axis=1, kind="stable")[:, :sent]
        content = {
            "kind": "numbers", "count": len(self), "names": self.class_names, "sort": self.sort, "page": self.page,
            "samples": self.samples.kind, "shape": self.samples.shape, "notes": p.notes,
            "title": gallery_still.title(self),
            "top": top.shape[1], "dropped": sorted(self.dropped), "judged": p.judged,
        }  # fmt: skip
        arrays = (
            p.truth.astype(np.uint16), p.predicted.astype(np.uint16), self._given.astype(np.uint16),  # UNKNOWN: 65535
            p.confidence.astype(np.float32), p.loss.astype(np.float32), top.astype(np.uint16),
            np.take_along_axis(p.probabilities, top, 1).astype(np.float32),
        )  # fmt: skip
        return content, [a.tobytes() for a in arrays]

    def _tiles(self, rows: Any) -> tuple[list[Sheet], list[str]]:
        """The pictures of samples, or their one-line captions."""
        if self.samples.kind == "image":
            return (pack(self.samples.pixels(rows)) if len(rows) else []), []
        return [], [self.samples.caption(int(i), 240) for i in rows]
