"""What a ``.keras`` file says of itself, read without building the model: quick, and nothing in it is run."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from kerasnb.core.saving.members import model_config, opened_archive, read_member

MOST = 16 * 2**20  # bytes of a configuration that is read here; a card of its own process reads larger ones
LAYERS = 400  # rows of the list
SETTINGS = ("units", "filters", "kernel_size", "strides", "pool_size", "rate", "activation", "input_dim", "output_dim")


def facts(path: Path) -> dict[str, Any]:
    """Name and class of the model, its layers, who wrote the file and when.

    Args:
        path: a ``.keras`` file.

    Raises:
        ValueError: it is none, damaged, or not to be trusted; the message says what.
        OSError: it cannot be read.
    """
    try:
        with opened_archive(path) as archive:
            config = model_config(read_member(archive, "config.json", MOST, Path(path.name)), Path(path.name))
            written = _metadata(archive)
            weights = sum(i.file_size for i in archive.infolist() if i.filename.endswith(".h5"))
        layers = _layers(config)
    except RecursionError:
        raise ValueError(f"{path.name}: the configuration is nested too deeply to be a model's.") from None
    inner = config.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    return {
        "name": _text(name) or path.stem,
        "class": _text(config.get("class_name")),
        "layers": layers[:LAYERS],
        "more": max(len(layers) - LAYERS, 0),
        "count": sum(row["class"] != "InputLayer" for row in layers),
        "file": path.stat().st_size,
        "weights": weights,
        "keras": _text(written.get("keras_version")),
        "kerasnb": _text(written.get("kerasnb_version")),
        "saved": _text(written.get("date_saved")).replace("@", " "),
    }


def _metadata(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        found = json.loads(read_member(archive, "metadata.json", 2**16, Path("metadata.json")))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _layers(config: dict[str, Any]) -> list[dict[str, str]]:
    inner = config.get("config")
    found = inner.get("layers") if isinstance(inner, dict) else None
    rows = []
    for layer in found if isinstance(found, list) else ():
        if not isinstance(layer, dict):
            continue
        own = layer.get("config")
        own = own if isinstance(own, dict) else {}
        said = ", ".join(f"{k} {_value(own[k])}" for k in SETTINGS if own.get(k) is not None)
        rows.append({"name": _text(own.get("name")), "class": _text(layer.get("class_name")), "settings": said[:160]})
    return rows


def _value(value: Any) -> str:
    if isinstance(value, dict):  # an object: its class says enough
        value = value.get("class_name")
    if isinstance(value, (list, tuple)):
        return "×".join(_text(v) for v in value[:4])
    return _text(value)


def _text(value: Any) -> str:
    return str(value)[:120] if isinstance(value, (str, int, float)) else ""
