"""Every set, from the files that ``$KERASNB_DATA`` names; digests of what Keras's own loaders give for them."""

from __future__ import annotations

import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import datasets
from kerasnb.core.datasets import cifar
from kerasnb.core.datasets.fashion_mnist import read_idx
from kerasnb.core.datasets.source import DataFile


def digest(array) -> str:
    if array.dtype == object:
        data = b"".join(np.asarray(v, "int64").tobytes() + b"|" for v in array)
    else:
        data = np.ascontiguousarray(array).tobytes()
    return hashlib.sha256(data).hexdigest()[:12]


def need(folder, *names):
    for name in names:
        if not (folder / name).exists():
            pytest.skip(f"{folder} has no {name}")


# set, arguments, file, (x_train, y_train, x_test, y_test) as Keras 3.15 loads them: shapes and digests
CASES = [
    ("mnist", {}, "mnist.npz", [60000, 60000, 10000, 10000], "741c988805d0 1feba77c5480 6d87418db22c ddeff807876a"),
    ("fashion_mnist", {}, "fashion-mnist/t10k-labels-idx1-ubyte.gz", [60000, 60000, 10000, 10000],
     "2e487a6c8912 657fbd221bfc c867c93ff953 3d0e6c6ea990"),
    ("boston_housing", {}, "boston_housing.npz", [404, 404, 102, 102],
     "4319b7bc8693 38a10db0be2f 4bdf7345c31e d70628b79747"),
    ("boston_housing", {"test_split": 0.5, "seed": 1}, "boston_housing.npz", [253, 253, 253, 253],
     "3fec1d8bd4d8 35b9aa4b0976 8225baef9c28 361d7d731b7f"),
    ("california_housing", {}, "california_housing.npz", [16512, 16512, 4128, 4128],
     "21732970b709 9779481494d4 bb0551f66a3a 22c2a8969022"),
    ("california_housing", {"version": "small"}, "california_housing.npz", [480, 480, 120, 120],
     "aa657e0891ca ccde11e99eb4 bfb3167eb908 620fc179e065"),
    ("imdb", {"num_words": 1000}, "imdb.npz", [25000] * 4, "d66de1420209 172b1f6acbc8 7bdb52403fc9 eb5b8b080477"),
    ("imdb", {"num_words": 1000, "skip_top": 10, "maxlen": 100, "oov_char": None}, "imdb.npz", [2773, 2773, 2963, 2963],
     "79dc2d614fd1 23c3d68fa9ee 613996764496 455a87de0d03"),
    ("reuters", {}, "reuters.npz", [8982, 8982, 2246, 2246], "e3f85e2ff642 4a1266388946 6dde74110f53 a5bdb7af59d4"),
    ("reuters", {"start_char": None, "index_from": 3, "num_words": 50, "test_split": 0.2}, "reuters.npz",
     [8982, 8982, 2246, 2246], "ecb3e539c922 4a1266388946 3cfa0fe236ae a5bdb7af59d4"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "file", "rows", "digests"), CASES)
def test_as_keras_loads_them(data_folder, name, arguments, file, rows, digests):
    need(data_folder, file)
    (x_train, y_train), (x_test, y_test) = getattr(datasets, name).load_data(**arguments)
    parts = [x_train, y_train, x_test, y_test]
    assert [len(p) for p in parts] == rows
    assert [digest(p) for p in parts] == digests.split()


def test_word_indices(data_folder):
    need(data_folder, "imdb_word_index.json", "reuters_word_index.json")
    assert datasets.imdb.get_word_index()["the"] == 1 and len(datasets.imdb.get_word_index()) == 88584
    assert datasets.reuters.get_word_index()["the"] == 1 and len(datasets.reuters.get_word_index()) == 30979
    names = datasets.reuters.get_label_names()
    assert len(names) == 46 and names[3] == "earn" and names[-1] == "lead"


def test_digits_need_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (x_train, y_train), (x_test, y_test) = datasets.digits.load_data()
    assert x_train.shape == (1437, 8, 8) and x_test.shape == (360, 8, 8)
    assert x_train.dtype == y_train.dtype == np.uint8 and x_train.max() == 16
    assert set(y_train) == set(y_test) == set(range(10))
    again = datasets.digits.load_data()
    assert np.array_equal(again[0][0], x_train) and not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["mnist", "imdb", "cifar10", "boston_housing", "fashion_mnist"])
def test_no_file_and_no_network(monkeypatch, tmp_path, name):
    """The quickstart catches this error and goes on with the digits."""
    monkeypatch.setenv("KERASNB_DATA", "http://127.0.0.1:9/mirror")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(OSError, match="Without network: fetch"):
        getattr(datasets, name).load_data()


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("boston_housing", {"test_split": 1.0}, "test_split"),
        ("digits", {"test_split": -0.1}, "test_split"),
        ("reuters", {"test_split": 2}, "test_split"),
        ("california_housing", {"version": "smal"}, "Did you mean 'small'"),
        ("imdb", {"num_words": -1}, "num_words"),
        ("imdb", {"skip_top": 1.5}, "skip_top"),
        ("cifar100", {"label_mode": "rough"}, "label_mode"),
    ],
)
def test_bad_input(name, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(datasets, name).load_data(**arguments)


def test_unknown_set():
    with pytest.raises(AttributeError, match="Did you mean 'mnist'"):
        keras.datasets.minst


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x09\x01", b"\x00\x00\x08\x01\x00\x00\x00\x05abc"])
def test_idx_files_are_checked(data):
    with pytest.raises(ValueError, match="IDX"):
        read_idx(data)


def archive(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            data = pickle.dumps(content, 2)
            info = tarfile.TarInfo(f"cifar/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.fixture
def tiny_cifar(tmp_path, monkeypatch):
    """Archives of the published form with two pictures a batch."""

    def batch(seed, **labels):
        data = np.random.RandomState(seed).randint(0, 255, (2, 3072)).astype("uint8")
        return {b"data": data, **{k.encode(): v for k, v in labels.items()}}

    ten = {f"data_batch_{i}": batch(i, labels=[i, i + 1]) for i in range(1, 6)} | {
        "test_batch": batch(9, labels=[0, 9])
    }
    hundred = {n: batch(i, fine_labels=[7, 99], coarse_labels=[1, 19]) for i, n in enumerate(("train", "test"))}
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    for name, members in (("CIFAR10", ten), ("CIFAR100", hundred)):
        published = getattr(cifar, name)
        path = tmp_path / published.other_names[0]
        archive(path, members)
        known = (hashlib.sha256(path.read_bytes()).hexdigest(),)
        monkeypatch.setattr(cifar, name, DataFile(published.name, known, other_names=published.other_names))
    return ten, hundred


def test_cifar(tiny_cifar):
    ten, _ = tiny_cifar
    (x_train, y_train), (x_test, y_test) = datasets.cifar10.load_data()
    assert x_train.shape == (10, 32, 32, 3) and y_train.shape == (10, 1) and y_train.dtype == np.uint8
    assert y_train.ravel().tolist() == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6] and y_test.ravel().tolist() == [0, 9]
    plane = ten["data_batch_2"][b"data"][1].reshape(3, 32, 32)
    assert np.array_equal(x_train[3], plane.transpose(1, 2, 0)) and x_test.shape == (2, 32, 32, 3)
    for mode, labels in (("fine", [7, 99]), ("coarse", [1, 19])):
        (_, y), _ = datasets.cifar100.load_data(mode)
        assert y.ravel().tolist() == labels and y.dtype == np.int64


def test_cifar_channels_first(tiny_cifar):
    keras.config.set_image_data_format("channels_first")
    try:
        assert datasets.cifar10.load_data()[0][0].shape == (10, 3, 32, 32)
    finally:
        keras.config.set_image_data_format("channels_last")
