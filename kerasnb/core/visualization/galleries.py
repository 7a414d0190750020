"""Galleries: several pictures in rows and columns, as one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .drawing import FONT_SIZE, as_pictures, draw_bounding_boxes, draw_segmentation_masks, font

CELL, GAP = 96, 8  # pixels of a picture's longer side at scale 1, and between pictures


def plot_image_gallery(
    images: Any,
    y_true: Any = None,
    y_pred: Any = None,
    label_map: Mapping[int, str] | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: Sequence[float] = (0, 255),
    scale: float = 2,
    path: Any = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: int = 60,
    legend_handles: Sequence[tuple[str, Sequence[int]]] | None = None,
    data_format: str | None = None,
) -> Any:
    """Pictures in rows and columns, with what they are and what they were taken for.

    Args:
        images: a batch of shape (batch, height, width, channels).
        y_true: a label for each picture.
        y_pred: a predicted label for each; wrong ones are red.
        label_map: label -> name.
        rows, cols: of the gallery; nearly square if None.
        value_range: which values are black and white.
        scale: size of the pictures; 2 makes them about 190 pixels long.
        path: a file to write to.
        show: True opens the system's viewer of pictures (a notebook shows what is returned by itself).
        transparent: accepted as in Keras.
        dpi: written into the file.
        legend_handles: pairs of a text and a colour, written below.
        data_format: "channels_last" or "channels_first".
    Returns:
        A ``PIL.Image``.
    """
    from PIL import Image, ImageDraw

    pictures = as_pictures("plot_image_gallery", images, data_format, value_range)
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if labels is not None and len(labels) != len(pictures):
            raise ValueError(f"plot_image_gallery: {len(pictures)} pictures, but {name} has {len(labels)} entries.")
    rows, cols = _grid(len(pictures), rows, cols)
    height, width = pictures.shape[1:3]
    zoom = CELL * scale / max(height, width)
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    letters, line = font(FONT_SIZE), int(FONT_SIZE) + 5
    lines = (y_true is not None) + (y_pred is not None)
    cell = (size[0] + GAP, size[1] + GAP + lines * line)
    below = line + GAP if legend_handles else 0
    canvas = Image.new("RGB", (cols * cell[0] + GAP, rows * cell[1] + GAP + below), "white")
    draw = ImageDraw.Draw(canvas)
    for i, picture in enumerate(pictures[: rows * cols]):
        left, top = GAP + (i % cols) * cell[0], GAP + (i // cols) * cell[1]
        # Small pictures keep their square pixels, large ones are averaged.
        canvas.paste(Image.fromarray(picture).resize(size, 0 if zoom >= 1 else 4), (left, top))
        texts = [] if y_true is None else [(_name(y_true[i], label_map), "black")]
        if y_pred is not None:
            right = y_true is None or np.array_equal(y_true[i], y_pred[i])
            texts.append((_name(y_pred[i], label_map), "#16803c" if right else "#c81e1e"))
        for k, (text, colour) in enumerate(texts):
            draw.text((left, top + size[1] + 2 + k * line), text, colour, letters)
    at = float(GAP)
    for text, colour in legend_handles or ():
        draw.text((at, rows * cell[1] + GAP), f"■ {text}", tuple(int(c) for c in colour), letters)
        at += letters.getlength(f"■ {text}") + 2 * GAP
    if path is not None:
        canvas.save(path, dpi=(dpi, dpi))
    if show:
        canvas.show()
    return canvas


def _name(label: Any, label_map: Mapping[int, str] | None) -> str:
    value = np.asarray(label).tolist()
    return str(value if label_map is None else label_map.get(value, value))


def _grid(count: int, rows: int | None, cols: int | None) -> tuple[int, int]:
    for name, value in (("rows", rows), ("cols", cols)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1):
            raise ValueError(f"plot_image_gallery: {name} must be a positive integer, got {name}={value!r}.")
    if rows is None and cols is None:
        cols = math.ceil(math.sqrt(max(count, 1)))
    if cols is None:
        cols = math.ceil(max(count, 1) / rows)  # type: ignore[operator]
    return rows or math.ceil(max(count, 1) / cols), cols


def plot_bounding_box_gallery(
    images: Any,
    bounding_box_format: str,
    y_true: Any = None,
    y_pred: Any = None,
    value_range: Sequence[float] = (0, 255),
    true_color: Sequence[int] = (0, 188, 212),
    pred_color: Sequence[int] = (255, 235, 59),
    line_thickness: int = 2,
    font_scale: float = 1.0,
    text_thickness: int | None = None,
    class_mapping: Mapping[int, str] | None = None,
    ground_truth_mapping: Mapping[int, str] | None = None,
    prediction_mapping: Mapping[int, str] | None = None,
    legend: bool = False,
    legend_handles: Any = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """A gallery of pictures with true and predicted boxes.

    Args:
        images, value_range, rows, cols, data_format: as in ``plot_image_gallery``.
        bounding_box_format: as in ``utils.bounding_boxes.convert_format``.
        y_true, y_pred: dicts as ``draw_bounding_boxes`` takes them.
        true_color, pred_color: of the boxes.
        line_thickness, font_scale, text_thickness: of lines and letters.
        class_mapping: label -> name, for both; ``ground_truth_mapping`` and ``prediction_mapping`` for one of them.
        legend: write below which colour means what.
        legend_handles: pairs of a text and a colour to write instead.
        kwargs: further arguments of ``plot_image_gallery``.
    """
    pictures = as_pictures("plot_bounding_box_gallery", images, data_format, value_range)
    sets = (
        (y_true, true_color, ground_truth_mapping or class_mapping),
        (y_pred, pred_color, prediction_mapping or class_mapping),
    )
    for boxes, colour, names in sets:
        if boxes is not None:
            pictures = draw_bounding_boxes(
                pictures, boxes, bounding_box_format, class_mapping=names, color=colour, line_thickness=line_thickness,
                text_thickness=text_thickness or 1, font_scale=font_scale, data_format="channels_last",
            )  # fmt: skip
    if legend and legend_handles is None:
        shown = (("true", true_color, y_true), ("predicted", pred_color, y_pred))
        legend_handles = [(text, colour) for text, colour, boxes in shown if boxes is not None]
    return plot_image_gallery(
        pictures, rows=rows, cols=cols, legend_handles=legend_handles, data_format="channels_last", **kwargs
    )


def plot_segmentation_mask_gallery(
    images: Any,
    num_classes: int,
    value_range: Sequence[float] = (0, 255),
    y_true: Any = None,
    y_pred: Any = None,
    color_mapping: Mapping[int, Sequence[int]] | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int = -1,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """A gallery with a row for each picture: the picture, the true mask, the predicted mask.

    Args:
        images, value_range, data_format: as in ``plot_image_gallery``.
        num_classes, color_mapping, blend, alpha, ignore_index: as in ``draw_segmentation_masks``.
        y_true, y_pred: class numbers of shape (batch, height, width, 1).
        kwargs: further arguments of ``plot_image_gallery``.
    """
    pictures = as_pictures("plot_segmentation_mask_gallery", images, data_format, value_range)
    columns = [pictures]
    for masks in (y_true, y_pred):
        if masks is not None:
            layout = np.asarray(masks)
            if data_format == "channels_first" and layout.ndim == 4:
                layout = layout[:, 0]
            columns.append(
                draw_segmentation_masks(
                    pictures, layout, num_classes, color_mapping, alpha, blend, ignore_index, "channels_last"
                )
            )
    together = np.stack(columns, axis=1).reshape(-1, *pictures.shape[1:])
    cols = kwargs.pop("cols", None) or len(columns)
    return plot_image_gallery(together, cols=cols, data_format="channels_last", **kwargs)
