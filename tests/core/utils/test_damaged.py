"""Files that get_file, pictures and sounds meet: archives of every kind, damage, and what leads out of a folder."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tarfile
import urllib.error
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kerasnb as keras
from kerasnb.core.utils import download, files, image_dataset, images
from kerasnb.core.utils.audio_dataset import read_wav


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras"


def address(path):
    return path.resolve().as_uri()


def test_archives_are_unpacked(cache, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one/two.txt", "words")
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.zip", "inside/a.zip")
    folder = keras.utils.get_file(origin=address(tmp_path / "a.zip"), extract=True)
    assert Path(folder, "one", "two.txt").read_text() == "words"
    assert keras.utils.get_file(origin=address(tmp_path / "a.zip"), extract=True) == folder  # there already
    folder = keras.utils.get_file("b", origin=address(tmp_path / "b.tar.gz"), untar=True)
    assert os.listdir(os.path.join(folder, "inside")) == ["a.zip"]
    folder = keras.utils.get_file("b", address(tmp_path / "b.tar.gz"), extract=True, force_download=True)
    assert os.listdir(os.path.join(folder, "inside")) == ["a.zip"]
    assert keras.utils.get_file("c", address(tmp_path / "a.zip"), extract=True, archive_format=None).endswith("c")


def leading_out(path):
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("../../evil")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))


def no_archive(path):
    path.write_bytes(b"no archive at all")


def damaged_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", os.urandom(500))
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "make, formats, error, words",
    [
        (leading_out, "auto", tarfile.FilterError, "evil"),
        (leading_out, "zip", ValueError, r"no archive of the format\(s\) zip"),
        (no_archive, ["tar", "zip"], ValueError, "no archive of the format"),
        (no_archive, "tar", ValueError, "no archive of the format"),
        (damaged_zip, "auto", ValueError, "damaged, or not to be trusted"),
        (no_archive, "rar", ValueError, "archive_format"),
    ],
)
def test_archives_that_are_refused(make, formats, error, words, cache, tmp_path):
    make(tmp_path / "a.bin")
    with pytest.raises(error, match=words):
        keras.utils.get_file("x", address(tmp_path / "a.bin"), extract=True, archive_format=formats)
    assert not (tmp_path / "evil").exists() and not (cache / "datasets" / "x").exists()


def test_digests(cache, tmp_path):
    (tmp_path / "a.txt").write_text("words")
    md5, sha = (hashlib.new(n, b"words").hexdigest() for n in ("md5", "sha256"))
    for options in (
        {"md5_hash": md5},
        {"file_hash": md5},
        {"file_hash": sha},
        {"file_hash": sha, "hash_algorithm": "sha256"},
    ):
        assert Path(keras.utils.get_file("a.txt", address(tmp_path / "a.txt"), **options)).read_text() == "words"
    (cache / "datasets" / "a.txt").write_text("changed")  # fetched anew where it is no longer the right one
    assert Path(keras.utils.get_file("a.txt", address(tmp_path / "a.txt"), file_hash=sha)).read_text() == "words"
    with pytest.raises(ValueError, match=f"Expected sha256 {'0' * 64}"):
        keras.utils.get_file("b.txt", address(tmp_path / "a.txt"), file_hash="0" * 64)
    with pytest.raises(OSError, match="put the file at"):
        keras.utils.get_file("c.txt", address(tmp_path / "gone.txt"))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({}, "origin, the address"),
        ({"origin": "https://x.example/"}, "ends in no file name"),
        ({"fname": "/etc/passwd", "origin": "https://x.example/a"}, "a name, not a path"),
        ({"fname": "../a", "origin": "https://x.example/a"}, "a name, not a path"),
        ({"origin": "https://x.example/a", "hash_algorithm": "crc"}, "hash_algorithm"),
        ({"origin": "gopher://x.example/a"}, "must start with"),
    ],
)
def test_arguments(arguments, words, cache):
    with pytest.raises(ValueError, match=words):
        keras.utils.get_file(**arguments)


def test_where_the_cache_lies(tmp_path):
    assert files._cache(tmp_path) == tmp_path
    assert files._cache(tmp_path / "not there").name == ".keras"


def test_a_line_that_breaks_again_and_again(tmp_path, monkeypatch):
    """Each try brings a little; after the last the message says so."""

    def fetch(url, part, progress, name):
        part.write_bytes(b"x" * (1 + (part.stat().st_size if part.exists() else 0)))
        raise urllib.error.URLError("gone away")

    monkeypatch.setattr(download, "_fetch", fetch)
    monkeypatch.setattr(download.time, "sleep", lambda seconds: None)
    with pytest.raises(download.DownloadError, match="gone away"):
        download.download("https://x.example/a", tmp_path / "a", lambda path: False)

    tries = []

    def wrong(url, part, progress, name):  # parts of an earlier try that fit to nothing, time after time
        tries.append(url)
        part.write_bytes(b"wrong")

    monkeypatch.setattr(download, "_fetch", wrong)
    real = download.Path.unlink
    monkeypatch.setattr(
        download.Path,
        "unlink",
        lambda self, missing_ok=False: None if self.suffix == ".part" else real(self, missing_ok),
    )
    (tmp_path / "b.part").write_bytes(b"begun")
    with pytest.raises(download.DownloadError, match="again and again"):
        download.download("https://x.example/b", tmp_path / "b", lambda path: False)
    assert len(tries) == download.ATTEMPTS


def test_without_locks(tmp_path, monkeypatch):
    with open(tmp_path / "lock", "w") as file:
        assert download._try_lock(file)
        monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
        assert download._try_lock(file)


# --- pictures ------------------------------------------------------------------------------------------


def picture(format="PNG", mode="RGB"):
    out = io.BytesIO()
    Image.fromarray(np.arange(300, dtype="uint8").reshape(10, 10, 3)).convert(mode).save(out, format=format)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["rgb", "grayscale", "rgba"])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP"])
def test_pictures_and_damage(format, mode, tmp_path):
    path, whole = tmp_path / "p", picture(format)
    path.write_bytes(whole)
    assert image_dataset.read_pixels(str(path), mode).shape == (10, 10, {"rgb": 3, "grayscale": 1, "rgba": 4}[mode])
    assert images.load_img(io.BytesIO(whole), color_mode=mode).size == (10, 10)
    for broken in (b"", b"no picture", whole[: len(whole) // 3]):
        path.write_bytes(broken)
        with pytest.raises((OSError, ValueError), match=r"load_img: .*(no picture|damaged)"):
            image_dataset.read_pixels(str(path), mode)


def test_sizes_that_fit_already():
    from kerasnb.core.utils.audio_dataset import resample

    assert images.load_img(io.BytesIO(picture()), target_size=(10, 10)).size == (10, 10)
    samples = np.zeros((4, 1), "float32")
    assert resample(samples, 8000, 8000) is samples


def test_what_is_no_path():
    with pytest.raises(TypeError, match="path must be a path"):
        images.load_img(5)
    with pytest.raises((OSError, ValueError), match="load_img: the file is"):
        images.load_img(io.BytesIO(b"x"))


def test_a_picture_that_kills_its_decoder(tmp_path, monkeypatch):
    """Whatever a decoder raises comes out in words."""
    (tmp_path / "p.png").write_bytes(picture())

    def fail(data):
        raise SyntaxError("a chunk that is none")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(ValueError, match="is damaged: SyntaxError"):
        images.load_img(tmp_path / "p.png")


# --- sounds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_sounds(width, channels, tmp_path):
    path = str(tmp_path / "a.wav")
    with wave.open(path, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes(bytes([128 if width == 1 else 0]) * (10 * width * channels))
    samples, rate = read_wav(path)
    assert samples.shape == (10, channels) and rate == 8000 and not samples.any()
    data = bytearray((tmp_path / "a.wav").read_bytes())
    (tmp_path / "a.wav").write_bytes(data[:20])
    with pytest.raises(ValueError, match="not a PCM wave file"):
        read_wav(path)
    data[34:36] = (64).to_bytes(2, "little")  # bits of a sample
    data[32:34] = (8 * channels).to_bytes(2, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(ValueError, match="samples of 8 bytes cannot be read"):
        read_wav(path)
