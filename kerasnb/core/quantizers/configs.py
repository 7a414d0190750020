"""Quantization configs: what a layer's weights and inputs would be quantized with.

They describe, travel in archives and check themselves; kerasnb's layers compute in floating point.
"""

from __future__ import annotations

from typing import Any

from ..registry import Configurable
from . import get
from .quantizer import AbsMaxQuantizer


class QuantizationConfig(Configurable):
    """Base of the configs.

    Args:
        weight_quantizer: a quantizer of the weights, None for the mode's own.
        activation_quantizer: a quantizer of the inputs, None to leave them in floats.
    """

    def __init__(self, weight_quantizer: Any = None, activation_quantizer: Any = None):
        self.weight_quantizer = weight_quantizer
        self.activation_quantizer = activation_quantizer

    @property
    def mode(self) -> str:
        """The name of the mode, "int8" and so on."""
        raise NotImplementedError(f"{type(self).__name__} names no mode: use one of its subclasses.")

    @staticmethod
    def weight_quantizer_or_default(config: QuantizationConfig | None, default: Any) -> Any:
        """A config's weight quantizer, ``default`` where there is none."""
        return default if config is None or config.weight_quantizer is None else config.weight_quantizer

    @staticmethod
    def activation_quantizer_or_default(config: QuantizationConfig | None, default: Any) -> Any:
        """A config's activation quantizer (None means floats), ``default`` where there is no config."""
        return default if config is None else config.activation_quantizer


def _checked(quantizer: Any, argument: str, where: str) -> Any:
    found = get(quantizer)
    if found is not None and not hasattr(found, "output_dtype"):
        raise ValueError(f"{where}: {argument} must be a Quantizer or None, got {quantizer!r}.")
    return found


class Int8QuantizationConfig(QuantizationConfig):
    """8-bit integers, scaled by the largest value.

    Args:
        weight_quantizer: one with output dtype "int8"; None for the layer's own.
        activation_quantizer: "default" for an ``AbsMaxQuantizer``, None to quantize the weights alone.
    """

    def __init__(self, weight_quantizer: Any = None, activation_quantizer: Any = "default"):
        where = type(self).__name__
        inputs = AbsMaxQuantizer() if activation_quantizer == "default" else activation_quantizer
        super().__init__(
            _checked(weight_quantizer, "weight_quantizer", where), _checked(inputs, "activation_quantizer", where)
        )
        if self.weight_quantizer is not None and self.weight_quantizer.output_dtype != "int8":
            raise ValueError(
                f"{where}: weight_quantizer must have output_dtype='int8', "
                f"got output_dtype={self.weight_quantizer.output_dtype!r}."
            )

    @property
    def mode(self) -> str:
        return "int8"


class Int4QuantizationConfig(QuantizationConfig):
    """4-bit integers, two in a byte.

    Args:
        weight_quantizer: one with ``value_range=(-8, 7)`` and output dtype "int8"; needs ``block_size`` None or -1.
        activation_quantizer: a quantizer of the inputs; "default" and None leave them in floats.
        block_size: rows that share a scale; None or -1 for all of a column.
    """

    def __init__(
        self, weight_quantizer: Any = None, activation_quantizer: Any = "default", block_size: int | None = 128
    ):
        where = type(self).__name__
        inputs = None if activation_quantizer == "default" else activation_quantizer
        super().__init__(
            _checked(weight_quantizer, "weight_quantizer", where), _checked(inputs, "activation_quantizer", where)
        )
        if block_size is not None:
            _check_size(block_size, "block_size", where)
        self.block_size = block_size
        weights = self.weight_quantizer
        if block_size not in (None, -1) and (weights is not None or self.activation_quantizer is not None):
            raise ValueError(
                f"{where}: blocks have a quantization of their own. Leave the quantizers out, "
                f"or set block_size=None for one scale per column, got block_size={block_size}."
            )
        if weights is not None and (weights.output_dtype, tuple(weights.value_range)) != ("int8", (-8, 7)):
            raise ValueError(
                f"{where}: weight_quantizer must have output_dtype='int8' and value_range=(-8, 7), "
                f"got output_dtype={weights.output_dtype!r}, value_range={weights.value_range}."
            )

    @property
    def mode(self) -> str:
        return "int4"


class Float8QuantizationConfig(QuantizationConfig):
    """8-bit floats; nothing to choose."""

    def __init__(self) -> None:
        super().__init__()

    @property
    def mode(self) -> str:
        return "float8"

    def get_config(self) -> dict[str, Any]:
        """Empty."""
        return {}


class _Calibrated(QuantizationConfig):
    """A config whose weights are chosen on examples; these are data and stay out of archives."""

    weight_bits: int
    group_size: int

    def dtype_policy_string(self) -> str:
        """The policy's name: mode, bits and group size."""
        return f"{self.mode}/{self.weight_bits}/{self.group_size}"

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, without dataset and tokenizer."""
        config = {k: v for k, v in super().get_config().items() if not k.endswith("_quantizer")}
        return {**config, "dataset": None, "tokenizer": None}


def _check_size(value: Any, name: str, where: str, whole: bool = True) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not (value > 0 or (whole and value == -1)):
        rest = ", or -1 for all in one" if whole else ""
        raise ValueError(f"{where}: {name} must be an integer of at least 1{rest}, got {name}={value!r}.")
