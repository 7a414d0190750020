"""A weights file as nested dicts, read without a model and without trust, and written again.

An object of the file is a dict: its weights by name ("0", "1", ...) as arrays, its parts by name as dicts.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .h5_attributes import Attributes
from .keras_archive import atomic_file
from .members import MAX_JSON, model_config, opened_archive, read_member
from .weights import _Source, new_h5, opened_h5

MAX_DEPTH = 100  # objects inside objects
SPARE_BYTES = 2**26  # a file of few bytes may still hold this much in memory
MAX_RATIO = 20  # how many times its own size a file may unpack to


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]], Any, Any]:
    """(weights, attributes by path, configuration, metadata) of a ``.weights.h5`` or ``.keras`` file."""
    config = metadata = None
    source: Any = path
    size = path.stat().st_size
    if path.suffix == ".keras":
        with opened_archive(path) as archive:
            config = model_config(read_member(archive, "config.json", MAX_JSON, path), path)
            names = archive.namelist()
            if "metadata.json" in names:
                metadata = _metadata(read_member(archive, "metadata.json", MAX_JSON, path))
            if "model.weights.h5" not in names:
                raise ValueError(f"{path} holds no model.weights.h5, so there are no weights to look at.")
            size = archive.getinfo("model.weights.h5").file_size
            source = io.BytesIO(read_member(archive, "model.weights.h5", size, path))
    try:
        with opened_h5(source, path) as file:
            weights, attributes = _Reader(size, Attributes(source, path)).read(file)
    except (OSError, RuntimeError, KeyError, OverflowError) as error:
        raise ValueError(f"The weights in {path} cannot be read, the file is damaged: {error}") from error
    return weights, attributes, config, metadata


def _metadata(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None  # it only says who wrote the file and when


class _Reader:
    """Walks a file's groups, each once and no deeper than allowed, within a budget of bytes."""

    def __init__(self, size: int, stored: Attributes):
        self.stored = stored
        self.left = SPARE_BYTES + MAX_RATIO * size
        self.seen: set[Any] = set()
        self.attributes: dict[str, dict[str, Any]] = {}

    def read(self, file: Any) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        return self._object(file, ""), self.attributes

    def _object(self, group: Any, path: str) -> dict[str, Any]:
        if path.count("/") > MAX_DEPTH:
            raise ValueError(f"The weights file nests objects deeper than {MAX_DEPTH} levels; that is no model's.")
        self._enter(group, path)
        found: dict[str, Any] = {}
        for name in _names(group, path):
            inner = self._follow(group, name, path)
            if name == "vars" and hasattr(inner, "keys"):
                self._enter(inner, f"{path}/vars")
                for weight in sorted(_names(inner, path), key=_number):
                    found[weight] = self._weight(inner, weight, path)
                attributes = {k: _text(v) for k, v in self.stored.of(inner).items()}
                if attributes:
                    self.attributes[path or "/"] = attributes
            elif hasattr(inner, "keys"):
                found[name] = self._object(inner, f"{path}/{name}")
            else:
                raise ValueError(f"{path}/{name} in the weights file is an array outside of a 'vars' group.")
        return found

    def _follow(self, group: Any, name: str, path: str) -> Any:
        import h5py

        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{path}/{name} in the weights file points elsewhere, which is refused.")
        return group[name]

    def _enter(self, item: Any, path: str) -> None:
        import h5py

        address = h5py.h5o.get_info(item.id).addr
        if address in self.seen:
            raise ValueError(f"{path or '/'} in the weights file stands in it twice, which is refused.")
        self.seen.add(address)

    def _weight(self, group: Any, name: str, path: str) -> np.ndarray:
        item = self._follow(group, name, f"{path}/vars")
        dtype = getattr(item, "dtype", None)
        if dtype is not None and (dtype.hasobject or dtype.kind not in "biufc"):
            raise ValueError(f"{path}/{name} in the weights file holds no numbers, but dtype {dtype}.")
        value = _Source(group, self.left)[name]
        self.left -= value.nbytes
        return value


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _names(group: Any, path: str) -> list[str]:
    """What a group holds; names that are no text come as bytes."""
    names = list(group)
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"{path or '/'} in the weights file has names that are no text; the file is damaged.")
    return names


def _number(name: str) -> tuple[int, str]:
    """Sorts "2" before "10", and numbers before words."""
    return (int(name), "") if name.isdecimal() else (2**63, name)


def write_file(path: Path, weights: dict[str, Any], attributes: dict[str, dict[str, Any]]) -> None:
    """Write nested dicts as a ``.weights.h5`` file, whole or not at all."""
    path = Path(os.path.abspath(path))
    with atomic_file(path) as temporary, new_h5(temporary) as file:
        for inner, tree in objects(weights):
            named = attributes.get(inner or "/")
            own = own_weights(tree)
            if not own and named is None:
                file.require_group(inner or "/")
                continue
            group = file.require_group(f"{inner}/vars")
            for key, value in (named or {}).items():
                group.attrs[key] = value
            for name, array in own.items():
                small = array.dtype.name == "bfloat16"  # HDF5 has no such type; Keras marks it likewise
                dataset = group.create_dataset(name, data=array.astype("float32") if small else array)
                if small:
                    dataset.attrs["dtype"] = "bfloat16"


def objects(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, object) of every object, the outermost with path "" first."""
    yield path, tree
    for name, value in sorted(tree.items()):
        if isinstance(value, dict):
            yield from objects(value, f"{path}/{name}")


def own_weights(tree: dict[str, Any]) -> dict[str, np.ndarray]:
    """The weights that belong to an object itself, in their order."""
    return {k: tree[k] for k in sorted(tree, key=_number) if not isinstance(tree[k], dict)}
