"""What is written down of a run: models, data and arguments as plain JSON values."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping
from typing import Any

DEEP = 24  # levels of nesting that are followed
LONG = 200  # entries of a list that are kept
WORDS = 2000  # characters of a text that are kept


def plain(value: Any, depth: int = 0) -> Any:
    """A value that JSON holds: numbers, texts, lists and dicts; of anything else what it is called.

    >>> import numpy as np
    >>> plain({"rate": np.float32(0.5), "shape": (2, None), "act": abs})
    {'rate': 0.5, 'shape': [2, None], 'act': 'abs'}
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if len(value) <= WORDS else value[:WORDS] + "…"
    if depth > DEEP:
        return "…"
    if isinstance(value, Mapping):
        return {str(k): plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)
        kept = [plain(v, depth + 1) for v in items[:LONG]]
        return kept if len(items) <= LONG else [*kept, f"and {len(items) - LONG} more"]
    shape = getattr(value, "shape", None)
    if shape is not None and not callable(shape):
        if tuple(shape) == () and hasattr(value, "item"):
            return value.item()
        if hasattr(value, "tolist") and getattr(value, "size", LONG + 1) <= LONG:
            return value.tolist()
        return shape_text(value)
    if hasattr(value, "get_config"):
        try:
            config = value.get_config()
        except Exception:
            config = {}
        return {"class_name": type(value).__name__, "config": plain(config, depth + 1)}
    return getattr(value, "__name__", None) or type(value).__name__


def shape_text(value: Any) -> str:
    """Type and shape of an array.

    >>> import numpy as np
    >>> shape_text(np.zeros((3, 2), "float32"))
    'float32 (3, 2)'
    """
    kind = getattr(value, "dtype", None)
    return f"{type(value).__name__ if kind is None else kind} {tuple(value.shape)}"


def data_text(value: Any, depth: int = 0) -> Any:
    """What data are: shapes of arrays, names of what gives batches; never a value out of them."""
    if value is None:
        return None
    if getattr(value, "shape", None) is not None and not callable(value.shape):
        return shape_text(value)
    if isinstance(value, Mapping) and depth < 3:
        return {str(k): data_text(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if len(value) <= 16 and depth < 3 and any(hasattr(v, "shape") for v in value):
            return [data_text(v, depth + 1) for v in value]
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__


def model_config(model: Any) -> dict[str, Any]:
    """A model's configuration; of one without, its layers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            config = plain(model.get_config())
        except Exception:  # one of the user's that has none
            config = {}
    found: dict[str, Any] = {"class_name": type(model).__name__, "config": config}
    if not (isinstance(config, dict) and config.get("layers")):
        found["layers"] = [
            {"class_name": type(layer).__name__, "shapes": [list(w.shape) for w in layer.weights]}
            for layer in getattr(model, "layers", ())
        ]
    return found


def without_names(config: Any) -> Any:
    """A configuration in which every layer is called by the order in which it appears: rebuilding changes nothing.

    >>> without_names([{"name": "dense_7"}, {"of": "dense_7"}])
    [{'name': '#1'}, {'of': '#1'}]
    """
    names: dict[str, str] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("name"), str):
                names.setdefault(value["name"], f"#{len(names) + 1}")
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    def replaced(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: replaced(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [replaced(v, key) for v in value]
        if isinstance(value, str) and key not in ("class_name", "module", "activation", "dtype", "registered_name"):
            return names.get(value, value)
        return value

    collect(config)
    return replaced(config)


def hash_of(config: Any) -> str:
    """Twelve digits that are equal for equal models, whatever their layers are called."""
    text = json.dumps(without_names(config), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# Arguments of fit that are data, and described as such.
DATA = ("x", "y", "sample_weight", "validation_data")


def fit_arguments(arguments: Mapping[str, Any], batch_size: Any) -> dict[str, Any]:
    """The arguments of ``fit`` beside the data; callbacks by their classes.

    Args:
        arguments: as they were given.
        batch_size: what it came to.
    """
    found = {k: plain(v) for k, v in arguments.items() if k not in (*DATA, "callbacks", "verbose", "rewind")}
    callbacks = arguments.get("callbacks")
    given = getattr(callbacks, "callbacks", callbacks)
    given = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    found["callbacks"] = [type(c).__name__ for c in given]
    found["rewind"] = bool(arguments.get("rewind"))
    found["batch_size"] = plain(batch_size)
    return found


def compile_arguments(model: Any) -> dict[str, Any]:
    """The arguments of ``compile``, with the optimizer that came of them."""
    found = dict(getattr(model, "_compile_arguments", None) or {})
    found["optimizer"] = getattr(model, "optimizer", None)
    return {k: plain(v) for k, v in found.items() if v is not None}
