"""LatentMap: walk through the numbers that a decoder turns into pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from .in_place import InPlace, Link
from .outputs import outputs_of
from .picture import GRID, INK, PALE, TRAINING
from .samples import image_shape_of, value_range
from .series import tick_text, ticks
from .sprites import data_uri
from .still import escape, style

MOST_NUMBERS = 16  # of a code: each has a slider
MOST_DOTS = 3000  # of a map; more are thinned out evenly
STRIP = 9  # pictures along each axis in the still form
SIDE, MARGIN = 360, 30  # of the map's picture: its plane, and the room for numbers
# Ten colours that most colour-blind people can tell apart, on white and on black (after Paul Tol's "muted");
# the classes' names stand on the map as well.
COLOURS = (
    "#4477aa", "#ee7733", "#228833", "#cc3311", "#aa55cc", "#997755", "#ee99aa", "#888888", "#aa9922", "#33aabb",
)  # fmt: skip


class LatentMap(InPlace):
    """A map of codes, with sliders that walk over it and the picture that the decoder makes of each place.

    In the notebook the place is dragged over the map, moved with the arrow keys, or set by one slider for each number
    of the code. Without a kernel the map stays, with the picture of the last place and pictures along both axes.

    Args:
        decoder: a model from a code (n,) to a picture: (height, width), (height, width, channels) or a flat row.
        codes: codes of samples to draw as dots, (samples, n); the map shows the first two numbers.
        labels: a class number for each code: dots of a class share a colour and a name.
        class_names: a name for each class number; the numbers themselves by default.
        image_shape: (height, width) or (height, width, channels), where a flat row is no square.
        limits: (low, high) of every slider; where the codes lie by default, -3 to 3 without codes.

    Attributes:
        at: the place, (n,) float32.

    Raises:
        ValueError: the decoder has no input of 2 to 16 numbers, or its output is no picture.

    Example: ``keras.widgets.LatentMap(decoder, encoder.predict(x_test), y_test)``.
    """

    view_name = "latent"

    def __init__(
        self, decoder: Any, codes: Any = None, labels: Any = None, class_names: Sequence[str] | None = None, *,
        image_shape: Any = None, limits: tuple[float, float] | None = None,
    ):  # fmt: skip
        self.decoder = decoder
        self.size = code_size(decoder)
        self.codes, self.labels = codes_of(codes, labels, self.size)
        found = int(self.labels.max()) + 1 if self.labels is not None and len(self.labels) else 0
        self.names = [str(n) for n in class_names] if class_names is not None else [str(i) for i in range(found)]
        if len(self.names) < found:
            raise ValueError(
                f"LatentMap: class_names has {len(self.names)} names, but labels go up to {found - 1}: give one name "
                "for each class number."
            )
        self.low, self.high = limits_of(limits, self.codes)
        self.at = np.clip(np.zeros(self.size, np.float32), self.low, self.high)
        shape = np.shape(self._decoded(self.at[None]))[1:]
        sides = image_shape_of(shape, image_shape)
        if sides is None:
            raise ValueError(
                f"LatentMap: the decoder gives {shape}, which is no picture: expected (height, width), (height, width, "
                "channels) or the flat row of a square one. Say how to fold another row: image_shape=(height, width)."
            )
        self.shape = sides

    # --- in Python -------------------------------------------------------------------------------------

    def walk(self, *at: float) -> np.ndarray:
        """Go to a place and give its picture.

        Args:
            at: n numbers.

        Returns: the picture as the decoder gives it, (height, width, channels).
        """
        place = np.asarray(at, np.float32).reshape(-1)
        if place.shape != (self.size,) or not np.isfinite(place).all():
            raise ValueError(f"LatentMap: a place has {self.size} finite numbers, got {at}.")
        self.at = place
        self.redraw()
        return self._decoded(place[None]).reshape(self.shape)

    def _decoded(self, codes: np.ndarray) -> np.ndarray:
        return outputs_of(self.decoder, codes.astype(np.float32))

    def pixels(self, codes: np.ndarray) -> np.ndarray:
        """Pictures of codes (rows, n) as bytes, (rows, height, width, 1 or 3)."""
        found = self._decoded(codes).reshape(-1, *self.shape)[..., :3]
        low, high = value_range(found)
        return (np.clip((found - low) / (high - low), 0, 1) * 255 + 0.5).astype(np.uint8)

    def along(self, axis: int, count: int = STRIP) -> np.ndarray:
        """Codes on the way from one end of an axis to the other, through the place; (count, n)."""
        way = np.tile(self.at, (count, 1))
        way[:, axis] = np.linspace(self.low[axis], self.high[axis], count)
        return way

    # --- the browser -----------------------------------------------------------------------------------

    def shown(self, link: Link) -> None:
        link.send(*self._everything())

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if self.link is None:
            return
        number = content.get("request")
        if kind == "hello":
            setup, data = self._everything()
            self.link.answer(number, setup, data)
        elif kind == "walk":
            place = np.asarray(content.get("at"), np.float32).reshape(-1)
            if place.shape != (self.size,) or not np.isfinite(place).all():
                raise ValueError(f"A place has {self.size} finite numbers.")
            self.at = np.clip(place, self.low, self.high)
            self.link.answer(number, {"kind": "picture"}, [self.pixels(self.at[None]).tobytes()])

    def _everything(self) -> tuple[dict[str, Any], list[bytes]]:
        rows = thinned(len(self.codes))
        dots = np.ascontiguousarray(self.codes[rows, :2], np.float32)
        classes = np.zeros(len(rows), np.uint8) if self.labels is None else (self.labels[rows] % 256).astype(np.uint8)
        height, width, channels = self.shape
        setup = {
            "kind": "everything", "title": self.title, "at": self.at.tolist(), "low": self.low.tolist(),
            "high": self.high.tolist(), "height": height, "width": width, "channels": min(channels, 3),
            "names": self._named(), "colours": COLOURS,
        }  # fmt: skip
        return setup, [dots.tobytes(), classes.tobytes(), self.pixels(self.at[None]).tobytes()]

    def _named(self) -> list[dict[str, Any]]:
        """Name and middle of each class that has dots."""
        if self.labels is None:
            return []
        here = [int(c) for c in np.unique(self.labels)]
        middles = {c: np.median(self.codes[self.labels == c, :2], axis=0) for c in here}
        return [{"name": self.names[c], "class": c, "x": float(m[0]), "y": float(m[1])} for c, m in middles.items()]

    # --- pictures ----------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What it is a map of."""
        return f"Latent map of {getattr(self.decoder, 'name', None) or type(self.decoder).__name__}"

    def text(self) -> str:
        """The place, the range of each number, and where the classes lie."""
        place = ", ".join(f"{v:.2f}" for v in self.at)
        lines = [f"{self.title} · {self.size} numbers · {len(self.codes)} codes", f"  at ({place})"]
        lines += [f"  z{i + 1} from {a:.2f} to {b:.2f}" for i, (a, b) in enumerate(zip(self.low, self.high))]
        lines += [f"  {c['name']}: around ({c['x']:.2f}, {c['y']:.2f})" for c in self._named()]
        return "\n".join(lines)

    def still(self) -> dict[str, Any]:
        return {
            "text/html": self._html(),
            "image/png": base64.b64encode(self._png()).decode(),
            "text/plain": self.text(),
        }

    def _strips(self) -> list[tuple[int, np.ndarray]]:
        return [(axis, self.pixels(self.along(axis))) for axis in range(min(self.size, 2))]

    def _html(self) -> str:
        picture = self.pixels(self.at[None])[0]
        place = ", ".join(f"{v:.2f}" for v in self.at)
        strips = "".join(
            f'<figure class="knb-strip"><figcaption>z{axis + 1} from {self.low[axis]:.1f} to {self.high[axis]:.1f}'
            f'</figcaption><img alt="the pictures along z{axis + 1}" src="{data_uri(np.concatenate(row, axis=1))}">'
            "</figure>"
            for axis, row in self._strips()
        )
        return (
            f'<div class="knb knb-latent {self.place}" role="group" aria-label="{escape(self.title)}">'
            f'{style("base", "latent")}<div class="knb-head"><span class="knb-title">{escape(self.title)}</span>'
            f'<span class="knb-note">{len(self.codes):,} codes</span></div><div class="knb-desk">'
            f'<img class="knb-map" alt="{escape(self.text())}" src="{_uri(self._map())}">'
            f'<div class="knb-side"><img class="knb-decoded" alt="the picture at ({place})" src="{data_uri(picture)}">'
            f'<p class="knb-note">at ({place})</p>{strips}</div></div></div>'
        )

    def _map(self) -> Any:
        """The map as a picture on white."""
        from PIL import Image, ImageDraw, ImageFont

        scale = 2
        font, bold = ImageFont.load_default(11 * scale), ImageFont.load_default(15 * scale)
        full = (SIDE + MARGIN + 8) * scale
        image = Image.new("RGB", (full, full), "white")
        draw = ImageDraw.Draw(image, "RGBA")

        def x(v: float) -> float:
            return (MARGIN + (v - self.low[0]) / (self.high[0] - self.low[0]) * SIDE) * scale

        def y(v: float) -> float:
            return (8 + (self.high[1] - v) / (self.high[1] - self.low[1]) * SIDE) * scale

        for value in ticks(float(self.low[0]), float(self.high[0]), 5):
            draw.line([x(value), 8 * scale, x(value), (8 + SIDE) * scale], fill=GRID, width=scale)
            draw.text((x(value), (12 + SIDE) * scale), tick_text(value), fill=PALE, font=font, anchor="mt")
        for value in ticks(float(self.low[1]), float(self.high[1]), 5):
            draw.line([MARGIN * scale, y(value), (MARGIN + SIDE) * scale, y(value)], fill=GRID, width=scale)
            draw.text(((MARGIN - 5) * scale, y(value)), tick_text(value), fill=PALE, font=font, anchor="rm")
        for row in thinned(len(self.codes)):
            (a, b), r = self.codes[row, :2], 1.6 * scale
            if self.low[0] <= a <= self.high[0] and self.low[1] <= b <= self.high[1]:
                colour = COLOURS[0 if self.labels is None else int(self.labels[row]) % len(COLOURS)]
                draw.ellipse([x(a) - r, y(b) - r, x(a) + r, y(b) + r], fill=f"{colour}b0")
        for c in self._named():
            draw.text(
                (x(c["x"]), y(c["y"])), c["name"], fill=INK, font=bold, anchor="mm", stroke_width=3 * scale,
                stroke_fill="white",
            )  # fmt: skip
        r = 7 * scale
        px, py = x(float(self.at[0])), y(float(self.at[1]))
        draw.ellipse([px - r, py - r, px + r, py + r], outline="white", width=5 * scale)
        draw.ellipse([px - r, py - r, px + r, py + r], outline=TRAINING, width=3 * scale)
        return image

    def _png(self) -> bytes:
        """Map, picture and ways on white."""
        from PIL import Image

        plane = self._map()
        side = plane.height // 2
        image = Image.new("RGB", (plane.width + side + 20, plane.height), "white")
        image.paste(plane, (0, 0))
        image.paste(_picture(self.pixels(self.at[None])[0], side), (plane.width + 10, 16))
        for k, (_, row) in enumerate(self._strips()):
            image.paste(_picture(np.concatenate(row, axis=1), side), (plane.width + 10, 16 + side + 30 + 60 * k))
        return _bytes(image)


def code_size(decoder: Any) -> int:
    """How many numbers a decoder takes."""
    shape = getattr(decoder, "input_shape", None)
    flat = isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int)
    if not (flat and 2 <= shape[1] <= MOST_NUMBERS):
        raise ValueError(
            f"LatentMap: the decoder must take one code of 2 to {MOST_NUMBERS} numbers, got the input {shape}. Begin "
            "it with keras.Input((2,)), or call it once."
        )
    return shape[1]


def codes_of(codes: Any, labels: Any, size: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes (rows, size) and class numbers (rows,), checked."""
    if codes is None:
        if labels is not None:
            raise ValueError("LatentMap: labels= without codes=: pass the codes that the labels belong to.")
        return np.zeros((0, size), np.float32), None
    found = np.asarray(codes, np.float32)
    if found.ndim != 2 or found.shape[1] != size:
        raise ValueError(f"LatentMap: codes must be (samples, {size}), as the decoder takes them, got {found.shape}.")
    if not np.isfinite(found).all():
        raise ValueError("LatentMap: there are codes that are no finite numbers. Look for NaN in the encoder's output.")
    if labels is None:
        return found, None
    classes = np.asarray(labels)
    if classes.shape not in ((len(found),), (len(found), 1)) or classes.dtype.kind not in "iu" or (classes < 0).any():
        raise ValueError(
            f"LatentMap: labels must be one class number from 0 on for each of the {len(found)} codes, got "
            f"{classes.dtype} of the shape {classes.shape}."
        )
    return found, classes.reshape(-1).astype(np.int64)


def limits_of(limits: Any, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of every slider: as asked, or where all but a hundredth of the codes lie."""
    size = codes.shape[1]
    if limits is not None:
        low, high = (float(v) for v in limits)
        if not (np.isfinite([low, high]).all() and low < high):
            raise ValueError(f"LatentMap: limits must be (low, high) with low < high, got {limits!r}.")
        return np.full(size, low, np.float32), np.full(size, high, np.float32)
    if not len(codes):
        return np.full(size, -3, np.float32), np.full(size, 3, np.float32)
    low, high = np.quantile(codes, (0.005, 0.995), axis=0)
    room = np.maximum(0.05 * (high - low), 1e-3)
    return (low - room).astype(np.float32), (high + room).astype(np.float32)


def thinned(count: int) -> np.ndarray:
    """Which dots are drawn."""
    return np.arange(count) if count <= MOST_DOTS else np.linspace(0, count - 1, MOST_DOTS).astype(np.int64)


def _picture(pixels: np.ndarray, width: int) -> Any:
    """Pixels as a picture of a width; small ones stay square pixels."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).convert("RGB")
    return image.resize((width, max(1, round(width * image.height / image.width))), Image.Resampling.NEAREST)


def _bytes(image: Any) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    image.quantize(128, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _uri(image: Any) -> str:
    return f"data:image/png;base64,{base64.b64encode(_bytes(image)).decode()}"
