"""Global settings in Keras's names: default float type, epsilon, image layout, backend.

They start from ``$KERAS_HOME/keras.json`` where one exists, so a Keras user's choices hold here too.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
DTYPES = frozenset(
    """bool int4 int8 int16 int32 int64 uint4 uint8 uint16 uint32 uint64 float8_e4m3fn float8_e5m2
    float16 bfloat16 float32 float64 complex64 complex128 string""".split()
)
_ALIASES = {"float": "float32", "int": "int32", "half": "float16", "double": "float64", "str": "string"}

_settings: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "traceback_filtering": True,
    "interactive_logging": True,
    "nnx_enabled": True,
    "flash_attention": None,
    "max_epochs": None,
    "max_steps_per_epoch": None,
}


def keras_home() -> Path:
    """The folder of caches and settings: ``$KERAS_HOME``, by default ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _read_settings_file() -> None:
    """Take floatx, epsilon and image_data_format from keras.json; a broken file changes nothing."""
    try:
        stored = json.loads((keras_home() / "keras.json").read_text())
        floatx_, eps = stored.get("floatx", "float32"), float(stored.get("epsilon", 1e-7))
        layout = stored.get("image_data_format", "channels_last")
    except (OSError, ValueError, AttributeError, TypeError, OverflowError, RecursionError):
        return
    if floatx_ in FLOAT_TYPES:
        _settings["floatx"] = floatx_
    if layout in ("channels_first", "channels_last"):
        _settings["image_data_format"] = layout
    if 0 < eps < math.inf:
        _settings["epsilon"] = eps


def backend() -> str:
    """Always ``"jax"``: kerasnb is written on JAX and has no other engine."""
    return "jax"


def floatx() -> str:
    """The float type that layers and losses use when none is given."""
    return _settings["floatx"]


def set_floatx(value: str) -> None:
    """Choose the default float type.

    Args:
        value: "float16", "bfloat16", "float32" or "float64".
    """
    if value not in FLOAT_TYPES:
        raise ValueError(f"set_floatx: value must be one of {FLOAT_TYPES}, got {value!r}.")
    _settings["floatx"] = str(value)


def epsilon() -> float:
    """The small number that keeps logarithms and divisions finite; 1e-7 unless changed."""
    return _settings["epsilon"]


def set_epsilon(value: float) -> None:
    """Choose the small number used for numerical safety."""
    _settings["epsilon"] = value


def image_data_format() -> str:
    """Where images keep their channels: "channels_last" or "channels_first"."""
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Choose the default layout of images, "channels_last" or "channels_first"."""
    _settings["image_data_format"] = standardize_data_format(data_format)


def standardize_data_format(data_format: str | None) -> str:
    """The given layout, checked; the default one where None is given."""
    if data_format is None:
        return image_data_format()
    name = str(data_format).lower()
    if name not in ("channels_first", "channels_last"):
        raise ValueError(f"data_format must be 'channels_first' or 'channels_last', got data_format={data_format!r}.")
    return name


def standardize_dtype(dtype: Any) -> str:
    """The canonical name of a dtype; None means the default float type.

    Args:
        dtype: a name, a Python or NumPy or JAX type, or anything with a ``dtype`` or ``name``.

    >>> standardize_dtype(int), standardize_dtype("half"), standardize_dtype(None)
    ('int32', 'float16', 'float32')
    """
    if dtype is None:
        return floatx()
    if not isinstance(dtype, str):
        if isinstance(dtype, type) and dtype in (float, int, bool, str):  # np.dtype(bool) == bool, too
            dtype = dtype.__name__
        elif hasattr(dtype, "name") and isinstance(dtype.name, str):
            dtype = dtype.name
        elif hasattr(dtype, "dtype") and hasattr(dtype.dtype, "name"):  # jnp.float32
            dtype = dtype.dtype.name
        elif hasattr(dtype, "__name__"):
            dtype = dtype.__name__
        else:
            dtype = str(dtype).removeprefix("torch.")
    name = _ALIASES.get(dtype, dtype)
    if name not in DTYPES:
        from .registry import did_you_mean

        raise ValueError(f"Invalid dtype: {dtype!r}.{did_you_mean(str(dtype), DTYPES)}")
    return name


def is_float_dtype(dtype: Any) -> bool:
    """Whether a dtype holds real floating point numbers."""
    return standardize_dtype(dtype).startswith(("float", "bfloat"))


def is_int_dtype(dtype: Any) -> bool:
    """Whether a dtype holds integers, signed or not."""
    return standardize_dtype(dtype).startswith(("int", "uint"))


def get(name: str) -> Any:
    """One setting by its name (for the other modules of core)."""
    return _settings[name]


def put(name: str, value: Any) -> None:
    """Change one setting by its name (for the other modules of core)."""
    _settings[name] = value


def bounded(value: int | None, name: str) -> int | None:
    """A number of epochs or steps, cut at the bound that ``set_max_epochs`` or ``set_max_steps_per_epoch`` set."""
    bound = _settings[name]
    if bound is None:
        return value
    return bound if value is None else min(value, bound)


_read_settings_file()
