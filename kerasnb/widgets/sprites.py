"""Sprites: many small images as the fewest bytes that are still quick to draw.

Raw bytes up to about a megabyte: nothing to encode, nothing to decode. Beyond it a grid of tiles in one
picture: PNG for drawings and digits (few greys, sharp edges), JPEG for photographs.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np

RAW_BYTES = 1_000_000
SHEET_SIDE = 4096  # pixels; every browser draws a picture of this size
JPEG_QUALITY = 82
PHOTO_SIDE = 48  # colour images from this size on are taken for photographs


@dataclass
class Sheet:
    """Tiles of equal size in one piece of bytes.

    Attributes:
        format: "raw" (uint8, tile after tile), "png" or "jpeg" (tiles in rows of ``columns``).
        count, height, width, channels: of the tiles.
        columns: tiles side by side; 1 where raw.
    """

    format: str
    count: int
    height: int
    width: int
    channels: int
    columns: int
    data: bytes

    def header(self) -> dict[str, Any]:
        """Everything but the bytes, for the browser."""
        return {k: v for k, v in vars(self).items() if k != "data"}


def pack(tiles: np.ndarray, raw_bytes: int = RAW_BYTES) -> list[Sheet]:
    """Sheets that hold all tiles in order.

    Args:
        tiles: (n, height, width, channels) uint8, 1 or 3 channels.
        raw_bytes: up to so many bytes are not encoded.
    """
    n, h, w, c = tiles.shape
    if tiles.nbytes <= raw_bytes:
        return [Sheet("raw", n, h, w, c, 1, tiles.tobytes())]
    columns = max(1, min(SHEET_SIDE // w, int(np.ceil((n * h / w) ** 0.5))))
    held = columns * max(1, SHEET_SIDE // h)
    kind = "jpeg" if c == 3 and min(h, w) >= PHOTO_SIDE else "png"
    return [_sheet(tiles[i : i + held], columns, kind) for i in range(0, n, held)]


def _sheet(tiles: np.ndarray, columns: int, kind: str) -> Sheet:
    n, h, w, c = tiles.shape
    rows = -(-n // columns)
    canvas = np.zeros((rows * columns, h, w, c), np.uint8)
    canvas[:n] = tiles
    grid = canvas.reshape(rows, columns, h, w, c).swapaxes(1, 2).reshape(rows * h, columns * w, c)
    return Sheet(kind, n, h, w, c, columns, encode(grid, kind))


def encode(image: np.ndarray, kind: str = "png") -> bytes:
    """One (height, width, channels) image as a file's bytes."""
    from PIL import Image

    out = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    if kind == "jpeg":
        picture.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        picture.save(out, "PNG", compress_level=4)
    return out.getvalue()


def data_uri(image: np.ndarray) -> str:
    """An image for an ``img`` element: PNG, or JPEG for a photograph."""
    kind = "jpeg" if image.shape[-1] == 3 and min(image.shape[:2]) >= PHOTO_SIDE else "png"
    return f"data:image/{kind};base64,{base64.b64encode(encode(image, kind)).decode()}"
