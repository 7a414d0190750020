"""The ``.keras`` archive: config.json, metadata.json and model.weights.h5 in a zip, or in a folder."""

from __future__ import annotations

import datetime
import io
import json
import os
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from ... import _version
from .. import registry
from ..variable import blanks, size_limit
from .members import MAX_JSON, check_members, model_config, opened_archive, read_member
from .regions import opened_member
from .weights import new_h5, opened_h5, read_weights, walk, write_weights

KERAS_VERSION = "3.15.1"  # the form that is written
SPARE_ELEMENTS = 2**24  # numbers that a model may have beyond one for each byte of stored weights


def save_archive(model: Any, path: Path, zipped: bool = True) -> None:
    """Write the model; the file appears whole or not at all."""
    if zipped:
        with atomic_file(path) as temporary, open(temporary, "wb") as file:
            write_archive(model, file, scratch=path.parent)
        return
    texts = _texts(model)
    path.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        with atomic_file(path / name) as temporary:
            temporary.write_text(text)
    with atomic_file(path / "model.weights.h5") as temporary:
        _write_h5(model, temporary)
    _write_assets(model, path / "assets")


def write_archive(model: Any, target: BinaryIO, scratch: Path | None = None) -> None:
    """Write the zipped archive into an open file.

    Args:
        model: the model, or any layer.
        target: where the bytes go; it must be able to seek.
        scratch: a folder in which the weights are put together; in memory by default.
    """
    texts = _texts(model)
    with (
        zipfile.ZipFile(target, "w") as archive,
        tempfile.TemporaryDirectory(dir=scratch, prefix=".kerasnb-") as folder,
    ):
        for name, text in texts.items():
            archive.writestr(name, text)
        if scratch is None:
            buffer = io.BytesIO()
            _write_h5(model, buffer)
            archive.writestr("model.weights.h5", buffer.getvalue())
        else:
            weights = Path(folder, "model.weights.h5")
            _write_h5(model, weights)
            archive.write(weights, "model.weights.h5")
        assets = Path(folder, "assets")
        for file in _write_assets(model, assets):
            archive.write(file, f"assets/{file.relative_to(assets).as_posix()}")


def _texts(model: Any) -> dict[str, str]:
    """metadata.json and config.json."""
    config = json.dumps(registry.serialize_keras_object(model))
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": KERAS_VERSION, "date_saved": now, "kerasnb_version": _version.__version__})
    return {"metadata.json": metadata, "config.json": config}


def _write_h5(model: Any, target: Path | BinaryIO) -> None:
    with new_h5(target) as file:
        write_weights(model, file)


def _write_assets(model: Any, folder: Path) -> list[Path]:
    """Vocabularies and the like, each owner in a folder of its own."""
    written: list[Path] = []
    for path, owner in walk(model):
        if hasattr(owner, "save_assets"):
            target = folder / path
            target.mkdir(parents=True, exist_ok=True)
            owner.save_assets(str(target))
            written.extend(p for p in sorted(target.rglob("*")) if p.is_file())
    return written


class atomic_file:
    """Context: a temporary path beside the target that takes its place when all went well."""

    def __init__(self, target: Path):
        self.target = Path(target)

    def __enter__(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self.target.parent, prefix=f".{self.target.name}-", suffix=".part")
        os.close(handle)
        self.temporary = Path(name)
        return self.temporary

    def __exit__(self, kind: Any, *exc: Any) -> None:
        try:
            if kind is None:
                os.chmod(self.temporary, 0o666 & ~_umask())
                os.replace(self.temporary, self.target)
        finally:
            self.temporary.unlink(missing_ok=True)


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value


def load_archive(path: Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model of an archive."""
    if not path.is_dir():
        with opened_archive(path) as archive:
            return read_archive(archive, path, custom_objects, compile, safe_mode)
    config = model_config((path / "config.json").read_bytes(), path)
    weights = path / "model.weights.h5"
    with opened_h5(weights, path) as file:
        return _made(config, file, weights.stat().st_size, path / "assets", custom_objects, compile, safe_mode)


def read_archive(
    archive: zipfile.ZipFile, path: Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """The model of an open zipped archive; ``path`` is what errors call it."""
    check_members(archive, path)
    config = model_config(read_member(archive, "config.json", MAX_JSON, path), path)
    names = set(archive.namelist())
    with ExitStack() as stack:
        file, stored = None, 0
        if "model.weights.h5" in names:  # what is damaged is told before anything is built
            source = stack.enter_context(opened_member(archive, "model.weights.h5", path))
            file, stored = stack.enter_context(opened_h5(source, path)), archive.getinfo("model.weights.h5").file_size
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in names:
            if name.startswith("assets/") and not name.endswith("/"):
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(read_member(archive, name, MAX_JSON, path))
        return _made(config, file, stored, folder / "assets", custom_objects, compile, safe_mode)


def _made(
    config: dict[str, Any], weights: Any, stored: int, assets: Path, custom_objects: Any, compile: bool, safe_mode: bool
) -> Any:
    """The model of a configuration, with its assets and, from an open h5py file, its weights."""
    with blanks() as fill:
        model = revive(config, custom_objects, compile, safe_mode, stored)
    # Assets first: a layer may make its variables only when it knows its vocabulary.
    _load_assets(model, assets)
    if weights is not None:
        read_weights(model, weights)
    fill([*getattr(model, "variables", ()), *getattr(getattr(model, "optimizer", None), "variables", ())])
    return model


def revive(config: dict[str, Any], custom_objects: Any, compile: bool, safe_mode: bool, weight_bytes: int = 0) -> Any:
    """The model that a configuration describes.

    Args:
        config: the serialized model.
        custom_objects, compile, safe_mode: as in ``load_model``.
        weight_bytes: how large the file's weights are; a configuration that asks for far more is refused.
    """
    config = dict(config)
    if not compile:
        config.pop("compile_config", None)
    try:
        with registry.safe_scope(safe_mode), size_limit(SPARE_ELEMENTS + weight_bytes):
            return registry.deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
    except RecursionError as error:
        raise ValueError("The configuration is nested too deeply to be a model's.") from error
    except (ValueError, TypeError, ImportError):
        raise
    except Exception as error:  # a value of a kind that its reader did not expect
        raise ValueError(
            f"The configuration in the file describes no model that can be made ({type(error).__name__}: {error})."
        ) from error


def _load_assets(model: Any, folder: Path) -> None:
    for path, owner in walk(model):
        target = folder / path
        if hasattr(owner, "load_assets") and target.is_dir():
            owner.load_assets(str(target))
