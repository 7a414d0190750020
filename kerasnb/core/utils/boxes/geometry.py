"""What happens to boxes when their picture is cut, padded or turned."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from .formats import converted, module_for, split_format


def _apply(boxes: Any, change: Any) -> Any:
    """``change`` of an array of boxes, or of those under "boxes" in a dict."""
    if isinstance(boxes, dict):
        return {**boxes, "boxes": change(boxes["boxes"])}
    return change(boxes)


def clip_to_image_size(
    bounding_boxes: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes cut at the picture's borders; those outside get the label -1.

    Args:
        bounding_boxes: an array of shape (..., 4), or a dict with "boxes" and "labels" (shape (...)).
        height, width: of the picture in pixels; not needed for relative formats.
        bounding_box_format: of the boxes.
    """
    form, relative = split_format("clip_to_image_size", "bounding_box_format", bounding_box_format)
    if not relative and (height is None or width is None):
        raise ValueError(
            f"clip_to_image_size: height and width must be given for the format {bounding_box_format!r}, "
            f"got height={height}, width={width}."
        )
    is_dict = isinstance(bounding_boxes, dict)
    given = bounding_boxes["boxes"] if is_dict else bounding_boxes
    corners = converted("clip_to_image_size", given, form, "xyxy")
    right, bottom = (1.0, 1.0) if relative else (width, height)
    xp = module_for(corners, right, bottom)
    limits = xp.stack([xp.asarray(n, corners.dtype) for n in (right, bottom, right, bottom)], axis=-1)
    corners = xp.clip(corners, 0.0, limits)
    boxes = jnp.asarray(converted("clip_to_image_size", corners, "xyxy", form))
    if not is_dict:
        return boxes
    area = (corners[..., 2] - corners[..., 0]) * (corners[..., 3] - corners[..., 1])
    labels = bounding_boxes["labels"]
    xp = module_for(area, labels)
    return {**bounding_boxes, "boxes": boxes, "labels": jnp.asarray(xp.where(area > 0, xp.asarray(labels), -1))}


def crop(boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy") -> Any:
    """Boxes in a picture of which a part was cut out.

    Args:
        boxes: an array of shape (..., 4), or a dict with "boxes" and "labels".
        top, left: the part's corner in pixels.
        height, width: the part's size in pixels.
        bounding_box_format: of the boxes, in pixels.
    """
    moved = _moved(boxes, -left, -top, bounding_box_format, "crop")
    return clip_to_image_size(moved, height, width, bounding_box_format)


def pad(
    boxes: Any, top: Any, left: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes in a picture to which borders were added.

    Args:
        boxes: an array of shape (..., 4), or a dict with them under "boxes".
        top, left: the borders in pixels.
        height, width: accepted as in Keras.
        bounding_box_format: of the boxes, in pixels.
    """
    return _moved(boxes, left, top, bounding_box_format, "pad")


def _moved(boxes: Any, dx: Any, dy: Any, bounding_box_format: str, function: str) -> Any:
    form, relative = split_format(function, "bounding_box_format", bounding_box_format)
    if relative:
        raise ValueError(
            f"{function}: the size of the picture changes, so relative boxes have no meaning here; convert them to "
            f"pixels with convert_format first (bounding_box_format={bounding_box_format!r})."
        )
    shift = module_for(dx, dy).stack([dx, dy, dx, dy], axis=-1).astype("float32")

    def change(values: Any) -> Any:
        return jnp.asarray(converted(function, converted(function, values, form, "xyxy") + shift, "xyxy", form))

    return _apply(boxes, change)


def affine_transform(
    boxes: Any,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: int,
    width: int,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Any:
    """The smallest upright boxes around turned, moved, scaled and sheared ones.

    A point p goes to ``c + s M (p - c + t)``, with M's rows ``(cos + tan(sx) (sin - tan(sy) cos),
    sin + tan(sx) (cos + tan(sy) sin))`` and ``(tan(sy) cos - sin, cos + tan(sy) sin)``, as Keras composes them.

    Args:
        boxes: shape (batch, n, 4) or (n, 4), in pixels.
        angle: counter-clockwise, in degrees; this and the next five a number, or shape (batch,).
        translate_x, translate_y: as shares of width and height.
        scale: factor.
        shear_x, shear_y: in degrees.
        height, width: of the picture in pixels.
        center_x, center_y: the fixed point as shares of width and height; the middle if None.
        bounding_box_format: of the boxes, in pixels.
    """
    split_format("affine_transform", "bounding_box_format", bounding_box_format)
    if isinstance(boxes, dict):
        numbers = (angle, translate_x, translate_y, scale, shear_x, shear_y, height, width, center_x, center_y)
        return {**boxes, "boxes": affine_transform(boxes["boxes"], *numbers, bounding_box_format)}
    xp = module_for(boxes, angle, translate_x, translate_y, scale, shear_x, shear_y, center_x, center_y)
    corners = converted("affine_transform", boxes, bounding_box_format, "xyxy", height, width)

    def each(value: Any) -> Any:
        """A parameter with an axis for the boxes behind its batch axis."""
        value = xp.asarray(value, corners.dtype)
        return value[:, None] if value.ndim else value

    turn, sx, sy = (xp.deg2rad(each(v)) for v in (angle, shear_x, shear_y))
    sin, cos, tan_x, tan_y = xp.sin(turn), xp.cos(turn), xp.tan(sx), xp.tan(sy)
    y_of_x, y_of_y = tan_y * cos - sin, cos + tan_y * sin
    x_of_x, x_of_y = cos - tan_x * y_of_x, sin + tan_x * y_of_y
    cx = each(0.5 if center_x is None else center_x) * (width - 1)
    cy = each(0.5 if center_y is None else center_y) * (height - 1)
    dx, dy = each(translate_x) * (width - 1), each(translate_y) * (height - 1)
    factor = each(scale)
    xs, ys = [], []
    for i, j in ((0, 1), (2, 1), (0, 3), (2, 3)):
        x, y = corners[..., i] - cx + dx, corners[..., j] - cy + dy
        xs.append(cx + factor * (x_of_x * x + x_of_y * y))
        ys.append(cy + factor * (y_of_x * x + y_of_y * y))
    x, y = xp.stack(xs, -1), xp.stack(ys, -1)
    turned = xp.stack([x.min(-1), y.min(-1), x.max(-1), y.max(-1)], axis=-1)
    return jnp.asarray(converted("affine_transform", turned, "xyxy", bounding_box_format, height, width))
