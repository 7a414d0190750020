"""Downloads: resumed, checked against a digest, and put in place atomically.

A file is either there as a whole and checked, or not there. What has arrived so far waits in ``NAME.part`` for the
next attempt. Parts are only taken up again where a digest will tell whether they fit together.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO

CHUNK = 1 << 18
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4


class DownloadError(OSError):
    """A file could not be fetched, or is not what it should be; the message says what to do by hand."""


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """The hexadecimal digest of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def download(
    url: str,
    target: Path,
    accept: Callable[[Path], bool] | None = None,
    hint: str = "",
    progress: bool = True,
) -> Path:
    """Fetch ``url`` into ``target``.

    Args:
        url: http, https, ftp or file address.
        target: where the file lands; its folder is made.
        accept: tells of a complete file whether it is the right one; None takes what comes.
        hint: what a person without network can do, added to the error.
        progress: show a bar.
    Raises:
        DownloadError: no connection, an address that does not exist, or a wrong file twice in a row.
    """
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in ("http", "https", "ftp", "file"):
        raise ValueError(f"download: the address must start with http://, https://, ftp:// or file://, got {url!r}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _part_file(target, resumable=accept is not None) as part:
        for attempt in range(ATTEMPTS):
            begun = part.stat().st_size if part.exists() else 0
            try:
                _fetch(url, part, progress, target.name)
            except (urllib.error.URLError, HTTPException, OSError) as error:
                arrived = part.stat().st_size if part.exists() else 0
                if attempt + 1 < ATTEMPTS and arrived > begun and accept is not None:
                    time.sleep(0.2 * (attempt + 1))  # the line broke on the way: go on from there
                    continue
                raise DownloadError(_message(url, target, _reason(error), hint)) from None
            if accept is None or accept(part):
                os.replace(part, target)
                return target
            part.unlink()
            if not begun:  # a fresh and complete download, and still wrong
                raise DownloadError(
                    _message(url, target, "the file that came is not the published one (its digest differs)", hint)
                )
    raise DownloadError(_message(url, target, "the connection broke again and again", hint))


@contextlib.contextmanager
def _part_file(target: Path, resumable: bool) -> Iterator[Path]:
    """The file that collects a download; of two processes fetching the same one, the second takes its own."""
    part = target.with_name(target.name + ".part")
    private = target.with_name(f"{target.name}.{os.getpid()}.part")
    if not resumable:
        try:
            yield private
        finally:
            private.unlink(missing_ok=True)
        return
    with open(target.with_name(target.name + ".lock"), "a") as lock:
        alone = _try_lock(lock)
        try:
            yield part if alone else private
        finally:
            private.unlink(missing_ok=True)
            if alone:
                Path(lock.name).unlink(missing_ok=True)


def _try_lock(file: Any) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: no advisory locks; processes rarely meet
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _fetch(url: str, part: Path, progress: bool, name: str) -> None:
    """Bring ``part`` to the whole of the file, from where it stands if the server can."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "kerasnb"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing after what we have: it is complete, or of another file
            error.close()
            return
        raise
    with response:
        resumed = getattr(response, "status", 200) == 206
        length = response.headers.get("Content-Length")
        have = have if resumed else 0
        total = int(length) + have if length and length.isdigit() else None
        with open(part, "ab" if resumed else "wb") as out, _bar(progress, name, total, have) as advance:
            arrived = have + _copy(response, out, advance)
        if total is not None and arrived < total:
            raise ConnectionError(f"the connection ended after {arrived} of {total} bytes")


def _copy(source: Any, out: BinaryIO, advance: Callable[[int], Any]) -> int:
    arrived = 0
    while chunk := source.read(CHUNK):
        out.write(chunk)
        arrived += len(chunk)
        advance(len(chunk))
    return arrived


@contextlib.contextmanager
def _bar(shown: bool, name: str, total: int | None, initial: int) -> Iterator[Callable[[int], Any]]:
    """A tqdm bar (the notebook's own kind in a notebook); yields what advances it."""
    if not shown:
        yield lambda count: None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm tells of missing widgets and falls back to text by itself
        from tqdm.auto import tqdm

        bar = tqdm(total=total, initial=initial, unit="B", unit_scale=True, desc=name)
    try:
        yield bar.update
    finally:
        bar.close()


def _reason(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _message(url: str, target: Path, reason: str, hint: str) -> str:
    return f"Could not download {target.name} from {url}: {reason}." + (f"\n{hint}" if hint else "")
