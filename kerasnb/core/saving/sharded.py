"""Weights in several files: ``m.weights.json`` says which of ``m_00000.weights.h5``, ... holds what.

The form is Keras's, so either side reads the other's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from .keras_archive import MAX_JSON, atomic_file
from .weights import new_h5, opened_h5, stored_by, walk, write_group

ENDING = ".weights.json"


def write_sharded(model: Any, path: Path, max_shard_size: float | None) -> None:
    """Write the model's weights into files of at most ``max_shard_size`` gigabytes; the map comes last."""
    if not path.name.endswith(ENDING):
        raise ValueError(f"save_weights: with max_shard_size the path must end in {ENDING!r}, got {str(path)!r}.")
    if max_shard_size is None or not max_shard_size > 0:
        raise ValueError(f"save_weights: max_shard_size must be a number of gigabytes above 0, got {max_shard_size!r}.")
    shards: list[list[tuple[str, Any, dict]]] = [[]]
    size = total = 0
    for place, owner in walk(model):
        if place.split("/")[0] == "optimizer":
            continue
        arrays = stored_by(owner)
        own = sum(a.nbytes for a in arrays.values())
        if size and size + own > max_shard_size * 1e9:
            shards.append([])
            size = 0
        shards[-1].append((place, owner, arrays))
        size, total = size + own, total + own
    places: dict[str, list[str]] = {}
    for number, entries in enumerate(shards):
        name = f"{path.name.removesuffix(ENDING)}_{number:05d}.weights.h5"
        with atomic_file(path.parent / name) as temporary, new_h5(temporary) as file:
            for place, owner, arrays in entries:
                write_group(file, place, owner, arrays)
                if arrays:
                    places[f"/{place}/vars" if place else "/vars"] = [name]
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": places}, indent=4))


class Shards:
    """The files together, as one that ``read_weights`` reads from."""

    def __init__(self, files: dict[str, Any], places: dict[str, list[str]]):
        self._files, self._places = files, places

    def get(self, path: str) -> Any:
        """The group at a path, out of the file that holds it; None where none does."""
        for name in self._places.get(f"/{path}", []):
            if path in self._files[name]:
                return self._files[name][path]
        return None


@contextmanager
def opened_shards(path: Path) -> Iterator[Shards]:
    """The files that a ``.weights.json`` names, open for reading.

    Raises:
        ValueError: the map is damaged, or names a file that lies elsewhere, is missing or is no HDF5 file.
    """
    try:
        if path.stat().st_size > MAX_JSON:
            raise ValueError("it is too large")
        places = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        places = {str(k): [v] if isinstance(v, str) else [str(n) for n in v] for k, v in places.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: it maps no weights to files ({error}).") from error
    with ExitStack() as stack:
        files = {}
        for name in sorted({n for names in places.values() for n in names}):
            if Path(name).name != name:
                raise ValueError(f"{path} names {name!r}, which lies in another folder. Do not trust this file.")
            try:
                files[name] = stack.enter_context(opened_h5(path.parent / name, path.parent / name))
            except ValueError as error:
                raise ValueError(f"{path} names {name}, which is missing or damaged: {error}") from error
        yield Shards(files, places)
