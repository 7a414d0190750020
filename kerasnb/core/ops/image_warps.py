"""Images pulled into another form: affine, perspective and elastic maps, and sampling at given places."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates as _sample

from .. import config
from .dispatch import op
from .image_color import _images, channel_axis
from .image_sizes import _rounded
from .tensors import is_float, tensor

# fmt: off
__all__ = [
    "map_coordinates", "affine_transform", "perspective_transform", "elastic_transform", "scale_and_translate",
]
# fmt: on

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
_ORDERS = {"nearest": 0, "bilinear": 1}
_SCALE_METHODS = {
    "linear": "linear",
    "bilinear": "linear",
    "trilinear": "linear",
    "cubic": "cubic",
    "bicubic": "cubic",
    "tricubic": "cubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def _choice(value: Any, known: Any, name: str, where: str) -> None:
    if value not in known:
        raise ValueError(f"image.{where}: {name} must be one of {tuple(known)}, got {name}={value!r}.")


@op("image")
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0
) -> Any:
    """The tensor's values at places between its entries.

    Args:
        inputs: the tensor.
        coordinates: one list of places for each axis: (axes, ...).
        order: 0 takes the nearest entry, 1 interpolates linearly.
        fill_mode: what lies beyond the border: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
    """
    inputs, coordinates = tensor(inputs), tensor(coordinates)
    _choice(order, (0, 1), "order", "map_coordinates")
    _choice(fill_mode, FILL_MODES, "fill_mode", "map_coordinates")
    if coordinates.ndim < 2 or coordinates.shape[0] != inputs.ndim:
        raise ValueError(
            "image.map_coordinates: coordinates must be (axes of inputs, ...), "
            f"got shape {coordinates.shape} for inputs of shape {inputs.shape}."
        )
    return _sample(inputs, list(coordinates), order, fill_mode, fill_value)


def _warp(x: Any, places: Any, interpolation: str, fill_mode: str, fill_value: float, data_format: str | None) -> Any:
    """A batch sampled at places (batch, 2, height, width), the same for all channels."""
    axis = channel_axis(data_format)
    planes = jnp.moveaxis(x, axis, -3)  # (batch, channels, height, width)
    wide = planes if is_float(x) else planes.astype(config.floatx())

    def one(image: Any, place: Any) -> Any:
        order = _ORDERS[interpolation]
        return jax.vmap(lambda plane: _sample(plane, list(place), order, fill_mode, fill_value))(image)

    return _rounded(jnp.moveaxis(jax.vmap(one)(wide, places), -3, axis), x.dtype)


def _grid(x: Any, data_format: str | None) -> list[Any]:
    """Row and column of every pixel."""
    height, width = jnp.moveaxis(x, channel_axis(data_format), -1).shape[-3:-1]
    return jnp.meshgrid(jnp.arange(height, dtype="float32"), jnp.arange(width, dtype="float32"), indexing="ij")


def _projected(x: Any, maps: Any, data_format: str | None) -> Any:
    """Row and column that each pixel is taken from, by projective maps (1 or batch, 8)."""
    rows, columns = _grid(x, data_format)
    a0, a1, a2, b0, b1, b2, c0, c1 = maps.T[:, :, None, None]
    depth = c0 * columns + c1 * rows + 1
    places = jnp.stack([b0 * columns + b1 * rows + b2, a0 * columns + a1 * rows + a2], axis=1) / depth[:, None]
    return jnp.broadcast_to(places, (len(x), *places.shape[1:]))


@op("image")
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Images turned, scaled, sheared and moved.

    The output's pixel (x, y) is the input's at ``((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)`` with
    ``k = c0 x + c1 y + 1``.

    Args:
        images: one image or a batch.
        transform: ``[a0, a1, a2, b0, b1, b2, c0, c1]`` for each image.
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies beyond the border: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
        data_format: "channels_last" or "channels_first".
    """
    _choice(interpolation, _ORDERS, "interpolation", "affine_transform")
    _choice(fill_mode, FILL_MODES, "fill_mode", "affine_transform")
    x, transform = _images(images, "affine_transform"), tensor(transform, "float32")
    if transform.ndim not in (1, 2) or transform.shape[-1] != 8:
        raise ValueError(f"image.affine_transform: transform must be (8,) or (batch, 8), got shape {transform.shape}.")
    batch = x if x.ndim == 4 else x[None]
    places = _projected(batch, jnp.atleast_2d(transform), data_format)
    y = _warp(batch, places, interpolation, fill_mode, fill_value, data_format)
    return y if x.ndim == 4 else y[0]


@op("image")
def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Any:
    """Images seen from another side: four points go from ``start_points`` to ``end_points``.

    Args:
        images: one image or a batch.
        start_points, end_points: four points (x, y) for each image: (batch, 4, 2).
        interpolation: "bilinear" or "nearest".
        fill_value: what lies beyond the border.
        data_format: "channels_last" or "channels_first".
    """
    _choice(interpolation, _ORDERS, "interpolation", "perspective_transform")
    x = _images(images, "perspective_transform")
    start, end = (jnp.reshape(tensor(p, "float32"), (-1, 4, 2)) for p in (start_points, end_points))
    batch = x if x.ndim == 4 else x[None]
    if len({len(start), len(end), len(batch)} - {1}) > 1:
        raise ValueError(
            "image.perspective_transform: start_points and end_points must have four points for each image, "
            f"got shapes {start.shape} and {end.shape} for {len(batch)} images."
        )
    places = _projected(batch, jax.vmap(_homography)(end, start), data_format)
    y = _warp(batch, places, interpolation, "constant", fill_value, data_format)
    return y if x.ndim == 4 else y[0]


def _homography(source: Any, target: Any) -> Any:
    """The eight numbers of the projective map that takes four points to four others."""
    x, y, zero, one = source[:, 0], source[:, 1], jnp.zeros(4), jnp.ones(4)
    u, v = target[:, 0], target[:, 1]
    first = jnp.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1)
    second = jnp.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1)
    return jnp.linalg.solve(jnp.concatenate([first, second]), jnp.concatenate([u, v]))


@op("image")
def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Any:
    """Images pulled about at random, neighbouring pixels alike (Simard et al. 2003).

    Args:
        images: one image or a batch.
        alpha: how far pixels are pulled.
        sigma: over how many pixels the pull is smoothed.
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies beyond the border: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: the constant.
        seed: an integer or a ``SeedGenerator``.
        data_format: "channels_last" or "channels_first".
    """
    from ..random import draw_seed
    from .image_filters import bell

    _choice(interpolation, _ORDERS, "interpolation", "elastic_transform")
    _choice(fill_mode, FILL_MODES, "fill_mode", "elastic_transform")
    x = _images(images, "elastic_transform")
    batch = x if x.ndim == 4 else x[None]
    rows, columns = _grid(batch, data_format)
    pull = jax.random.normal(draw_seed(seed), (2, len(batch), *rows.shape)) * sigma
    size = max(int(6 * sigma) | 1, 3)
    line = bell(size, sigma)
    pull = _smoothed(_smoothed(pull, line, 2), line, 3)
    places = jnp.stack([rows + alpha * pull[1], columns + alpha * pull[0]], axis=1)
    y = _warp(batch, places, interpolation, fill_mode, fill_value, data_format)
    return y if x.ndim == 4 else y[0]


def _smoothed(x: Any, line: Any, axis: int) -> Any:
    """A weighted mean of neighbours along an axis, zeros beyond the border."""
    reach = len(line) // 2
    pads = [(reach, reach) if i == axis else (0, 0) for i in range(x.ndim)]
    return jnp.apply_along_axis(lambda v: jnp.convolve(v, line, mode="valid"), axis, jnp.pad(x, pads))


@op("image")
def scale_and_translate(
    images: Any, output_shape: Any, scale: Any, translation: Any, spatial_dims: Any, method: str, antialias: bool = True
) -> Any:
    """Images scaled, then moved by parts of pixels; zeros beyond the border.

    Args:
        images: the images.
        output_shape: the whole shape of the result.
        scale, translation: one number for each axis of ``spatial_dims``.
        spatial_dims: the axes.
        method: "linear", "cubic", "lanczos3" or "lanczos5" (or "bilinear", "trilinear", "bicubic", "tricubic").
        antialias: whether what gets smaller is smoothed first.
    """
    _choice(method, _SCALE_METHODS, "method", "scale_and_translate")
    x = tensor(images)
    x = x if is_float(x) else x.astype(config.floatx())
    axes = tuple(a % x.ndim for a in spatial_dims)
    scale, translation = tensor(scale, "float32"), tensor(translation, "float32")
    return jax.image.scale_and_translate(
        x, tuple(output_shape), axes, scale, translation, _SCALE_METHODS[method], antialias
    )
