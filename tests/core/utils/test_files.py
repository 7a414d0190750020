"""get_file: cache, digests, archives."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from kerasnb.utils import get_file


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("hello")
    return path


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def archive(path: Path, name: str = "inner/words.txt") -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, "hello")
    else:
        with tarfile.open(path, "w:gz") as file:
            info = tarfile.TarInfo(name)
            info.size = 5
            file.addfile(info, io.BytesIO(b"hello"))
    return path


def test_a_file_is_fetched_once(source, cache):
    path = get_file("a.txt", source.as_uri(), cache_dir=cache)
    assert path == str(cache / "datasets" / "a.txt")
    source.write_text("changed")
    assert Path(get_file("a.txt", source.as_uri(), cache_dir=cache)).read_text() == "hello"
    fresh = get_file("a.txt", source.as_uri(), cache_dir=cache, force_download=True)
    assert Path(fresh).read_text() == "changed"


def test_the_address_names_the_file(source, cache):
    assert get_file(origin=source.as_uri(), cache_dir=cache, cache_subdir="x") == str(cache / "x" / "words.txt")


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_digests(source, cache, algorithm):
    digest = hashlib.new(algorithm, b"hello").hexdigest()
    (cache / "datasets").mkdir()
    (cache / "datasets" / "words.txt").write_text("damaged")
    path = get_file(origin=source.as_uri(), cache_dir=cache, file_hash=digest)
    assert Path(path).read_text() == "hello"
    with pytest.raises(ValueError, match=f"digest differs[^$]*Expected {algorithm}"):
        get_file("other.txt", source.as_uri(), cache_dir=cache, file_hash="0" * len(digest))
    assert not (cache / "datasets" / "other.txt").exists()


@pytest.mark.parametrize("name", ["data.tar.gz", "data.zip"])
def test_archives_are_unpacked_beside(tmp_path, cache, name):
    origin = archive(tmp_path / name).as_uri()
    folder = get_file(name, origin, cache_dir=cache, extract=True)
    assert folder == str(cache / "datasets" / "data_extracted")
    assert (Path(folder) / "inner" / "words.txt").read_text() == "hello"
    assert get_file("data", origin, cache_dir=cache, extract=True) == str(cache / "datasets" / "data")


@pytest.mark.parametrize("name", ["../escaped.txt", "/escaped.txt"])
def test_nothing_is_unpacked_outside(tmp_path, cache, name):
    origin = archive(tmp_path / "evil.tar.gz", name).as_uri()
    try:
        get_file("evil.tar.gz", origin, cache_dir=cache, extract=True)
    except tarfile.TarError:
        pass
    assert not Path("/escaped.txt").exists()
    assert not list(cache.glob("escaped.txt")) and not list((cache / "datasets").glob("escaped.txt"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"fname": "x"}, "origin"),
        ({"fname": "/abs/x", "origin": "file:///x"}, "not a path"),
        ({"fname": "../x", "origin": "file:///x"}, "not a path"),
        ({"origin": "http://example.org/"}, "fname must be given"),
        ({"origin": "file:///x", "hash_algorithm": "sha1"}, "sha256"),
        ({"origin": "file:///x", "archive_format": "rar"}, "'tar'"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        get_file(**arguments)


def test_what_is_no_archive_is_told(source, cache):
    with pytest.raises(ValueError, match="is no archive"):
        get_file(origin=source.as_uri(), cache_dir=cache, extract=True)


def test_a_missing_file_is_an_oserror(tmp_path, cache):
    with pytest.raises(OSError, match="put the file at"):
        get_file("x.txt", (tmp_path / "nope").as_uri(), cache_dir=cache)
