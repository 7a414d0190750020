"""What a demo page computes for each layer: the operation of ``demo_page/engine.js``, its numbers and weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..config import epsilon

Step = tuple[str, dict[str, Any], dict[str, Any]]  # operation, options, weights

ACTIVATIONS = frozenset(
    """linear relu relu6 leaky_relu elu selu gelu silu sigmoid hard_sigmoid hard_silu tanh softplus softsign exponential
    mish softmax log_softmax""".split()
)
# Recorded functions of two tensors, or a tensor and a number.
PAIRS = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide", "true_divide": "divide",
    "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip


class Unsupported(ValueError):
    """A layer that the page cannot compute; the message says why."""


def activation_of(function: Any) -> dict[str, Any]:
    """An activation function as the engine's name of it."""
    name = getattr(function, "__name__", type(function).__name__)
    name = {"swish": "silu", "hard_swish": "hard_silu"}.get(name, name)
    if name not in ACTIVATIONS or not getattr(function, "__module__", "").startswith("kerasnb."):
        raise Unsupported(f"its activation {name!r} is not one of {sorted(ACTIVATIONS)}")
    return {"name": name}


def _plain(layer: Any) -> None:
    if getattr(layer, "quantization_mode", None) is not None:
        raise Unsupported("it is quantized")
    if getattr(layer, "lora_enabled", False):
        raise Unsupported("it has low-rank weights; load the model anew with the merged ones")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise Unsupported("data_format must be 'channels_last'")


def _value(variable: Any) -> Any:
    """A weight's numbers, None without one."""
    return None if variable is None else np.asarray(variable, np.float64)


def _two(numbers: Any) -> list[int]:
    """Sizes of two axes; what has one is an image of height 1."""
    return [1, *numbers] if len(numbers) == 1 else list(numbers)


def _dense(layer: Any, shapes: list) -> Step:
    options = {"units": layer.units, "activation": activation_of(layer.activation)}
    return "dense", options, {"kernel": _value(layer.kernel), "bias": _value(layer.bias)}


def _windows(layer: Any) -> dict[str, Any]:
    if layer.padding not in ("same", "valid"):
        raise Unsupported(f"padding={layer.padding!r} is not 'same' or 'valid'")
    return {
        "size": _two(layer.kernel_size), "strides": _two(layer.strides), "dilation": _two(layer.dilation_rate),
        "padding": layer.padding,
    }  # fmt: skip


def _conv(layer: Any, shapes: list) -> Step:
    options = {
        **_windows(layer), "filters": layer.filters, "groups": getattr(layer, "groups", 1),
        "activation": activation_of(layer.activation),
    }  # fmt: skip
    return "conv", options, {"kernel": _value(layer.kernel), "bias": _value(layer.bias)}


def _depthwise(layer: Any, shapes: list) -> Step:
    options = {
        **_windows(layer), "multiplier": layer.depth_multiplier, "activation": activation_of(layer.activation)
    }  # fmt: skip
    return "depthwise", options, {"kernel": _value(layer.kernel), "bias": _value(layer.bias)}


def _separable(layer: Any, shapes: list) -> list[Step]:
    first = {**_windows(layer), "multiplier": layer.depth_multiplier, "activation": {"name": "linear"}}
    second = {
        "size": [1, 1], "strides": [1, 1], "dilation": [1, 1], "padding": "valid", "filters": layer.filters,
        "groups": 1, "activation": activation_of(layer.activation),
    }  # fmt: skip
    return [
        ("depthwise", first, {"kernel": _value(layer.depthwise_kernel)}),
        ("conv", second, {"kernel": _value(layer.pointwise_kernel), "bias": _value(layer.bias)}),
    ]


def _pool(layer: Any, shapes: list) -> Step:
    kind = "max" if "Max" in type(layer).__name__ else "average"
    options = {"kind": kind, "size": _two(layer.pool_size), "strides": _two(layer.strides), "padding": layer.padding}
    return "pool", options, {}


def _global_pool(layer: Any, shapes: list) -> Step:
    shape = [*[1] * (len(shapes[0]) - 1), shapes[0][-1]] if layer.keepdims else [shapes[0][-1]]
    return "globalpool", {"kind": "max" if "Max" in type(layer).__name__ else "average", "shape": shape}, {}


def _affine(scale: Any, shift: Any, shape: Any) -> Step:
    """One factor and offset for all numbers, one for each channel, or one for each number."""

    def flat(value: Any) -> np.ndarray:
        value = np.asarray(value, np.float64)
        if value.size == 1 or value.size == shape[-1] == value.shape[-1]:
            return value.reshape(-1)
        return np.broadcast_to(value, shape).reshape(-1)

    scale, shift = flat(scale), flat(shift)
    count = max(scale.size, shift.size)
    return "affine", {}, {"scale": np.resize(scale, count), "shift": np.resize(shift, count)}


def _batch_normalization(layer: Any, shapes: list) -> Step:
    if layer.axis not in (-1, len(shapes[0])):
        raise Unsupported(f"axis={layer.axis} is not the last one")
    scale = 1.0 / np.sqrt(_value(layer.moving_variance) + layer.epsilon)
    scale = scale if layer.gamma is None else scale * _value(layer.gamma)
    shift = -_value(layer.moving_mean) * scale
    return _affine(scale, shift if layer.beta is None else shift + _value(layer.beta), shapes[0])


def _layer_normalization(layer: Any, shapes: list) -> Step:
    if list(layer._axes) != [len(shapes[0])] or layer.rms_scaling:
        raise Unsupported("it normalizes over other axes than the last one")
    n = shapes[0][-1]
    scale = np.ones(n) if layer.gamma is None else _value(layer.gamma)
    shift = np.zeros(n) if layer.beta is None else _value(layer.beta)
    return "layernorm", {"epsilon": layer.epsilon}, {"scale": scale, "shift": shift}


def _rescaling(layer: Any, shapes: list) -> Step:
    return _affine(layer.scale, layer.offset, shapes[0])


def _normalization(layer: Any, shapes: list) -> Step:
    if layer.invert:
        raise Unsupported("invert=True")
    mean, variance = (np.asarray(v, np.float64)[0] for v in layer._numbers())  # without the batch axis
    root = np.maximum(np.sqrt(variance), epsilon())
    return _affine(1.0 / root, -mean / root, shapes[0])


def _shape(layer: Any, shapes: list) -> Step:
    out = layer.compute_output_shape((1, *shapes[0]))
    return "shape", {"shape": list(out[1:])}, {}


def _same(layer: Any, shapes: list) -> Step:
    return "same", {}, {}


def _activation(options: dict[str, Any]) -> Step:
    return "activation", {"activation": options}, {}


def _relu(layer: Any, shapes: list) -> Step:
    options = {"name": "relu", "slope": layer.negative_slope, "threshold": layer.threshold}
    return _activation({**options, **({} if layer.max_value is None else {"max": layer.max_value})})


def _softmax(layer: Any, shapes: list) -> Step:
    if layer.axis not in (-1, len(shapes[0]), [-1], (-1,)):
        raise Unsupported(f"axis={layer.axis} is not the last one")
    return _activation({"name": "softmax"})


def _prelu(layer: Any, shapes: list) -> Step:
    return "prelu", {"shape": list(layer.alpha.shape)}, {"alpha": _value(layer.alpha)}


def _pad(layer: Any, shapes: list) -> Step:
    crop = hasattr(layer, "cropping")
    pairs = layer.cropping if crop else layer.padding
    pairs = [(0, 0), pairs] if isinstance(pairs[0], int) else pairs
    return "pad", {"pad": [-n if crop else n for pair in pairs for n in pair]}, {}


def _repeat(layer: Any, shapes: list) -> Step:
    if getattr(layer, "interpolation", "nearest") != "nearest":
        raise Unsupported(f"interpolation={layer.interpolation!r} is not 'nearest'")
    return "repeat", {"size": [1, layer.size] if isinstance(layer.size, int) else list(layer.size)}, {}


def _merge(layer: Any, shapes: list) -> Step:
    return "merge", {"kind": type(layer).__name__.lower()}, {}


def _concatenate(layer: Any, shapes: list) -> Step:
    axis = layer.axis - 1 if layer.axis > 0 else len(shapes[0]) + layer.axis
    if not 0 <= axis < len(shapes[0]):
        raise Unsupported(f"axis={layer.axis} is the batch's")
    return "concatenate", {"axis": axis}, {}


# fmt: off
LAYERS: dict[str, Callable[[Any, list], Step | list[Step]]] = {
    "Dense": _dense, "Conv1D": _conv, "Conv2D": _conv, "DepthwiseConv1D": _depthwise, "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable, "SeparableConv2D": _separable,
    "MaxPooling1D": _pool, "MaxPooling2D": _pool, "AveragePooling1D": _pool, "AveragePooling2D": _pool,
    "GlobalMaxPooling1D": _global_pool, "GlobalMaxPooling2D": _global_pool, "GlobalAveragePooling1D": _global_pool,
    "GlobalAveragePooling2D": _global_pool,
    "BatchNormalization": _batch_normalization, "LayerNormalization": _layer_normalization,
    "Rescaling": _rescaling, "Normalization": _normalization,
    "Flatten": _shape, "Reshape": _shape,
    "Dropout": _same, "SpatialDropout1D": _same, "SpatialDropout2D": _same, "GaussianNoise": _same,
    "GaussianDropout": _same, "AlphaDropout": _same, "ActivityRegularization": _same, "Identity": _same,
    "Activation": lambda layer, shapes: _activation(activation_of(layer.activation)),
    "ReLU": _relu, "Softmax": _softmax, "PReLU": _prelu,
    "LeakyReLU": lambda layer, shapes: _activation({"name": "leaky_relu", "slope": float(layer.negative_slope)}),
    "ELU": lambda layer, shapes: _activation({"name": "elu", "alpha": float(layer.alpha)}),
    "ZeroPadding1D": _pad, "ZeroPadding2D": _pad, "Cropping1D": _pad, "Cropping2D": _pad,
    "UpSampling1D": _repeat, "UpSampling2D": _repeat,
    "Add": _merge, "Subtract": _merge, "Multiply": _merge, "Average": _merge, "Maximum": _merge, "Minimum": _merge,
    "Concatenate": _concatenate,
}
# fmt: on
# Layers over sequences are computed as images of height 1.
ALONG = frozenset(name for name in LAYERS if name.endswith("1D") and not name.startswith(("Global", "Spatial")))


def steps_of(layer: Any, shapes: list[tuple[int, ...]]) -> list[Step]:
    """A layer as operations of the engine.

    Args:
        layer: a built layer.
        shapes: of its inputs, without the batch axis.

    Raises:
        Unsupported: the page cannot compute it.
    """
    from ..registry import is_builtin

    name = type(layer).__name__
    if name not in LAYERS or not is_builtin(type(layer)):
        raise Unsupported("such layers are not supported")
    _plain(layer)
    found = LAYERS[name](layer, shapes)
    found = found if isinstance(found, list) else [found]
    if name not in ALONG:
        return found
    steps, channels = int(shapes[0][0]), int(shapes[0][1])
    out = layer.compute_output_shape((1, steps, channels))
    return [("shape", {"shape": [1, steps, channels]}, {}), *found, ("shape", {"shape": list(out[1:])}, {})]
