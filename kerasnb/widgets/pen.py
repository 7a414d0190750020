"""The pen for PNG twins: it writes what the font that comes with Pillow has no sign for in letters that it has."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

SIGNS = {
    "×": "x", "⁄": "/", "–": "-", "—": "-", "−": "-", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "∞": "inf",
    "✗": "x", "✓": "", "ß": "ss", "µ": "u", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "Æ": "AE", "Ø": "O",
    "Œ": "OE", "Ł": "L",
}  # fmt: skip
UNKNOWN = "?"


def plain(text: str) -> str:
    """Text in signs that the font has: accents are left off, signs of other scripts become "?".

    >>> plain("8 × 8 – naïve"), plain("12 m²"), plain("猫 3")
    ('8 x 8 - naive', '12 m2', '? 3')
    """
    if text.isascii():
        return text
    return "".join(_sign(sign) for sign in text)


@cache
def _sign(sign: str) -> str:
    if sign.isascii() or sign == "\N{NO-BREAK SPACE}" or _has(sign):
        return sign
    if sign in SIGNS:
        return SIGNS[sign]
    parts = [c for c in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(c)]
    return "".join(c if c.isascii() else SIGNS.get(c, "") for c in parts) or UNKNOWN


@cache
def _has(sign: str) -> bool:
    """Whether the font draws something else than its empty box."""
    from PIL import ImageFont

    font = ImageFont.load_default(13)
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))  # type: ignore[arg-type]


def pen(picture: Any, mode: str | None = None) -> Any:
    """``ImageDraw.Draw`` whose texts are ``plain``."""
    from PIL import ImageDraw

    class Pen(ImageDraw.ImageDraw):
        def text(self, xy: Any, text: Any, *args: Any, **options: Any) -> None:
            super().text(xy, plain(str(text)), *args, **options)

    return Pen(picture, mode)
