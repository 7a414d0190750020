"""get_file: a file from the network in Keras's cache, unpacked if wanted."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

from .. import config
from .download import download, file_digest
from .sequences import check_choice

_SUFFIXES = {"tar": (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"), "zip": (".zip",)}


def get_file(
    fname: str | None = None,
    origin: Any = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | list[str] | None = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """The path of a file in the cache, downloaded when it is not there yet.

    Args:
        fname: its name in the cache; the last part of the address if None.
        origin: its address (http, https, ftp, file).
        untar: old name of ``extract`` for tar archives.
        md5_hash: old name of ``file_hash`` with MD5.
        file_hash: hexadecimal sha256 or MD5 of the file; a download with another one is refused, and interrupted
            downloads are taken up again where one is given.
        cache_subdir: folder below ``cache_dir``.
        hash_algorithm: "md5", "sha256" or "auto" (told by the length of ``file_hash``).
        extract: unpack a tar or zip archive and return the folder.
        archive_format: "auto", "tar", "zip" or a list of them; None never unpacks.
        cache_dir: ``$KERAS_HOME`` (by default ``~/.keras``) if None; the temporary folder's ``.keras`` where that
            cannot be written.
        force_download: fetch it again.
    Raises:
        ValueError: no address, or a path as ``fname``, or the wrong file came.
        OSError: no connection; the message says which file to put where.
    """
    if origin is None:
        raise ValueError("get_file: origin, the address of the file, must be given.")
    check_choice("get_file", "hash_algorithm", hash_algorithm, ("auto", "md5", "sha256"))
    formats = _formats(archive_format)
    expected = file_hash or md5_hash
    algorithm = "md5" if md5_hash and not file_hash else hash_algorithm
    if algorithm == "auto":
        algorithm = "md5" if expected and len(expected) == 32 else "sha256"
    name = os.path.basename(urllib.parse.urlsplit(str(origin)).path) if fname is None else os.fspath(fname)
    if not name:
        raise ValueError(f"get_file: the address {origin!r} ends in no file name, so fname must be given.")
    if os.path.isabs(name) or ".." in Path(name).parts:
        raise ValueError(
            f"get_file: fname is a name, not a path; choose the folder with cache_dir. Got fname={name!r}."
        )
    folder = _cache(cache_dir) / cache_subdir
    unpack = (extract or untar) and bool(formats)
    suffix = next((s for kind in _SUFFIXES.values() for s in kind if name.endswith(s)), "")
    target = folder / name
    archive = target if suffix or not unpack else folder / f"{name}_archive"
    unpacked = folder / f"{name[: len(name) - len(suffix)]}_extracted" if suffix else target

    def accept(path: Path) -> bool:
        return file_digest(path, algorithm) == expected.lower()  # type: ignore[union-attr]

    there = archive.exists() and not force_download
    if there and expected and not accept(archive):
        there = False
    if not there:
        hint = f"Without network: put the file at {archive}."
        try:
            download(str(origin), archive, accept if expected else None, hint)
        except OSError as error:
            if "its digest differs" in str(error):
                raise ValueError(f"{error} Expected {algorithm} {expected}.") from None
            raise
    if not unpack:
        return str(target)
    if not (there and unpacked.exists()):
        _unpack(archive, unpacked, formats)
    return str(unpacked)


def _formats(archive_format: Any) -> list[str]:
    if archive_format is None:
        return []
    wanted = [archive_format] if isinstance(archive_format, str) else list(archive_format)
    for kind in wanted:
        check_choice("get_file", "archive_format", kind, ("auto", "tar", "zip"))
    return ["tar", "zip"] if "auto" in wanted else wanted


def _cache(cache_dir: Any) -> Path:
    if cache_dir is None:
        base = config.keras_home()
        base.mkdir(parents=True, exist_ok=True)
    else:
        base = Path(cache_dir).expanduser()
    return base if os.access(base, os.W_OK) else Path(tempfile.gettempdir()) / ".keras"


def _unpack(archive: Path, folder: Path, formats: list[str]) -> None:
    """Unpack into a folder beside, then move it into place; nothing lands outside of it."""
    if "tar" not in formats or not tarfile.is_tarfile(archive):
        if "zip" not in formats or not zipfile.is_zipfile(archive):
            raise ValueError(f"get_file: {archive} is no archive of the format(s) {', '.join(formats)}.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        inside = Path(beside) / "files"
        try:
            if "tar" in formats and tarfile.is_tarfile(archive):
                with tarfile.open(archive) as tar:
                    tar.extractall(inside, filter="data")
            else:
                with zipfile.ZipFile(archive) as file:
                    file.extractall(inside)  # zipfile itself keeps names inside the folder
        except (OSError, tarfile.FilterError):
            raise  # a filter's error names the member that would leave the folder
        except Exception as error:  # tar, zip and what they are packed with each fail in ways of their own
            raise ValueError(f"get_file: {archive} is damaged, or not to be trusted: {error!r}.") from error
        inside.mkdir(exist_ok=True)
        if folder.is_dir():
            shutil.rmtree(folder)
        os.replace(inside, folder)
