"""TensorBoard: the files, read back by a reader that knows nothing of the writer."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core.callbacks.event_file import EventFile, crc32c
from kerasnb.core.callbacks.tensorboard import pictures


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return value, at


def fields(data):
    """[(number, value)] of a protocol-buffer message."""
    at, found = 0, []
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 1:
            value, at = data[at : at + 8], at + 8
        else:
            assert wire == 2
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        found.append((number, value))
    return found


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def read(path):
    """{(tag, step): (plugin, tensor's fields)} of an event file, checksums verified."""
    data, at, found = path.read_bytes(), 0, {}
    while at < len(data):
        length = data[at : at + 8]
        (size,) = struct.unpack("<Q", length)
        message = data[at + 12 : at + 12 + size]
        assert data[at + 8 : at + 12] == masked(length) and data[at + 12 + size : at + 16 + size] == masked(message)
        at += 16 + size
        event = dict(fields(message))
        assert len(event[1]) == 8
        if 3 in event:
            assert event[3] == b"brain.Event:2" and not found
        for _, value in fields(event.get(5, b"")):
            parts = dict(fields(value))
            plugin = dict(fields(dict(fields(parts[9]))[1]))[1].decode()
            found[parts[1].decode(), event[2]] = plugin, fields(parts[8])
    return found


def number(tensor):
    return struct.unpack("<f", dict(tensor)[5])[0]


def only(folder):
    (file,) = folder.glob("events.out.tfevents.*")
    return read(file)


def fit(callback, epochs=2):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="d"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
    return model.fit(x, y, epochs=epochs, batch_size=4, verbose=0, validation_data=(x, y), callbacks=[callback])


def test_curves(tmp_path):
    history = fit(keras.callbacks.TensorBoard(tmp_path)).history
    train, valid = only(tmp_path / "train"), only(tmp_path / "validation")
    for epoch in range(2):
        for name in ("loss", "mae"):
            assert number(train[f"epoch_{name}", epoch][1]) == pytest.approx(history[name][epoch])
            assert number(valid[f"epoch_{name}", epoch][1]) == pytest.approx(history[f"val_{name}"][epoch])
        assert number(train["epoch_learning_rate", epoch][1]) == pytest.approx(0.1)
        steps = 2 * (epoch + 1)
        assert number(valid["evaluation_loss_vs_iterations", steps][1]) == pytest.approx(history["val_loss"][epoch])
    plugin, tensor = train["keras", 0]
    assert plugin == "graph_keras_model" and b'"class_name": "Sequential"' in dict(tensor)[8]


def test_batches_histograms_and_pictures(tmp_path):
    fit(keras.callbacks.TensorBoard(
        tmp_path, histogram_freq=1, write_images=True, write_graph=False, update_freq=2, write_steps_per_second=True
    ))  # fmt: skip
    train = only(tmp_path / "train")
    assert {step for tag, step in train if tag == "batch_loss"} == {2, 4}
    assert number(train["epoch_steps_per_second", 1][1]) > 0
    (plugin, tensor) = next(v for (tag, step), v in train.items() if tag.endswith("d/kernel/histogram") and step == 1)
    rows = np.frombuffer(dict(tensor)[4], "<f8").reshape(-1, 3)
    assert plugin == "histograms" and rows[:, 2].sum() == 6 and (rows[1:, 0] == rows[:-1, 1]).all()
    (plugin, tensor) = next(v for (tag, step), v in train.items() if tag.endswith("d/kernel/image") and step == 1)
    strings = [v for n, v in tensor if n == 8]
    assert plugin == "images" and strings[:2] == [b"3", b"2"] and strings[2].startswith(b"\x89PNG")
    assert not any(tag == "keras" for tag, _ in train)


def test_embeddings_and_their_labels(tmp_path):
    labels = tmp_path / "words.tsv"
    labels.write_text("a\nb\nc\n")
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(3, 4, name="words")])
    model.compile("sgd", "mse")
    run = tmp_path / "run"
    board = keras.callbacks.TensorBoard(run, embeddings_freq=1, embeddings_metadata={"words": labels})
    model.fit(np.zeros((4, 2), "int32"), np.zeros((4, 2, 4)), verbose=0, callbacks=[board])
    assert np.loadtxt(run / "words_embeddings.tsv").shape == (3, 4)
    assert (run / "words_metadata.tsv").read_text() == labels.read_text()
    config = (run / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "words_embeddings.tsv"' in config and 'metadata_path: "words_metadata.tsv"' in config
    with pytest.raises(ValueError, match="Did you mean 'words'"):
        board = keras.callbacks.TensorBoard(run, embeddings_freq=1, embeddings_metadata={"word": labels})
        board.set_model(model)


def test_bad_arguments():
    for wrong in ({"update_freq": "epochs"}, {"update_freq": 0}, {"profile_batch": (5, 2)}, {"profile_batch": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            keras.callbacks.TensorBoard("logs", **wrong)


def test_values_that_are_no_numbers(tmp_path):
    file = EventFile(tmp_path)
    file.scalar("loss", float("nan"), 1)
    file.histogram("weights", np.array([np.nan, np.inf, 1.0, 1.0]), 1)
    file.histogram("nothing", np.zeros(0), 1)
    file.close()
    found = read(file.path)
    assert np.isnan(number(found["loss", 1][1]))
    assert np.frombuffer(dict(found["weights", 1][1])[4], "<f8").reshape(-1, 3)[:, 2].sum() == 2


@pytest.mark.parametrize(
    ("shape", "count", "size"),
    [
        ((), 1, (1, 1)),
        ((5,), 1, (5, 1)),
        ((2, 3), 1, (2, 3)),
        ((3, 3, 3, 4), 4, (3, 3, 3)),
        ((3, 3, 8, 40), 16, (3, 3)),
    ],
)
def test_weights_as_pictures(shape, count, size):
    value = np.random.RandomState(0).standard_normal(shape)
    found = pictures(value)
    assert len(found) == count and all(p.shape == size and p.dtype == "uint8" for p in found)
