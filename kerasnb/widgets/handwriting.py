"""Handwriting: a drawing brought into the form of a data set's images, as MNIST was made.

LeCun et al. (1998) scaled each digit to fit a box of 20 x 20 pixels with its proportions kept (smoothing makes the
greys) and placed it in 28 x 28 so that its centre of mass is in the middle. Smaller images, as the 8 x 8 digits of
scikit-learn, are filled by the character and have no room for that: there the box is the image.
"""

from __future__ import annotations

import numpy as np

BOX = 20 / 28  # of the image's side
SMALL = 20  # pixels; images below this are filled
LEAST = 0.06  # ink below this is the browser's smoothing


def normalised(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """A drawing scaled and centred.

    Args:
        ink: (rows, columns) in 0..1, 0 is paper.
        height, width: of the result.

    Returns: (height, width) float32 in 0..1; all 0 for an empty drawing.

    >>> dot = np.zeros((100, 100)); dot[10:14, 80:84] = 1
    >>> image = normalised(dot, 28, 28)
    >>> image.shape, float(image.max()), np.abs(np.array(centre_of_mass(image)) - 13.5).max() < 0.6
    ((28, 28), 1.0, True)
    """
    ink = np.clip(np.nan_to_num(np.asarray(ink, np.float32)), 0, 1)
    if ink.ndim != 2:
        raise ValueError(f"A drawing is a matrix of ink, rows by columns; got the shape {ink.shape}.")
    rows, columns = (np.flatnonzero(ink.max(axis) > LEAST) for axis in (1, 0))
    image = np.zeros((height, width), np.float32)
    if not len(rows):
        return image
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = min(height, width) < SMALL
    scale = min(height / cut.shape[0], width / cut.shape[1]) * (1.0 if small else BOX)
    size = [max(1, round(side * scale)) for side in cut.shape]
    glyph = _resized(cut, size[0], size[1])
    glyph /= max(float(glyph.max()), 1e-6)  # thin strokes pale when they shrink; the data sets' are full white
    centre = (np.array(glyph.shape) - 1) / 2 if small else np.array(centre_of_mass(glyph))
    corner = np.round((np.array([height, width]) - 1) / 2 - centre).astype(int)
    # Ink far off its box's middle must not leave the image.
    corner = np.clip(corner, 0, np.array([height, width]) - glyph.shape)
    image[corner[0] : corner[0] + glyph.shape[0], corner[1] : corner[1] + glyph.shape[1]] = glyph
    return image


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """(row, column) of the ink's mean place."""
    total = float(image.sum()) or 1.0
    rows, columns = np.indices(image.shape)
    return float((image * rows).sum()) / total, float((image * columns).sum()) / total


def _resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    from PIL import Image

    grey = Image.fromarray(np.ascontiguousarray(image, np.float32))
    return np.clip(
        np.array(
            grey.resize(
                (width, height), Image.Resampling.BOX if _shrinks(image, height, width) else Image.Resampling.BILINEAR
            )
        ),
        0,
        1,
    )


def _shrinks(image: np.ndarray, height: int, width: int) -> bool:
    return image.shape[0] >= height and image.shape[1] >= width
