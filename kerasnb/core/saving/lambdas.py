"""Lambdas in archives: described on saving, refused on loading (their code could be anything)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn


def describe_lambda(fn: Callable) -> dict[str, Any]:
    """What an archive says of a lambda: its source for a reader's eyes, nothing that runs."""
    try:
        source = inspect.getsource(fn).strip()
    except (OSError, TypeError):
        source = ""
    return {"class_name": "__lambda__", "config": {"source": source}}


def refuse_lambda(config: Any) -> NoReturn:
    """The error for an archive with a lambda in it."""
    source = config.get("source") if isinstance(config, dict) else None
    shown = f" Its source was: {source[:200]}" if isinstance(source, str) and source else ""
    raise ValueError(
        "The archive holds a Python lambda, whose code kerasnb never loads or runs. Use a named function decorated "
        "with @keras.saving.register_keras_serializable() instead of the lambda, or build the model in code and load "
        f"its weights alone with model.load_weights(path).{shown}"
    )
