"""Cropping and zero padding along the spatial axes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from ..layer import InputSpec
from .arguments import is_int, standardize_data_format
from .reshaping import Rearranging


class _Borders(Rearranging):
    """Base: how many places each spatial axis gains or loses at its start and its end."""

    rank = 2

    def _setup(self, value: Any, name: str, data_format: str | None) -> Any:
        """The checked argument in Keras's form; sets the layout and the input's rank."""
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        pairs = self._pairs(value, name)
        return pairs[0] if self.rank == 1 else pairs

    def _pairs(self, value: Any, name: str) -> tuple[tuple[int, int], ...]:
        n = self.rank
        if is_int(value):
            value = (value,) * n if n > 1 else (value, value)
        if n == 1:
            value = (value,)
        problem = ValueError(
            f"{type(self).__name__}: {name} must be an integer of at least 0"
            + (f", {n} of them, or {n} pairs (before, behind)" if n > 1 else " or a pair of them")
            + f", got {name}={value[0] if n == 1 else value!r}."
        )
        if not isinstance(value, (list, tuple)) or len(value) != n:
            raise problem
        pairs = tuple((v, v) if is_int(v) else v for v in value)
        for pair in pairs:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise problem
            if not all(is_int(p) and p >= 0 for p in pair):
                raise problem
        return tuple((int(a), int(b)) for a, b in pairs)

    def _first(self) -> int:
        return 1 if self.data_format == "channels_last" else 2

    def _sized(self, input_shape: Any, pairs: Any, sign: int) -> tuple:
        """The shape with the pairs added (sign 1) or taken off (sign -1)."""
        sizes = list(input_shape)
        for axis, (before, behind) in enumerate(pairs, self._first()):
            if sizes[axis] is not None:
                sizes[axis] += sign * (before + behind)
                if sizes[axis] <= 0:
                    raise ValueError(
                        f"{type(self).__name__} {self.name!r}: cropping ({before}, {behind}) "
                        f"leaves nothing of axis {axis} of the input of shape {tuple(input_shape)}."
                    )
        return tuple(sizes)


class Cropping(_Borders):
    """Cut places off the spatial axes; see ``Cropping2D``."""

    def _crop(self, inputs: Any) -> Any:
        pairs = self._pairs(self.cropping, "cropping")
        self._sized(inputs.shape, pairs, -1)
        index = [slice(None)] * inputs.ndim
        for axis, (before, behind) in enumerate(pairs, self._first()):
            index[axis] = slice(before, inputs.shape[axis] - behind)
        return inputs[tuple(index)]

    def call(self, inputs: Any) -> Any:
        return self._crop(inputs)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return self._sized(input_shape, self._pairs(self.cropping, "cropping"), -1)


class Cropping1D(Cropping):
    """Cut time steps off the start and the end.

    Args:
        cropping: how many at each end, one number or (start, end).

    Shapes: (batch, steps, features) to (batch, fewer steps, features).

    >>> import jax.numpy as jnp
    >>> Cropping1D((1, 2))(jnp.zeros((2, 10, 3))).shape
    (2, 7, 3)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any):
        super().__init__(**kwargs)
        self.cropping = self._setup(cropping, "cropping", "channels_last")


class Cropping2D(Cropping):
    """Cut the borders off an image.

    Args:
        cropping: one number for all borders, two for (height, width), or
            ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) to the same with smaller sizes.
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.cropping = self._setup(cropping, "cropping", data_format)


class Cropping3D(Cropping):
    """Cut the borders off a volume.

    Args:
        cropping: one number for all borders, one for each axis, or a pair for each axis.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, height, width, channels) to the same with smaller sizes.
    """

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.cropping = self._setup(cropping, "cropping", data_format)


class ZeroPadding(_Borders):
    """Add zeros around the spatial axes; see ``ZeroPadding2D``."""

    def call(self, inputs: Any) -> Any:
        widths = [(0, 0)] * inputs.ndim
        for axis, pair in enumerate(self._pairs(self.padding, "padding"), self._first()):
            widths[axis] = pair
        return jnp.pad(inputs, widths)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return self._sized(input_shape, self._pairs(self.padding, "padding"), 1)


class ZeroPadding1D(ZeroPadding):
    """Add time steps of zeros at the start and the end.

    Args:
        padding: how many at each end, one number or (start, end).
        data_format: "channels_last" (batch, steps, features) or "channels_first".

    Shapes: (batch, steps, features) to (batch, more steps, features).

    >>> import jax.numpy as jnp
    >>> ZeroPadding1D(2)(jnp.ones((2, 3, 4))).shape
    (2, 7, 4)
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = self._setup(padding, "padding", data_format)


class ZeroPadding2D(ZeroPadding):
    """Add a border of zeros to an image.

    Args:
        padding: one number for all borders, two for (height, width), or
            ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, channels) to the same with larger sizes.
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.padding = self._setup(padding, "padding", data_format)


class ZeroPadding3D(ZeroPadding):
    """Add a border of zeros to a volume.

    Args:
        padding: one number for all borders, one for each axis, or a pair for each axis.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, height, width, channels) to the same with larger sizes.
    """

    rank = 3

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.padding = self._setup(padding, "padding", data_format)
