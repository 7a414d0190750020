"""What PNG twins write: every sign is one that the font has."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.widgets.pen import pen, plain

Image = pytest.importorskip("PIL.Image")
ImageFont = pytest.importorskip("PIL.ImageFont")

TEXTS = {
    "shapes": ("28 × 28 × 3", "28 x 28 x 3"),
    "dashes": ("12–14 — −3", "12-14 - -3"),
    "quotes and dots": ("“cat” · dog… 5°", "“cat” · dog… 5°"),
    "accents": ("Düsseldorf, Łódź, naïve", "Dusseldorf, Lodz, naive"),
    "squares": ("R² 0.5 m² ½", "R2 0.5 m2 1/2"),
    "other scripts": ("猫 кот", "? ???"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_every_sign_is_one_that_the_font_has(text, expected):
    font = ImageFont.load_default(13)
    box = bytes(font.getmask("\uffff"))
    written = plain(text)
    assert all(bytes(font.getmask(sign)) != box for sign in written)
    assert written == expected


def test_the_pen_writes_that():
    def picture(text, draw):
        image = Image.new("L", (120, 24), 255)
        draw(image).text((2, 2), text, fill=0, font=ImageFont.load_default(13))
        return np.asarray(image)

    from PIL import ImageDraw

    assert (picture("2 × 3 – é", pen) == picture("2 x 3 - e", ImageDraw.Draw)).all()
    assert (picture("2 × 3 – é", pen) != picture("2 × 3 – é", ImageDraw.Draw)).any()
