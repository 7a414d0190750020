"""Quantizer: an object that turns a tensor into small integers and a scale."""

from __future__ import annotations

from typing import Any

from ..registry import Configurable
from .abs_max import abs_max_quantize, check_range


class Quantizer(Configurable):
    """Base: a callable from a tensor to its quantized form; this one changes nothing.

    Args:
        output_dtype: the type of the quantized values.
    """

    def __init__(self, output_dtype: str = "int8"):
        self.output_dtype = output_dtype

    def __call__(self, x: Any) -> Any:
        return x


class AbsMaxQuantizer(Quantizer):
    """``round(x * scale)`` where ``scale`` sends the largest ``|x|`` to the end of the range.

    Args:
        axis: the axis or axes that share a scale; the last one if None. The call may name others.
        value_range: (lowest, highest) quantized value.
        epsilon: added to the largest ``|x|``, so that zeros divide.
        output_dtype: the type of the quantized values.

    >>> values, scale = AbsMaxQuantizer(axis=-1)([[1.0, -2.0, 4.0]])
    >>> values.tolist(), scale.tolist()
    ([[32, -64, 127]], [[31.75]])
    """

    def __init__(
        self,
        axis: int | tuple[int, ...] | list[int] | None = None,
        value_range: tuple[int, int] = (-127, 127),
        epsilon: float = 1e-7,
        output_dtype: str = "int8",
    ):
        super().__init__(output_dtype)
        self.axis = None if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.value_range = check_range(value_range, output_dtype, "AbsMaxQuantizer")
        self.epsilon = epsilon

    def __call__(self, x: Any, axis: Any = None, to_numpy: bool = False) -> tuple[Any, Any]:
        """(quantized values, scale); ``x`` is about ``values / scale``."""
        chosen = axis if axis is not None else self.axis if self.axis is not None else -1
        return abs_max_quantize(x, chosen, self.value_range, self.output_dtype, self.epsilon, to_numpy)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; ``axis`` where one was given."""
        config = super().get_config()
        if self.axis is None:
            del config["axis"]
        return config
