"""fetch: data files of the tutorials, from a folder or the cache, unpacked whole or not at all."""

from __future__ import annotations

import hashlib
import tarfile

import pytest

from kerasnb import learn
from kerasnb.core.datasets.source import DataFile
from kerasnb.core.utils.download import file_digest
from kerasnb.learn import files
from kerasnb.learn.published import Archive


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A small archive in the form of the reviews, in a folder of ready data."""
    for name in ("train/pos/1", "train/neg/1", "train/unsup/1"):
        path = tmp_path / "source" / "aclImdb" / f"{name}.txt"
        path.parent.mkdir(parents=True)
        path.write_text(name)
    folder = tmp_path / "ready"
    folder.mkdir()
    with tarfile.open(folder / "reviews.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "source" / "aclImdb", "aclImdb")
    digest = file_digest(folder / "reviews.tar.gz")
    monkeypatch.setitem(files.FILES, "reviews.tar.gz", DataFile("reviews.tar.gz", sha256=(digest,)))
    monkeypatch.setenv("KERASNB_DATA", str(folder))
    return folder / "reviews.tar.gz"


def test_unpacked_once_without_what_has_no_label(archive, home):
    folder = learn.fetch("reviews.tar.gz", unpack=True)
    assert home in folder.parents
    assert sorted(path.name for path in (folder / "aclImdb" / "train").iterdir()) == ["neg", "pos"]
    archive.unlink()
    assert learn.fetch("reviews.tar.gz", unpack=True) == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_damaged_archive_leaves_nothing_behind(archive, home, monkeypatch):
    archive.write_bytes(archive.read_bytes()[:-40])
    digest = file_digest(archive)
    monkeypatch.setitem(files.FILES, "reviews.tar.gz", DataFile("reviews.tar.gz", sha256=(digest,)))
    with pytest.raises(ValueError, match="is damaged"):
        learn.fetch("reviews.tar.gz", unpack=True)
    assert list((home / "datasets").iterdir()) == []


def test_unknown_files_name_the_nearest():
    with pytest.raises(ValueError, match=r"Did you mean 'auto-mpg\.data'"):
        learn.fetch("auto_mpg.data")


def test_the_cars(data_folder):
    assert len(learn.fetch("auto-mpg.data").read_text().splitlines()) == 398


@pytest.mark.parametrize("name", files.FILES)
def test_every_published_file_lies_in_the_folder_of_ready_data(name, data_folder):
    assert learn.fetch(name).is_file()


def test_an_archive_is_told_by_what_it_holds_or_by_its_size(archive, tmp_path, monkeypatch):
    text = (tmp_path / "source" / "aclImdb" / "train" / "pos" / "1.txt").read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    same = Archive("reviews.tar.gz", ("0" * 64,), members={"aclImdb/train/pos/1.txt": digest})
    assert same.accepts(archive)
    for members in ({"aclImdb/train/pos/1.txt": "0" * 64}, {"aclImdb/train/pos/2.txt": digest}):
        assert not Archive("reviews.tar.gz", ("0" * 64,), members=members).accepts(archive)
    size = archive.stat().st_size
    assert Archive("reviews.tar.gz", ("0" * 64,), size=size).accepts(archive)
    assert not Archive("reviews.tar.gz", ("0" * 64,), size=size + 1).accepts(archive)
    archive.write_bytes(text)  # no archive at all
    assert not same.accepts(archive)


def test_without_network_the_message_names_the_file_and_its_mark(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_DATA", (tmp_path / "mirror").as_uri())  # where nothing is
    with pytest.raises(OSError, match=r"flower_photos\.tgz \(228,813,984 bytes\)"):
        learn.fetch("flower_photos.tgz")


def test_archives_that_do_no_good(archive, home, monkeypatch, tmp_path):
    """What leads out of the folder is refused; a folder that another kernel made meanwhile is kept."""
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("../../evil")
        info.size = 0
        tar.addfile(info)
    with pytest.raises(tarfile.FilterError):
        files.unpacked(archive, tmp_path / "target")
    assert not (tmp_path / "target").exists() and not (tmp_path.parent / "evil").exists()
    archive.write_bytes(b"no archive")

    def meanwhile(path):
        (tmp_path / "target").mkdir()
        raise OSError("the target is there")

    monkeypatch.setattr(files.tarfile, "open", meanwhile)
    files.unpacked(archive, tmp_path / "target")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith("target")) == ["target"]


def test_which_archive_is_the_published_one(archive, tmp_path):
    inside = {"aclImdb/train/pos/1.txt": hashlib.sha256(b"train/pos/1").hexdigest()}
    size = archive.stat().st_size
    for options, accepted in [
        ({"members": inside}, True),
        ({"members": {"aclImdb/train/pos/1.txt": "0" * 64}}, False),
        ({"members": {"aclImdb/train": "0" * 64}}, False),
        ({"members": {"gone.txt": "0" * 64}}, False),
        ({"size": size}, True),
        ({"size": size + 1}, False),
        ({}, False),
    ]:
        assert Archive("a.tgz", sha256=("0" * 64,), **options).accepts(archive) is accepted
    assert Archive("a.tgz", sha256=("0" * 64,), size=size).mark == f"{size:,} bytes"
    assert Archive("a.tgz", sha256=("0" * 64,)).mark.startswith("sha256 000")
    archive.write_bytes(archive.read_bytes()[:-50])
    assert not Archive("a.tgz", sha256=("0" * 64,), members={"z": "0", **inside}).accepts(archive)
