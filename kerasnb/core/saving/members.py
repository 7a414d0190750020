"""What lies inside an archive, looked at before it is believed. Loads nothing heavy: file browsers use it too."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

MAX_JSON = 256 * 2**20  # bytes of a configuration that is believed to be one
MAX_MEMBERS = 100_000


def opened_archive(path: Path) -> zipfile.ZipFile:
    """A ``.keras`` file open for reading, its members looked at.

    Raises:
        ValueError: it is none, or damaged, or not to be trusted.
    """
    try:
        archive = zipfile.ZipFile(path)
        check_members(archive, path)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(
            f"{path} is not a .keras archive, or it is damaged: {error}. Save the model again with model.save(...)."
        ) from error
    return archive


def check_members(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse what no honest archive holds: paths that leave it, links, bombs."""
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise ValueError(f"{path} has {len(infos):,} members; that is no .keras archive.")
    names = [i.filename for i in infos]
    if "config.json" not in names:
        raise ValueError(f"{path} holds no config.json; it is not a .keras archive. It holds: {sorted(names)[:5]}.")
    for info in infos:
        parts = Path(info.filename.replace("\\", "/")).parts
        if info.filename.startswith(("/", "\\")) or ".." in parts or (info.external_attr >> 28) == 0xA:
            raise ValueError(
                f"{path} has a member that would leave the archive: {info.filename!r}. Do not trust this file."
            )
        if info.file_size > 2**20 and info.file_size > 200 * max(info.compress_size, 1):
            raise ValueError(
                f"{path}: {info.filename!r} unpacks to {info.file_size:,} bytes from {info.compress_size:,}, "
                "which looks like a zip bomb."
            )


def read_member(archive: zipfile.ZipFile, name: str, limit: int, path: Path) -> bytes:
    """The bytes of one member.

    Args:
        archive: open for reading.
        name: of the member.
        limit: the most bytes it may unpack to; what the archive says is checked before, what comes out afterwards.
        path: the file, for messages.

    Raises:
        ValueError: it is not there, damaged, or larger than allowed.
    """
    try:
        if archive.getinfo(name).file_size > limit:
            raise ValueError(f"{path}: {name} is larger than the {limit:,} bytes allowed.")
        with archive.open(name) as member:
            data = member.read()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, KeyError) as error:
        raise ValueError(f"{path} is damaged: {name} cannot be read ({error}).") from error
    return data  # zipfile gives no more than the size that was looked at


def model_config(data: bytes, path: Path) -> dict[str, Any]:
    """What ``config.json`` says of a model.

    Raises:
        ValueError: it is no JSON, or describes no model.
    """
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: config.json is no valid JSON ({error}).") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(f"{path}: config.json describes no model.")
    return config
