"""What a gallery and its view in the browser say to one another: numbers of all samples, tiles, explanations."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import gallery_still
from .explain import explain
from .predictions import TINY
from .sprites import RAW_BYTES, Sheet, pack

CLASSES_SENT = 10  # likeliest classes of each sample that the browser knows without asking
CLASS_BYTES = 300_000  # for them, all samples together
# Jupyter's server drops messages beyond 3 MB in 3 seconds. So many bytes of tiles (before they are packed) go
# out unasked; the browser fetches the others in the background.
PUSHED_BYTES = 2_300_000
NUMBER_BYTES = 24  # of one sample, without its picture
MOST_LOSS = float(-np.log(TINY))  # -log of the least probability: no loss is greater
LARGE = 20_000  # values of an image from which on making it small costs more than sending it
BLOCK = 400  # tiles of one answer at most
CAPTIONS = 2000  # of texts and tables that go out unasked
LONGEST = 4000  # letters of a text looked at closely
WHOLE_SIDE = 320  # pixels of a single sample looked at closely

Message = tuple[dict[str, Any], list[bytes]]


def answer(gallery: Any, kind: str, content: dict[str, Any]) -> Message | None:
    """What the browser is answered; None for a question that does not exist.

    Args:
        gallery: a Gallery.
        kind: "hello", "tiles", "whole", "explain", "relabel", "drop" or "restore".
        content: the question: ``index`` of the sample, ``rows``, ``label``, ``method``.

    Raises:
        IndexError, ValueError, KeyError: a question about samples or labels there are none of.
    """
    if kind == "hello":
        return everything(gallery)
    if kind == "tiles":
        rows = [int(i) for i in content["rows"][:BLOCK] if 0 <= int(i) < len(gallery)]
        sheets, captions = tiles(gallery, rows)
        return _with_sheets({"kind": "tiles", "rows": rows, "captions": captions}, sheets)
    if kind not in ("whole", "explain", "relabel", "drop", "restore"):
        return None
    index = gallery.checked(content.get("index"))
    if kind == "whole" and gallery.samples.kind != "image":
        return {"kind": "whole", "text": gallery.samples.caption(index, LONGEST)}, []
    if kind == "whole":
        return _with_sheets({"kind": "whole"}, pack(gallery.samples.pixels([index], WHOLE_SIDE)))
    if kind == "explain":
        return explain(gallery, index, str(content.get("method")), content.get("class"))
    if kind == "relabel":
        gallery.relabel(index, int(content["label"]))
    else:
        getattr(gallery, kind)(index)
    return {"kind": "changed", "counts": gallery.counts}, []


def everything(gallery: Any) -> Message:
    """What a new view needs: numbers, and the first tiles in the order of the first page."""
    content, buffers = numbers(gallery)
    rows = gallery.order()[: pushed(gallery)]
    sheets, captions = tiles(gallery, rows)
    content, more = _with_sheets({**content, "kind": "everything", "rows": rows.tolist(), "captions": captions}, sheets)
    return content, [*buffers, *more]


def pushed(gallery: Any) -> int:
    """How many tiles go out unasked."""
    if gallery.samples.kind != "image":
        return CAPTIONS
    h, w, c = gallery.samples.shape
    if h * w * c > LARGE:  # made small first, which takes its time
        return max(gallery.page, BLOCK // 2)
    room = (PUSHED_BYTES if c == 1 else RAW_BYTES) - len(gallery) * NUMBER_BYTES
    return max(gallery.page, room // (h * w * c))


def numbers(gallery: Any) -> Message:
    """Predictions and truth of all samples; seven buffers."""
    p = gallery.predictions
    sent = min(CLASSES_SENT, p.probabilities.shape[1], max(2, CLASS_BYTES // (4 * len(gallery))))
    top = np.argsort(-p.probabilities, axis=1, kind="stable")[:, :sent]
    content = {
        "kind": "numbers", "count": len(gallery), "names": p.names, "sort": gallery.sort, "page": gallery.page,
        "samples": gallery.samples.kind, "shape": gallery.samples.shape, "notes": p.notes,
        "title": gallery_still.title(gallery), "top": top.shape[1], "dropped": sorted(gallery.dropped),
        "judged": p.judged,
    }  # fmt: skip
    arrays = (
        p.truth, p.predicted, gallery.given,  # UNKNOWN, -1, becomes 65535
        shares(p.confidence), shares(np.nan_to_num(p.loss) / MOST_LOSS), top,
        shares(np.take_along_axis(p.probabilities, top, 1)),
    )  # fmt: skip
    return content, [a.astype(np.uint16).tobytes() for a in arrays]


def shares(values: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 1 in 65535 steps: fine enough to sort and to show by, and half the bytes."""
    return np.round(np.clip(values, 0, 1) * 65535)


def tiles(gallery: Any, rows: Any) -> tuple[list[Sheet], list[str]]:
    """The pictures of samples, or their one-line captions."""
    if gallery.samples.kind == "image":
        return (pack(gallery.samples.pixels(rows)) if len(rows) else []), []
    return [], [gallery.samples.caption(int(i), 240) for i in rows]


def _with_sheets(content: dict[str, Any], sheets: list[Sheet]) -> Message:
    return {**content, "sheets": [s.header() for s in sheets]}, [s.data for s in sheets]
