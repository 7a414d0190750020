"""save_model, load_model and their kin: which reader and writer a path means."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import registry
from ..distribution.processes import one_writer
from .keras_archive import atomic_file, load_archive, revive, save_archive


def save_model(model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
    """Save a model as a ``.keras`` archive.

    Args:
        model: the model.
        filepath: ends in ``.keras``; a folder's name with ``zipped=False``; ``.h5`` writes the older one-file form.
        overwrite: False refuses to replace an existing file.
        zipped: False writes a folder.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    kwargs.pop("save_format", None)
    if kwargs:
        raise ValueError(f"save does not know the argument(s) {sorted(kwargs)}.")
    path = Path(os.fspath(filepath))
    if path.suffix in (".h5", ".hdf5"):
        from .legacy_h5 import save_h5_model

        with writing(model, path, overwrite) as writes:
            if writes:
                save_h5_model(model, path, include_optimizer)
        return
    if path.suffix != ".keras" and (zipped is not False or path.suffix):
        raise ValueError(
            f"save: the path must end in '.keras' (or, with zipped=False, name a folder), got {str(filepath)!r}. "
            f"Write {str(path.with_suffix('.keras'))!r}. "
            "For the forward pass alone use model.export(...)."
        )
    if zipped is False:
        path.parent.mkdir(parents=True, exist_ok=True)
    with writing(model, path, overwrite) as writes:
        if writes:
            save_archive(model, path, zipped=zipped is not False)


@contextmanager
def writing(model: Any, path: Path, overwrite: bool) -> Iterator[bool]:
    """Around the writing of a model's file: whether this process writes it (in a run of several only the first)."""
    variables = [*model.variables, *getattr(getattr(model, "optimizer", None), "variables", [])]
    with one_writer(list({id(v): v for v in variables}.values())) as writes:
        if writes:
            check_target(path, overwrite)
        yield writes


def check_target(path: Path, overwrite: bool) -> None:
    """The folder must be there, and the file may be replaced only with leave."""
    if not path.parent.exists():
        raise FileNotFoundError(
            f"Cannot save to {path}: the folder {path.parent} does not exist. "
            f"Make it with os.makedirs({str(path.parent)!r})."
        )
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists already: pass overwrite=True to replace it, or choose another name.")


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Load a model saved by ``save_model`` or by Keras 3 on any backend.

    Args:
        filepath: a ``.keras`` archive, an unzipped one, or a whole-model ``.h5`` of older Keras.
        custom_objects: name -> class or function, for what the model uses of your own.
        compile: whether the stored optimizer, loss and metrics are restored too.
        safe_mode: as in Keras; kerasnb never runs code out of a file in any case.
    """
    path = Path(os.fspath(filepath))
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*.keras")) if path.parent.exists() else []
        hint = registry.did_you_mean(path.name, near)
        raise ValueError(f"File not found: {path}. load_model needs a .keras archive that exists.{hint}")
    if path.is_dir() or path.suffix == ".keras":
        return load_archive(path, custom_objects, compile, safe_mode)
    if path.suffix in (".h5", ".hdf5"):
        from .legacy_h5 import load_h5_model

        return load_h5_model(path, custom_objects, compile, safe_mode)
    raise ValueError(f"load_model reads .keras archives and .h5 files, got {path.name!r}.")


def save_weights(
    model: Any, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None, **kwargs: Any
) -> None:
    """Save the weights without the architecture; a ``.weights.h5`` has the optimizer's state too, as in Keras.

    Args:
        model: a built model.
        filepath: ends in ``.weights.h5`` or ``.safetensors``; with ``max_shard_size`` in ``.weights.json``.
        overwrite: False refuses to replace an existing file.
        max_shard_size: spread the weights over several ``.weights.h5`` files of at most so many gigabytes each (more
            where one layer's weights alone are larger); the ``.weights.json`` says what lies where.
    """
    if kwargs:
        raise ValueError(f"save_weights does not know the argument(s) {sorted(kwargs)}.")
    path = Path(os.fspath(filepath))
    if not model.built:
        raise ValueError(f"Model {model.name!r} has no weights yet: call it on data, or build it, before saving them.")
    with writing(model, path, overwrite) as writes:
        if writes:
            _write_weights(model, path, max_shard_size)


def _write_weights(model: Any, path: Path, max_shard_size: float | None) -> None:
    if max_shard_size is not None or path.name.endswith(".weights.json"):
        from .sharded import write_sharded

        write_sharded(model, path, max_shard_size)
    elif path.name.endswith(".weights.h5"):
        from .weights import new_h5, write_weights

        with atomic_file(path) as temporary, new_h5(temporary) as file:
            write_weights(model, file)
    elif path.suffix == ".safetensors":
        from .safetensors import write_safetensors

        with atomic_file(path) as temporary:
            write_safetensors(model, temporary)
    else:
        raise ValueError(f"save_weights: the path must end in '.weights.h5' or '.safetensors', got {str(path)!r}.")


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> Any:
    """Load weights: ``.weights.h5``, ``.weights.json`` (several files), ``.safetensors``, ``.keras``, ``.h5``.

    Args:
        model: a built model.
        filepath: the file.
        skip_mismatch: load what fits and warn of the rest.

    Returns:
        A report: which paths were loaded and which were skipped.
    """
    from .weights import opened_h5, read_weights

    path = Path(os.fspath(filepath))
    if not path.exists():
        raise FileNotFoundError(f"Weights file not found: {path}.")
    if not model.built:
        raise ValueError(
            f"Model {model.name!r} has no weights yet: call it on data, or build it, before loading weights into it."
        )
    if path.suffix == ".safetensors":
        from .safetensors import read_safetensors

        return read_safetensors(model, path, skip_mismatch)
    if path.name.endswith(".weights.json"):
        from .sharded import opened_shards

        with opened_shards(path) as shards:
            return read_weights(model, shards, skip_mismatch, optimizer=False)
    if path.suffix == ".keras":
        from .keras_archive import opened_archive
        from .regions import opened_member

        with (
            opened_archive(path) as archive,
            opened_member(archive, "model.weights.h5", path) as source,
            opened_h5(source, path) as file,
        ):
            return read_weights(model, file, skip_mismatch, optimizer=False)
    if path.suffix in (".h5", ".hdf5"):
        from .legacy_h5 import damage_told

        with opened_h5(path, path) as file, damage_told(path):
            if "layer_names" in file.attrs or "model_weights" in file:
                from .h5_attributes import Attributes
                from .legacy_h5 import read_legacy_weights

                return read_legacy_weights(model, file, Attributes(path, path), skip_mismatch, **kwargs)
            # As in Keras: the optimizer's state comes along where the model has an optimizer that has begun.
            begun = "optimizer" in file and getattr(getattr(model, "optimizer", None), "built", False)
            return read_weights(model, file, skip_mismatch, optimizer=begun)
    raise ValueError(f"load_weights reads .weights.h5, .safetensors, .keras and .h5 files, got {path.name!r}.")


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """The model that ``to_json`` described, with fresh weights."""
    try:
        config = json.loads(json_string)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"model_from_json: this is no JSON: {error}.") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError("model_from_json: this text describes no model.")
    return revive(config, custom_objects, True, True)
