"""Pictures of activations: feature maps and attention as sheets of small images, vectors as bars. Pure functions."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np

from .still import escape

MOST_MAPS = 64
MOST_SIDE = 56  # pixels of one map; larger ones are made smaller
MOST_BARS = 160
MOST_PLACES = 256  # of a sequence
ROW = 32  # values in a line where a long vector is folded
SHEET = 8  # maps side by side
LEAST_SHOWN = 60  # pixels that a map takes on the page, where there is room
BAR_HEIGHT, BAR_LEFT = 92, 34

# Colours from low to high: from dark blue over green to pale yellow where nothing is negative; from blue over white
# to orange where 0 lies in between. Both get steadily lighter or darker, so that they can be told apart without hue.
_SEQUENTIAL = ((10, 20, 48), (22, 62, 110), (22, 110, 128), (60, 158, 122), (150, 200, 100), (250, 240, 170))
_DIVERGING = (
    (8, 64, 129),
    (67, 147, 195),
    (190, 218, 234),
    (247, 247, 247),
    (253, 205, 155),
    (230, 120, 30),
    (150, 60, 0),
)
CLEAR = 255  # the palette's last place: nothing


def palette(diverging: bool) -> bytes:
    """256 colours: 255 steps and, last, one that is clear."""
    anchors = np.array(_DIVERGING if diverging else _SEQUENTIAL, float)
    at = np.linspace(0, len(anchors) - 1, CLEAR)
    steps = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, c]) for c in range(3)], 1)
    return np.concatenate([steps, [[0, 0, 0]]]).round().astype(np.uint8).tobytes()


def scale_of(values: np.ndarray) -> tuple[float, float]:
    """The values that get the ends of the colours: most of what there is, around 0 where there are both signs."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(np.quantile(finite, 0.998))
    high = max(high, float(finite.max()) * 0.5) if finite.max() > 0 else float(finite.max())
    if low >= 0:
        return 0.0, high if high > 0 else 1.0
    if high <= 0:
        return low, 0.0
    size = max(-low, high)
    return -size, size


def coloured(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Places in the palette, 0 to 254; what is no number is clear."""
    span = high - low or 1.0
    with np.errstate(invalid="ignore"):
        steps = np.clip((values - low) / span, 0, 1) * (CLEAR - 1)
    return np.where(np.isfinite(values), np.nan_to_num(steps) + 0.5, CLEAR).astype(np.uint8)


def sheet(maps: np.ndarray, low: float, high: float, columns: int = SHEET, gap: int = 1) -> bytes:
    """A PNG of small maps side by side.

    Args:
        maps: (n, height, width).
        low, high: values at the ends of the colours.
        columns: maps of a row.
        gap: clear pixels between them.
    """
    from PIL import Image

    n, h, w = maps.shape
    rows = -(-n // columns)
    canvas = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap), CLEAR, np.uint8)
    for i, one in enumerate(coloured(maps, low, high)):
        y, x = i // columns * (h + gap), i % columns * (w + gap)
        canvas[y : y + h, x : x + w] = one
    picture = Image.fromarray(canvas)
    picture.putpalette(palette(low < 0 < high))
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=CLEAR, compress_level=9)
    return out.getvalue()


def smaller(maps: np.ndarray, side: int = MOST_SIDE) -> np.ndarray:
    """Maps of at most ``side`` pixels: means of blocks."""
    factor = -(-max(maps.shape[1:]) // side)
    if factor <= 1:
        return maps
    n, h, w = maps.shape
    pad = ((0, 0), (0, -h % factor), (0, -w % factor))
    padded = np.pad(maps, pad, mode="edge")
    return padded.reshape(n, padded.shape[1] // factor, factor, padded.shape[2] // factor, factor).mean((2, 4))


def picture_html(data: bytes, columns: int, rows: int, alt: str, shown: int, aspect: float) -> str:
    """A sheet as an image: each map ``shown`` pixels wide where there is room."""
    uri = base64.b64encode(data).decode()
    return (
        f'<img class="knb-sheet" alt="{escape(alt)}" src="data:image/png;base64,{uri}" data-columns="{columns}" '
        f'data-rows="{rows}" style="width:{columns * shown}px;aspect-ratio:{aspect:.4f}">'
    )


def maps_html(maps: np.ndarray, what: str, units: Sequence[int] | None = None, columns: int = SHEET) -> str:
    """A grid of feature maps, or of attention heads.

    Args:
        maps: (n, height, width); beyond ``MOST_MAPS`` the first are shown.
        what: one of them, in words ("map", "head").
        units: their numbers, if they are not 0, 1, 2 and so on.
        columns: maps of a row.
    """
    count = len(maps)
    kept = smaller(maps[:MOST_MAPS])
    low, high = scale_of(kept)
    columns = min(columns, len(kept))
    rows = -(-len(kept) // columns)
    h, w = kept.shape[1:]
    shown = _shown(w, h, len(kept), what)
    aspect = (columns * (w + 1) - 1) / (rows * (h + 1) - 1)
    several = f"{len(kept)} {what}s, {h} by {w}" if len(kept) > 1 else what
    alt = f"{several}, from {low:.3g} to {high:.3g}"
    first = f"{what}s 0 to {columns - 1} in the first row" if rows > 1 else f"{what}s 0 to {len(kept) - 1}"
    if len(kept) == 1:
        first = what
    more = f", {count - len(kept)} more not shown" if count > len(kept) else ""
    caption = f"{first}{more}; {scale_words(low, high)}"
    numbers = "" if units is None else f' data-units="{",".join(map(str, units[: len(kept)]))}"'
    return (
        f'<figure class="knb-maps" data-what="{escape(what)}"{numbers}>'
        f"{picture_html(sheet(kept, low, high, columns), columns, rows, alt, shown, aspect)}"
        f"<figcaption>{legend_html(low, high)}{escape(caption)}</figcaption></figure>"
    )


def _shown(width: int, height: int, count: int, what: str) -> int:
    """Pixels that one map is wide on the page."""
    if count > 1:
        return max(LEAST_SHOWN, min(width, 96)) if what == "map" else max(LEAST_SHOWN, min(10 * width, 150))
    return max(2, min(14, 460 // width, 300 // height)) * width


def legend_html(low: float, high: float) -> str:
    """The colours from low to high, as a small bar."""
    kind = "knb-both" if low < 0 < high else "knb-ramp"
    return f'<span class="knb-scale {kind}"><i>{low:.3g}</i><b></b><i>{high:.3g}</i></span>'


def scale_words(low: float, high: float) -> str:
    """What the colours mean."""
    return (
        "orange is positive, blue negative"
        if low < 0 < high
        else "the lighter, the larger"
        if high > 0
        else "0 is light"
    )


def bars_html(values: np.ndarray, names: Sequence[str] | None = None, dead: Sequence[int] = ()) -> str:
    """A vector as bars; with names (classes) as rows that can be read.

    Args:
        values: (n,).
        names: one text for each value; rows of bars then.
        dead: numbers of units that never fire, marked below the bars.
    """
    if names is not None and len(names) == len(values) <= 40:
        return _named_bars(values, names)
    finite = np.where(np.isfinite(values), values, 0.0)
    low, high = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
    span = high - low or 1.0
    each = 14 if len(values) <= 24 else 6 if len(values) <= 80 else 4
    width, zero = BAR_LEFT + each * len(values), 6 + high / span * BAR_HEIGHT
    parts = {"t": "", "v": ""}
    for i, value in enumerate(finite):
        size = abs(float(value)) / span * BAR_HEIGHT
        if size < 0.05:
            continue
        x, y = BAR_LEFT + each * i, zero - size if value > 0 else zero
        parts["t" if value > 0 else "v"] += f"M{x} {y:.1f}h{each - 1}v{size:.1f}h{1 - each}z"
    marks = "".join(f"M{BAR_LEFT + each * i} {BAR_HEIGHT + 12}h{each - 1}" for i in dead)
    broken = "".join(f"M{BAR_LEFT + each * i} 6v{BAR_HEIGHT}" for i in np.flatnonzero(~np.isfinite(values)))
    words = f"{len(values)} unit{'s' if len(values) != 1 else ''} from {finite.min():.3g} to {finite.max():.3g}"
    ends = "".join(
        f'<text x="{BAR_LEFT - 5}" y="{y:.1f}" text-anchor="end">{escape(f"{v:.2g}")}</text>'
        for v, y in ((high, 12), (low, BAR_HEIGHT + 8))
        if v
    )
    said = f"{words}; orange marks: units that never fire" if len(dead) else words
    return (
        f'<figure class="knb-bars-figure"><svg viewBox="0 0 {width} {BAR_HEIGHT + 16}" width="{width}" role="img" '
        f'aria-label="{escape(words)}">{ends}<path class="knb-axis" d="M{BAR_LEFT} {zero:.1f}H{width}"/>'
        f'<path class="knb-up" d="{parts["t"]}"/><path class="knb-down" d="{parts["v"]}"/>'
        f'<path class="knb-dead" d="{marks}"/><path class="knb-broken" d="{broken}"/></svg>'
        f"<figcaption>{escape(said)}</figcaption></figure>"
    )


def _named_bars(values: np.ndarray, names: Sequence[str]) -> str:
    most = float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
    rows = "".join(
        f'<span>{escape(name)}</span><span class="knb-gauge{" knb-down" if value < 0 else ""}">'
        f'<i style="width:{100 * abs(float(value)) / most if np.isfinite(value) else 0:.1f}%"></i></span>'
        f"<span>{float(value):.3g}</span>"
        for name, value in zip(names, values, strict=True)
    )
    return f'<div class="knb-named">{rows}</div>'


def panel_html(values: np.ndarray, axis: int = -1, names: Sequence[str] | None = None, dead: Sequence[int] = ()) -> str:
    """One sample's output of a layer, as its shape suggests.

    Args:
        values: (units,), (places, units), (height, width, channels) or more axes.
        axis: of the channels.
        names: of the last layer's classes.
        dead: units that never fire.
    """
    if values.ndim and axis == 0:
        values = np.moveaxis(values, 0, -1)
    if not values.size:
        return '<p class="knb-note">Nothing comes out: a dimension is 0.</p>'
    if values.ndim == 0:
        return f'<p class="knb-note">{float(values):.4g}</p>'
    said = ""
    while values.ndim > 3:
        said = '<p class="knb-note">Means over the outer axes are shown.</p>'
        with np.errstate(all="ignore"):
            values = values.mean(0)
    if values.ndim == 3 and values.shape[0] * values.shape[1] > 1:
        shown = np.moveaxis(values, -1, 0)
        return said + maps_html(shown, "map") + _dead_words(dead)
    if values.ndim == 2 and len(values) > 1:
        strip = values[:MOST_PLACES].T[None]  # units down, places to the right
        note = f"{values.shape[1]} units from above to below, {min(len(values), MOST_PLACES)} places from left to right"
        return said + maps_html(strip, note, columns=1) + _dead_words(dead)
    flat = values.reshape(-1)
    if len(flat) > MOST_BARS:
        rows = -(-len(flat) // ROW)
        folded = np.full(rows * ROW, np.nan, np.float32)
        folded[: len(flat)] = flat
        return said + maps_html(folded.reshape(1, rows, ROW)[:, :128], f"{len(flat)} units in rows of {ROW}", columns=1)
    return said + bars_html(flat, names, dead)


def attention_html(scores: np.ndarray) -> str:
    """Attention weights (heads, queries, keys) of one sample: each row says where a query looks."""
    heads = f"{len(scores)} head{'s' if len(scores) != 1 else ''}"
    note = f"{heads}; rows: who looks, columns: where to; each row adds up to 1"
    return f'<p class="knb-note">{note}</p>{maps_html(scores, "head", columns=min(4, len(scores)))}'


def _dead_words(dead: Sequence[int]) -> str:
    if not len(dead):
        return ""
    shown = ", ".join(map(str, dead[:24])) + (" …" if len(dead) > 24 else "")
    return f'<p class="knb-note">Never fires: {shown}</p>'
