"""Every reader of files: an honest sample, what happens to it, and how it is read."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import pickle
import shutil
import tarfile
import wave
import zipfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from fuzz import mutators as m

MB = 2**20


@dataclasses.dataclass(frozen=True)
class Reader:
    """One reader.

    Args:
        file: the sample's name in an empty folder; a folder of samples for readers of folders.
        make: writes the sample.
        read: reads it, or raises ValueError, OSError, TypeError or ImportError with words.
        change: what happens to the bytes of one of the files.
        bound: bytes of memory that reading a small file may take; four times that is a failure.
    """

    file: str
    make: Callable[[Path], Any]
    read: Callable[[Path], Any]
    change: Callable[[bytes, Any], bytes] = m.broken
    bound: int = 64 * MB


@cache
def model() -> Any:
    import kerasnb as keras

    found = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
    found.compile("adam", "mse")
    found.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0)
    return found


def load_model(path: Path) -> None:
    import kerasnb as keras

    keras.saving.load_model(path)


def editor(path: Path) -> None:
    import contextlib

    from kerasnb.core.saving.file_editor import KerasFileEditor

    with contextlib.redirect_stdout(io.StringIO()):
        KerasFileEditor(path).summary()


def checkpoints(path: Path) -> None:
    from kerasnb.core.saving.checkpoints import checkpoints, weights_of

    repr(checkpoints(path.parent))
    weights_of(path)


def make_backup(path: Path) -> None:
    import kerasnb as keras

    x = np.ones((4, 4), "float32")
    copy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    copy.compile("sgd", "mse")
    backup = keras.callbacks.BackupAndRestore(path, save_freq=1, delete_checkpoint=False)
    copy.fit(x, x[:, :1], epochs=2, batch_size=2, verbose=0, callbacks=[backup])
    backup.on_train_end()


def read_backup(path: Path) -> None:
    """As ``fit`` takes it up, without the training; then as ``%kerasnb checkpoints`` lists it."""
    import kerasnb as keras
    from kerasnb.core.callbacks.backup_files import BackupFiles

    files = BackupFiles(path)
    copy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    copy.compile("sgd", "mse")
    for place in files.places():
        files.read(place, copy)
    checkpoints(path / "current")


def make_orbax(path: Path) -> None:
    import kerasnb as keras

    x = np.ones((4, 4), "float32")
    copy = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    copy.compile("sgd", "mse")
    copy.fit(x, x[:, :1], epochs=1, verbose=0, callbacks=[keras.callbacks.OrbaxCheckpoint(path, save_freq="epoch")])


def read_orbax(path: Path) -> None:
    from kerasnb.core.saving.checkpoints import checkpoints as listed

    repr(listed(path))


def accepted(path: Path) -> Any:
    """The file as a published one: what lies behind the check of the digest is read too."""
    from kerasnb.core.datasets.source import DataFile

    return DataFile(path.name, sha256=(hashlib.sha256(path.read_bytes()).hexdigest(),))


def make_npz(path: Path) -> None:
    np.savez(path, x_train=np.zeros((3, 4, 4), "uint8"), y_train=np.arange(3))


def read_npz(path: Path) -> None:
    from kerasnb.core.datasets.source import array_digest, read_arrays

    array_digest(read_arrays(path))


def make_lists(path: Path) -> None:
    lists = np.empty(2, object)
    lists[:] = [[1, 2, 3], [4]]
    np.savez(path, x_train=lists, x_test=lists, y_train=np.arange(2))


def read_lists(path: Path) -> None:
    from kerasnb.core.datasets.word_sequences import load_flat

    load_flat(accepted(path), str(path), ("x_train", "x_test"))


def read_flat(path: Path) -> None:
    from kerasnb.core.datasets.word_sequences import _read_flat

    _read_flat(path)


def read_idx(path: Path) -> None:
    from kerasnb.core.datasets import fashion_mnist

    fashion_mnist.read_idx_file(path)


def make_tar(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        for name in ("data_batch_1", "test_batch"):
            data = pickle.dumps({b"data": np.zeros((2, 3072), "uint8"), b"labels": [1, 2]}, protocol=2)
            info = tarfile.TarInfo(f"cifar/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def read_cifar(path: Path) -> None:
    from kerasnb.core.datasets import cifar

    found = cifar.read_members(path, ("data_batch_1", "test_batch"))
    cifar.pictures(list(found.values()))


def read_tutorial(path: Path) -> None:
    """A tutorial's archive: whether it is the published one, then its files."""
    import contextlib

    from kerasnb.learn.files import unpacked
    from kerasnb.learn.published import Archive

    Archive("a.tgz", sha256=("",), members={"cifar/test_batch": ""}).accepts(path)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            unpacked(path, path.parent / "unpacked")
        finally:
            shutil.rmtree(path.parent / "unpacked", ignore_errors=True)


def make_tgz(path: Path) -> None:
    make_tar(path)
    path.write_bytes(gzip.compress(path.read_bytes(), 1))


def unpack(path: Path) -> None:
    from kerasnb.core.utils.files import _unpack

    target = path.parent / "unpacked"
    try:
        _unpack(path, target, ["tar", "zip"])
    finally:
        shutil.rmtree(target, ignore_errors=True)


def make_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/one.json", "{}")
        file.writestr("a/two.txt", "two" * 100)


def read_words(path: Path) -> None:
    from kerasnb.core.datasets.word_sequences import read_word_index

    read_word_index(accepted(path), str(path))


def make_image(path: Path, format: str = "PNG") -> None:
    from PIL import Image

    Image.fromarray(np.arange(768, dtype="uint8").reshape(16, 16, 3)).save(path, format=format)


def read_image(path: Path) -> None:
    from kerasnb.core.utils.images import img_to_array, load_img

    img_to_array(load_img(path, target_size=(8, 8)))


def read_grey(path: Path) -> None:
    from kerasnb.core.utils.image_dataset import read_pixels

    read_pixels(str(path), "grayscale")


def make_wav(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(800))


def read_wav(path: Path) -> None:
    from kerasnb.core.utils.audio_dataset import read_wav as read

    read(str(path))


def make_notebook(path: Path) -> None:
    import nbformat

    cells = [nbformat.v4.new_markdown_cell("# Title", id="a"), nbformat.v4.new_code_cell("1 + 1", id="b")]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


def read_notebook(path: Path) -> None:
    from kerasnb.execute import cell_titles, read_notebook
    from kerasnb.lab.notebooks import kernel_of
    from kerasnb.learn.copies import is_edited

    kernel_of(path)
    is_edited(path, path)
    cell_titles(read_notebook(path))


def make_runs(path: Path) -> None:
    from kerasnb.runs import store

    connection = store.connect(path)
    connection.execute(
        "INSERT INTO runs (key, started, ended, model, hash, final, tags, data, fit, compile, versions) "
        "VALUES ('k', 1.0, 2.0, 'm', 'h', '{\"loss\": 0.5}', '[\"a\"]', '{}', '{}', '{}', '{}')"
    )
    connection.execute("INSERT INTO epochs VALUES (1, 0, 0.5, '{\"loss\": 0.5}')")
    connection.execute("INSERT INTO configs VALUES ('h', '{}')")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def read_runs(path: Path) -> None:
    import os

    from kerasnb import runs

    os.environ["KERASNB_RUNS"] = str(path)
    try:
        repr(runs.table())
        run = runs.get(1)
        repr(run.history), run.config, repr(run)
    finally:
        for aside in path.parent.glob("*.damaged-*"):
            aside.unlink()


def make_tokenizer(path: Path) -> None:
    from kerasnb.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=10)
    tokenizer.fit_on_texts(["one two three", "two three"])
    path.write_text(tokenizer.to_json())


def read_tokenizer(path: Path) -> None:
    from kerasnb.preprocessing.text import tokenizer_from_json

    tokenizer_from_json(path.read_text(encoding="utf-8", errors="replace"))


def read_json_model(path: Path) -> None:
    from kerasnb.core.saving.api import model_from_json

    model_from_json(path.read_text(encoding="utf-8", errors="replace"))


def read_facts(path: Path) -> None:
    from kerasnb.lab.archive import facts

    facts(path)


def read_settings(path: Path) -> None:
    import os

    from kerasnb.core import config

    os.environ["KERAS_HOME"] = str(path.parent)
    config._read_settings_file()
    assert config.floatx() in config.FLOAT_TYPES and 0 < config.epsilon() < float("inf")


def read_vocabulary(path: Path) -> None:
    import kerasnb as keras

    keras.layers.StringLookup(vocabulary=str(path))


def read_progress(path: Path) -> None:
    from kerasnb.learn import record

    record.read(path)


def make_program(path: Path) -> None:
    import kerasnb as keras
    from kerasnb.core.saving.export_archive import ExportArchive

    archive = ExportArchive()
    archive.add_endpoint("serve", keras.activations.relu, [keras.InputSpec(shape=(None, 2), dtype="float32")])
    shutil.rmtree(path, ignore_errors=True)
    archive.write_out(path)


def read_program(path: Path) -> None:
    from kerasnb.core.saving.export_archive import load_endpoint

    load_endpoint(path, "serve")


READERS: dict[str, Reader] = {
    "archive": Reader("m.keras", lambda p: model().save(p), load_model, m.zip_changed),
    "archive as a folder": Reader("m", lambda p: model().save(p, zipped=False), load_model),
    "weights": Reader("m.weights.h5", lambda p: model().save_weights(p), lambda p: model().load_weights(p)),
    "weights of an archive": Reader(
        "m.keras", lambda p: model().save(p), lambda p: model().load_weights(p), m.zip_changed
    ),
    "older .h5": Reader("m.h5", lambda p: model().save(p), load_model),
    "safetensors": Reader("m.safetensors", lambda p: model().save_weights(p), lambda p: model().load_weights(p)),
    "weights in pieces": Reader(
        "m.weights.json", lambda p: model().save_weights(p, max_shard_size=1e-8),
        lambda p: model().load_weights(p), m.json_changed,
    ),
    "file editor": Reader("m.weights.h5", lambda p: model().save_weights(p), editor),
    "checkpoint": Reader("m.keras", lambda p: model().save(p), checkpoints, m.zip_changed),
    "backup": Reader("backup", make_backup, read_backup),
    "orbax listing": Reader("orbax", make_orbax, read_orbax, m.json_changed),
    "model from JSON": Reader("m.json", lambda p: p.write_text(model().to_json()), read_json_model, m.json_changed),
    "facts of an archive": Reader("m.keras", lambda p: model().save(p), read_facts, m.zip_changed),
    "npz": Reader("a.npz", make_npz, read_npz, m.zip_changed),
    "lists in npz": Reader("a.npz", make_lists, read_lists, m.zip_changed),
    "flat lists": Reader("a.npz", make_npz, read_flat, m.zip_changed),
    "idx.gz": Reader(
        "a.gz", lambda p: p.write_bytes(gzip.compress(b"\0\0\x08\x02\0\0\0\x02\0\0\0\x03abcdef")), read_idx,
        m.gzip_changed,
    ),
    "tar of pickles": Reader("a.tar", make_tar, read_cifar, m.tar_changed),
    "unpacked tar": Reader("b.tar", make_tar, unpack, m.tar_changed),
    "tutorial's archive": Reader("t.tgz", make_tgz, read_tutorial, partial(m.gzip_changed, inner=m.tar_changed)),
    "unpacked zip": Reader("b.zip", make_zip, unpack, m.zip_changed),
    "word index": Reader("w.json", lambda p: p.write_text(json.dumps({"the": 1, "a": 2})), read_words, m.json_changed),
    "tokenizer": Reader("t.json", make_tokenizer, read_tokenizer, m.json_changed),
    "vocabulary": Reader("v.txt", lambda p: p.write_text("one\ntwo\nthree\n"), read_vocabulary),
    "png": Reader("p.png", make_image, read_image),
    "jpeg": Reader("p.jpg", partial(make_image, format="JPEG"), read_image),
    "gif": Reader("p.gif", partial(make_image, format="GIF"), read_image),
    "bmp": Reader("p.bmp", partial(make_image, format="BMP"), read_image),
    "grey png": Reader("p.png", make_image, read_grey),
    "grey jpeg": Reader("p.jpg", partial(make_image, format="JPEG"), read_grey),
    "wav": Reader("s.wav", make_wav, read_wav),
    "notebook": Reader("n.ipynb", make_notebook, read_notebook, m.json_changed),
    "record of runs": Reader("runs.db", make_runs, read_runs),
    "settings": Reader(
        "keras.json", lambda p: p.write_text('{"floatx": "float32", "epsilon": 1e-07}'), read_settings, m.json_changed
    ),
    "progress": Reader("done.json", lambda p: p.write_text('{"done": ["00-1"]}'), read_progress, m.json_changed),
    "exported program": Reader("program", make_program, read_program),
}  # fmt: skip
