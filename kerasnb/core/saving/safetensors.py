"""Weights as ``.safetensors``: the layout's paths as names, read without running anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .weights import walk


def _library() -> Any:
    try:
        import safetensors.numpy as library
    except ImportError as error:
        raise ImportError(
            "Reading and writing .safetensors needs the safetensors package: pip install 'kerasnb[safetensors]'."
        ) from error
    return library


def _entries(model: Any) -> dict[str, Any]:
    found = {}
    for path, owner in walk(model):
        if path.split("/")[0] == "optimizer" or not hasattr(owner, "_own_variables"):
            continue
        for i, variable in enumerate(owner._own_variables()):
            found[f"{path}/{i}" if path else str(i)] = variable
    return found


def write_safetensors(model: Any, path: Path) -> None:
    """Write every weight under its path."""
    library = _library()
    try:
        library.save_file({k: np.ascontiguousarray(v._raw_value) for k, v in _entries(model).items()}, str(path))
    except Exception as error:
        if type(error).__name__ != "SafetensorError":
            raise
        raise OSError(f"Cannot write {path}: {error}") from error


def read_file(path: Path) -> dict[str, Any]:
    """The arrays of a file by their names.

    Raises:
        ValueError: it is none, or damaged.
    """
    library = _library()
    try:
        return library.load_file(str(path))
    except OSError:
        raise
    except Exception as error:  # an error class of the library's own
        raise ValueError(f"{path} is no safetensors file, or it is damaged: {error}") from error


def read_safetensors(model: Any, path: Path, skip_mismatch: bool) -> dict[str, list[str]]:
    """Read weights by their paths."""
    stored = read_file(path)
    report: dict[str, list[str]] = {"loaded": [], "skipped": []}
    for name, variable in _entries(model).items():
        value = stored.get(name)
        if value is None or value.shape != variable.shape:
            if not skip_mismatch:
                raise ValueError(
                    f"{path} does not fit the model: weight {name!r} has shape {variable.shape}, "
                    f"the file has {'none' if value is None else value.shape}. "
                    "With skip_mismatch=True what fits is loaded."
                )
            report["skipped"].append(name)
            continue
        variable.assign(value)
        report["loaded"].append(name)
    return report
