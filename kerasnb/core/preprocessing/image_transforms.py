"""Pictures turned, moved, sheared, zoomed and brightened, the way of Keras 2 (SciPy's interpolation)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..utils.images import array_to_img, img_to_array


def affine_matrix(
    theta: float = 0, tx: float = 0, ty: float = 0, shear: float = 0, zx: float = 1, zy: float = 1
) -> np.ndarray | None:
    """The 3 x 3 matrix from output to input pixels around the origin, None where nothing changes.

    Args:
        theta: rotation in degrees.
        tx, ty: shift in pixels along the rows' and columns' axis.
        shear: in degrees.
        zx, zy: zoom; below 1 enlarges.
    """
    matrix = None
    if theta:
        a = np.deg2rad(theta)
        matrix = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    steps = []
    if tx or ty:
        steps.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear:
        s = np.deg2rad(shear)
        steps.append(np.array([[1, -np.sin(s), 0], [0, np.cos(s), 0], [0, 0, 1]]))
    if zx != 1 or zy != 1:
        steps.append(np.diag([zx, zy, 1]))
    for step in steps:
        matrix = step if matrix is None else matrix @ step
    return matrix


def transform_matrix_offset_center(matrix: np.ndarray, x: int, y: int) -> np.ndarray:
    """A matrix around the middle of a picture of ``x`` rows and ``y`` columns."""
    middle_x, middle_y = x / 2 - 0.5, y / 2 - 0.5
    to, back = np.eye(3), np.eye(3)
    to[:2, 2], back[:2, 2] = (middle_x, middle_y), (-middle_x, -middle_y)
    return to @ matrix @ back


def apply_affine_transform(
    x: np.ndarray,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """A picture turned, moved, sheared and zoomed around its middle.

    Args:
        x: array of three axes.
        theta, tx, ty, shear, zx, zy: as in ``affine_matrix``.
        row_axis, col_axis, channel_axis: which axis is which.
        fill_mode: what lies outside: "constant", "nearest", "reflect" or "wrap".
        cval: the value outside for "constant".
        order: of the interpolating spline, 0 to 5.
    """
    matrix = affine_matrix(theta, tx, ty, shear, zx, zy)
    if matrix is None:
        return x
    from scipy import ndimage

    planes = np.moveaxis(x, (channel_axis, row_axis, col_axis), (0, 1, 2))
    # The matrix speaks of (x, y), arrays of (row, column).
    matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    matrix = transform_matrix_offset_center(matrix, planes.shape[1], planes.shape[2])
    planes = np.stack(
        [
            ndimage.affine_transform(plane, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval)
            for plane in planes
        ]
    )
    return np.moveaxis(planes, (0, 1, 2), (channel_axis, row_axis, col_axis))


def random_rotation(
    x: np.ndarray, rg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0, fill_mode: str = "nearest",
    cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture turned by up to ``rg`` degrees either way."""
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta=theta, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_shift(
    x: np.ndarray, wrg: float, hrg: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture moved by up to the shares ``wrg`` of its width and ``hrg`` of its height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_shear(
    x: np.ndarray, intensity: float, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture sheared by up to ``intensity`` degrees either way."""
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, shear=shear, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def random_zoom(
    x: np.ndarray, zoom_range: Any, row_axis: int = 1, col_axis: int = 2, channel_axis: int = 0,
    fill_mode: str = "nearest", cval: float = 0.0, interpolation_order: int = 1,
) -> np.ndarray:  # fmt: skip
    """A picture zoomed by factors between the two of ``zoom_range``, drawn for each direction."""
    if len(zoom_range) != 2:
        raise ValueError(f"random_zoom: zoom_range must be a pair of factors, got zoom_range={zoom_range!r}.")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, row_axis=row_axis, col_axis=col_axis, channel_axis=channel_axis, fill_mode=fill_mode,
        cval=cval, order=interpolation_order,
    )  # fmt: skip


def apply_channel_shift(x: np.ndarray, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """``intensity`` added to all values, kept within the range that the picture has."""
    return np.clip(x + intensity, x.min(), x.max())


def random_channel_shift(x: np.ndarray, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """A value from ``-intensity_range`` to ``intensity_range`` added to all values."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x: np.ndarray, brightness: float, scale: bool = True) -> np.ndarray:
    """A picture with its brightness multiplied, computed in bytes.

    Args:
        x: array of three axes in the default layout.
        brightness: factor; 1 changes nothing.
        scale: stretch values outside of 0 to 255 into that range first, and back afterwards.
    """
    from PIL import ImageEnhance

    low, high = float(np.min(x)), float(np.max(x))
    outside = low < 0 or high > 255
    picture = array_to_img(x, scale=outside or scale)
    result = img_to_array(ImageEnhance.Brightness(picture).enhance(brightness))
    return result / 255 * (high - low) + low if outside and not scale else result


def random_brightness(x: np.ndarray, brightness_range: Any, scale: bool = True) -> np.ndarray:
    """A picture with its brightness multiplied by a factor between the two of ``brightness_range``."""
    if len(brightness_range) != 2:
        raise ValueError(f"random_brightness: brightness_range must be a pair of factors, got {brightness_range!r}.")
    return apply_brightness_shift(x, np.random.uniform(brightness_range[0], brightness_range[1]), scale)


def smart_resize(
    x: Any,
    size: Any,
    interpolation: str = "bilinear",
    data_format: str = "channels_last",
    backend_module: Any = None,
) -> Any:
    """A picture, or a batch of them, in another size: its middle part in the target's proportions, undistorted.

    Args:
        x: shape (height, width, channels) or (batch, height, width, channels), or channels first.
        size: ``(height, width)``.
        interpolation: bilinear, nearest, bicubic, area, lanczos3, lanczos5, gaussian or mitchellcubic.
        data_format: "channels_last" or "channels_first".
        backend_module: accepted as in Keras.
    Returns:
        NumPy for NumPy input, else a jax array.
    """
    from .. import config
    from ..utils.images import size_of
    from ..utils.resizing import fit_middle, resize

    height, width = size_of("smart_resize", "size", size)
    first = config.standardize_data_format(data_format) == "channels_first"
    array = np.asarray(x)
    if array.ndim not in (3, 4):
        raise ValueError(f"smart_resize: expected a picture or a batch of them, got an array of shape {array.shape}.")
    array = np.moveaxis(array, -3, -1) if first else array
    array = resize(fit_middle(array, height, width), height, width, interpolation)
    array = np.moveaxis(array, -1, -3) if first else array
    if isinstance(x, np.ndarray):
        return array
    import jax.numpy as jnp

    return jnp.asarray(array)
