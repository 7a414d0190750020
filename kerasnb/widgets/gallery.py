"""Gallery: what a classifier gets right and wrong on samples, with the confusion matrix beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasnb.core.training.feed import is_array_like

from . import gallery_still
from .confusion import Confusion
from .gallery_messages import answer, everything, numbers
from .in_place import InPlace, Link
from .label_sets import several_labels
from .labels import UNKNOWN, labels_of, relabel
from .outputs import known_options, outputs_of, read_batches, rows_of
from .predictions import SORTS, Predictions, judge, task_of
from .samples import Samples, take

PAGE = 28  # tiles of a page, as the gallery opens
MOST = 60_000  # samples a browser sorts at ease
WHOLE_SIDE = 320  # pixels of a single sample looked at closely
BLOCK = 400  # tiles of one answer at most


def gallery(model: Any, x: Any, y: Any = None, **options: Any) -> Any:
    """A Gallery for a classifier, a LabelGallery where samples have several labels, a Residuals view for a regression.

    Args:
        model: has ``predict``.
        x: samples: images, rows of features, token ids, texts; or a data set that gives (x, y).
        y: labels: class numbers, one-hot rows, class names, quantities; None shows predictions only.
        options: of ``Gallery`` or ``Residuals``; ``task`` ("classes", "binary", "labels", "regression") where the
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
    if several_labels(outputs, y, model, task):
        from .label_gallery import LabelGallery

        chosen = known_options(options, LabelGallery, "labels")
        return LabelGallery(model, x, y, outputs=outputs, output=output, **chosen)
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
        given: (n,) class numbers as they came.

    Example: ``bad = model.gallery(x_test, y_test)``; after relabelling in the notebook,
    ``x_clean, y_clean = bad.corrected()``.
    """

    view_name = "gallery"
    view_parts = ("samples", "tiles", "matrix", "detail")

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
        self.given = self.predictions.truth.copy()
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
        changed = np.flatnonzero(self.predictions.truth != self.given)
        return {int(i): int(self.predictions.truth[i]) for i in changed if int(i) not in self.dropped}

    def relabel(self, index: int, label: Any) -> None:
        """Give a sample another label: a class number or name."""
        index = self.checked(index)
        if isinstance(label, str) and label not in self.class_names and label.isdigit():
            label = int(label)
        self.predictions.truth[index] = labels_of([label], 1, len(self.class_names), self.class_names)[0]

    def drop(self, *indices: int) -> None:
        """Leave samples out, here and in ``corrected``."""
        for index in indices:
            self.dropped.add(self.checked(index))

    def restore(self, *indices: int) -> None:
        """Undo what was done to samples; to all of them without an argument."""
        for index in indices or range(len(self)):
            self.dropped.discard(self.checked(index))
            self.predictions.truth[index] = self.given[index]

    def corrected(self) -> tuple[Any, Any]:
        """(x, y) without the dropped samples and with the new labels, in the form in which they came."""
        kept, relabelled = self.kept, self.relabelled
        return take(self.x, kept), take(relabel(self.y, relabelled, self.class_names), kept)

    def checked(self, index: Any) -> int:
        """The number of a sample, if there is one of that number."""
        if not hasattr(index, "__index__") or not 0 <= int(index) < len(self):
            raise IndexError(f"There is no sample {index}: the gallery has {len(self)}, numbered from 0.")
        return int(index)

    # --- following the model -----------------------------------------------------------------------------

    def refresh(self, note: str = "") -> int:
        """Ask the model again; what is displayed follows. Labels that were changed stay.

        Args:
            note: what to say of these predictions in the head ("as after epoch 5").

        Returns: how many bytes went to the browser.
        """
        if self.frozen:
            raise ValueError("This gallery shows predictions= that were given to it: make a new one to show others.")
        outputs = outputs_of(self.model, self.x, self.output, self.batch_size)
        truth = self.predictions.truth
        self.predictions = judge(outputs, None, self.task, model=self.model, **self._judging)
        self.predictions.truth = truth
        self.predictions.notes += [note] if note else []
        if self.link is not None:
            content, buffers = numbers(self)
            self.link.send(content, buffers=buffers)
            return sum(map(len, buffers))
        return 0

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

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        found = answer(self, kind, content)
        if found is not None and self.link is not None:
            self.link.answer(content.get("request"), *found)

    def shown(self, link: Link) -> None:
        content, buffers = everything(self)
        link.send(content, buffers=buffers)
