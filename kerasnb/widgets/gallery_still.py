"""The gallery's still picture: its first page and the confusion matrix as HTML, PNG and text."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from .confusion import MATRIX, NUMBERED, STRONG
from .labels import UNKNOWN
from .pen import pen
from .picture import GRID, INK, PALE, TRAINING, VALIDATION
from .predictions import SORTS
from .sprites import data_uri
from .still import escape, style

WORST_IN_TEXT = 8
PNG_TILES = 28
PNG_COLUMNS = 7


def title(gallery: Any) -> str:
    """Whose predictions they are."""
    return f"Predictions of {getattr(gallery.model, 'name', None) or type(gallery.model).__name__}"


def notes(gallery: Any) -> list[str]:
    """What the head says: how many are right, what was changed, how the outputs were read."""
    counts = gallery.counts
    known = counts["right"] + counts["wrong"]
    said = [f"{counts['samples']:,} samples"]
    if known:
        said = [f"{counts['right']:,} of {known:,} right ({gallery.accuracy:.1%})"]
    if known and counts["unlabelled"]:
        said.append(f"{counts['unlabelled']:,} without a label")
    said += [f"{counts[k]:,} {k}" for k in ("relabelled", "dropped") if counts[k]]
    return said + gallery.predictions.notes


def sure(p: float) -> str:
    """Whole per cents, and one digit more where they would round to certainty."""
    return f"{p:.0%}" if p < 0.995 else f"{np.floor(1000 * p + 1e-3) / 10:.1f}%"


def said_of(gallery: Any, i: int) -> tuple[str, str, str, str]:
    """("right", "wrong" or "open"; the class the model says; how sure it is; what is true) of a sample."""
    p = gallery.predictions
    answer, share = p.names[p.predicted[i]], sure(float(p.confidence[i]))
    if p.truth[i] == UNKNOWN:
        return "open", answer, share, ""
    if p.right[i]:
        return "right", answer, share, ""
    return "wrong", answer, share, f"is {p.names[p.truth[i]]}"


# --- HTML ------------------------------------------------------------------------------------------------


def html(gallery: Any) -> str:
    """The whole picture; the element that the live view moves into."""
    rows = gallery.order()[: gallery.page]
    said = "".join(f'<span class="knb-note">{escape(n)}</span>' for n in notes(gallery))
    confusion = gallery.confusion.html() if gallery.predictions.judged else _class_counts_html(gallery)
    kind = gallery.samples.kind
    tiles = "".join(tile_html(gallery, int(i)) for i in rows)
    shown = f"{min(len(rows), gallery.page):,} of {len(gallery.kept):,}, {SORTS[gallery.sort]}"
    return (
        f'<div class="knb knb-gallery {gallery.place}" role="group" aria-label="{escape(title(gallery))}">'
        f"{style('base', 'gallery')}"
        f'<div class="knb-head"><span class="knb-title">{escape(title(gallery))}</span>{said}</div>'
        f'<div class="knb-body"><div class="knb-main"><div class="knb-filters">'
        f'<span class="knb-note">{escape(shown)}</span></div>'
        f'<div class="knb-tiles knb-{kind}s">{tiles}</div></div>'
        f'<div class="knb-side">{confusion}</div></div></div>'
    )


def tile_html(gallery: Any, i: int) -> str:
    """One sample: its picture or line, what the model says of it, what is true."""
    state, answer, share, truth = said_of(gallery, i)
    if gallery.samples.kind == "image":
        picture = gallery.samples.pixels([i])[0]
        smooth = " knb-smooth" if max(picture.shape[:2]) > 64 else ""
        shown = f'<img class="knb-picture{smooth}" alt="sample {i}" src="{data_uri(picture)}">'
    else:
        shown = f'<span class="knb-line">{escape(gallery.samples.caption(i, 240))}</span>'
    below = f"<span>{escape(truth)}</span>" if truth else ""
    return (
        f'<figure class="knb-tile knb-{state}" title="sample {i}">{shown}'
        f"<figcaption><b><span>{escape(answer)}</span> {share}</b>{below}</figcaption></figure>"
    )


def _class_counts_html(gallery: Any) -> str:
    """How often each class was predicted, where no truth is known."""
    p = gallery.predictions
    counts = np.bincount(p.predicted[gallery.kept], minlength=len(p.names))
    most = max(int(counts.max()), 1)
    rows = "".join(
        f'<tr><th scope="row">{escape(p.names[c])}</th><td><i style="width:{100 * counts[c] / most:.1f}%"></i></td>'
        f"<td>{counts[c]:,}</td></tr>"
        for c in np.argsort(-counts, kind="stable")[:MATRIX]
        if counts[c]
    )
    return f'<table class="knb-counts"><caption>Predicted classes</caption><tbody>{rows}</tbody></table>'


# --- text ------------------------------------------------------------------------------------------------


def text(gallery: Any) -> str:
    """Accuracy, counts, confusion table, worst samples."""
    lines = [" · ".join([title(gallery), *notes(gallery)])]
    p = gallery.predictions
    if p.judged:
        lines += ["", gallery.confusion.text()]
        worst = gallery.worst(WORST_IN_TEXT)
        if len(worst):
            lines += ["", "most confidently wrong:"]
            lines += [_line(gallery, int(i), f"is {p.names[p.truth[i]]}, loss {p.loss[i]:.3f}") for i in worst]
    else:
        lines += ["", "least sure:"]
        lines += [_line(gallery, int(i), "") for i in gallery.order("unsure")[:WORST_IN_TEXT]]
    return "\n".join(lines)


def _line(gallery: Any, i: int, tail: str) -> str:
    p = gallery.predictions
    parts = [
        f"sample {i}: says {p.names[p.predicted[i]]} ({p.confidence[i]:.1%})",
        tail,
        gallery.samples.caption(i, 60),
    ]
    return "  " + ", ".join(filter(None, parts))


# --- PNG -------------------------------------------------------------------------------------------------


def png(gallery: Any) -> bytes:
    """The first tiles, and beside them the matrix where it is small enough to be read."""
    from PIL import Image, ImageFont

    rows = [int(i) for i in gallery.order()[: min(gallery.page, PNG_TILES)]]
    images = gallery.samples.kind == "image"
    width, height = (112, 142) if images else (672, 44)
    columns = PNG_COLUMNS if images else 1
    matrix = gallery.predictions.judged and len(gallery.class_names) <= NUMBERED
    left = columns * width + 20
    side = 90 + 40 * len(gallery.class_names) if matrix else 0
    lines = -(-len(rows) // columns)
    size = (left + side + 10, max(50 + lines * height, 110 + 40 * len(gallery.class_names) if matrix else 0) + 8)
    picture = Image.new("RGB", size, "white")
    draw = pen(picture)
    head, font = ImageFont.load_default(17), ImageFont.load_default(13)
    draw.text((12, 12), " · ".join([title(gallery), *notes(gallery)]), fill=INK, font=head)
    for place, i in enumerate(rows):
        corner = (12 + place % columns * width, 46 + place // columns * height)
        _png_tile(picture, draw, font, gallery, i, corner, width)
    if matrix:
        _png_matrix(draw, font, gallery, left + 60, 76)
    out = io.BytesIO()
    picture.quantize(128, method=Image.Quantize.FASTOCTREE).save(out, "PNG")
    return out.getvalue()


def _png_tile(picture: Any, draw: Any, font: Any, gallery: Any, i: int, corner: tuple[int, int], width: int) -> None:
    from PIL import Image

    x, y = corner
    state, answer, share, truth = said_of(gallery, i)
    colour = {"right": TRAINING, "wrong": VALIDATION}.get(state, PALE)
    if gallery.samples.kind != "image":
        draw.rectangle([x, y + 4, x + 4, y + 34], fill=colour)
        draw.text((x + 12, y + 2), gallery.samples.caption(i, 96), fill=INK, font=font)
        draw.text((x + 12, y + 19), " ".join([answer, share, truth]), fill=PALE, font=font)
        return
    pixels = gallery.samples.pixels([i])[0]
    side = width - 12
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    scale = side / max(image.size)
    image = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
        Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BILINEAR,
    )
    picture.paste(image, (x, y))
    draw.rectangle([x, y + side, x + side, y + side + 3], fill=colour)
    shown = _fit(answer, font, side - font.getlength(f" {share}"))
    draw.text((x, y + side + 5), f"{shown} {share}", fill=INK, font=font)
    draw.text((x, y + side + 20), _fit(truth, font, side), fill=VALIDATION, font=font)


def _fit(text: str, font: Any, width: float) -> str:
    while text and font.getlength(text) > width:
        text = text[:-2].rstrip("…") + "…"
        if len(text) < 3:
            break
    return text


def _png_matrix(draw: Any, font: Any, gallery: Any, left: int, top: int) -> None:
    confusion = gallery.confusion
    draw.text((left, top - 34), "rows: truth, columns: prediction", fill=PALE, font=font)
    for t, row in enumerate(confusion.counts):
        name = _fit(confusion.names[t], font, 52)
        draw.text((left - 6, top + 40 * t + 20), name, fill=PALE, font=font, anchor="rm")
        draw.text((left + 40 * t + 20, top - 4), _fit(confusion.names[t], font, 38), fill=PALE, font=font, anchor="ms")
        for p, n in enumerate(row):
            x, y = left + 40 * p, top + 40 * t
            share = confusion.shade(t, p)
            draw.rectangle([x, y, x + 38, y + 38], fill=_blend(TRAINING if t == p else VALIDATION, share), outline=GRID)
            if n:
                draw.text((x + 19, y + 19), str(n), fill="white" if share > STRONG else "black", font=font, anchor="mm")


def _blend(colour: str, share: float) -> tuple[int, ...]:
    """A colour over white."""
    return tuple(round(255 + (int(colour[i : i + 2], 16) - 255) * share) for i in (1, 3, 5))


def bundle(gallery: Any) -> dict[str, Any]:
    """HTML, PNG and text."""
    return {
        "text/html": html(gallery),
        "image/png": base64.b64encode(png(gallery)).decode(),
        "text/plain": text(gallery),
    }
