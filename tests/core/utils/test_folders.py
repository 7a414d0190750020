"""Folders of pictures, texts and sounds; time series; split data sets."""

from __future__ import annotations

import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kerasnb import utils
from kerasnb.core.data.dataset import Dataset
from kerasnb.core.utils.audio_dataset import read_wav
from kerasnb.core.utils.directories import files_below


def pixels(seed, shape=(6, 8, 3)):
    return np.random.RandomState(seed).randint(0, 255, shape).astype("uint8")


@pytest.fixture
def pictures(tmp_path):
    for k, name in enumerate(("ants", "bees", "cats")):
        (tmp_path / "d" / name / "deep").mkdir(parents=True)
        for i in range(4):
            Image.fromarray(pixels(10 * k + i)).save(tmp_path / "d" / name / f"{i}.png")
        Image.fromarray(pixels(10 * k + 9)).save(tmp_path / "d" / name / "deep" / "9.PNG")
        (tmp_path / "d" / name / "notes.md").write_text("no picture")
    (tmp_path / "d" / ".hidden").mkdir()
    return tmp_path / "d"


def images(folder, **arguments):
    defaults = {"image_size": (6, 8), "shuffle": False, "verbose": False, "batch_size": 4}
    return utils.image_dataset_from_directory(folder, **{**defaults, **arguments})


def test_pictures_in_order(pictures):
    data = images(pictures)
    assert data.class_names == ["ants", "bees", "cats"] and len(data) == 4 and len(data.file_paths) == 15
    x = np.concatenate([b[0] for b in data])
    y = np.concatenate([b[1] for b in data])
    assert x.dtype == np.float32 and y.dtype == np.int32 and y.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert np.array_equal(x[1], pixels(1)) and np.array_equal(x[4], pixels(9)) and np.array_equal(x[5], pixels(10))


@pytest.mark.parametrize(
    ("mode", "shape", "dtype"), [("int", (15,), "int32"), ("categorical", (15, 3), "float32"), (None, None, None)]
)
def test_label_modes(pictures, mode, shape, dtype):
    batch = next(iter(images(pictures, label_mode=mode, batch_size=15)))
    if mode is None:
        assert batch.shape == (15, 6, 8, 3)
    else:
        assert batch[1].shape == shape and batch[1].dtype == dtype


def test_two_classes_in_a_given_order(pictures):
    x, y = next(iter(images(pictures, label_mode="binary", class_names=["cats", "ants"], batch_size=10)))
    assert y.ravel().tolist() == [0] * 5 + [1] * 5 and y.shape == (10, 1) and np.array_equal(x[0], pixels(20))


def test_own_labels_and_none(pictures):
    data = images(pictures, labels=list(range(15)), batch_size=15)
    assert next(iter(data))[1].tolist() == list(range(15))
    assert next(iter(images(pictures, labels=None, label_mode="int"))).shape == (4, 6, 8, 3)
    single = next(iter(images(pictures, batch_size=None)))
    assert single[0].shape == (6, 8, 3) and single[1].shape == ()


def test_a_split_has_no_overlap(pictures):
    for arguments in ({"shuffle": True, "seed": 3}, {"shuffle": False}):
        train, valid = images(pictures, validation_split=0.3, subset="both", **arguments)
        assert (len(train.file_paths), len(valid.file_paths)) == (11, 4)
        assert len({*train.file_paths, *valid.file_paths}) == 15
        alone = images(pictures, validation_split=0.3, subset="validation", **arguments)
        assert alone.file_paths == valid.file_paths
        assert sum(len(y) for _, y in train) == 11


def test_shuffling_changes_from_run_to_run_and_keeps_pairs(pictures):
    def run(data):
        return [(int(y), float(x.sum())) for x, y in data]

    data = images(pictures, shuffle=True, seed=1, batch_size=None)
    first, second = run(data), run(data)
    assert first != second and sorted(first) == sorted(second) == sorted(run(images(pictures, batch_size=None)))
    assert run(images(pictures, shuffle=True, seed=1, batch_size=None)) == first


def test_sizes_layouts_and_colours(pictures):
    x = next(iter(images(pictures, label_mode=None, image_size=(3, 3), crop_to_aspect_ratio=True)))
    assert x.shape == (4, 3, 3, 3)
    x = next(iter(images(pictures, label_mode=None, image_size=(8, 8), pad_to_aspect_ratio=True)))
    assert np.all(x[:, 0] == 0) and np.array_equal(x[0, 1:7], pixels(0))
    x = next(iter(images(pictures, label_mode=None, data_format="channels_first", color_mode="grayscale")))
    assert x.shape == (4, 1, 6, 8)
    grey = pixels(0).astype(int) @ np.array([9797, 19234, 3737]) >> 15
    assert np.array_equal(x[0, 0], grey)
    assert next(iter(images(pictures, label_mode=None, color_mode="rgba"))).shape == (4, 6, 8, 4)


def test_it_says_what_it_found(pictures, capsys):
    images(pictures, verbose=True, validation_split=0.2, subset="both")
    assert capsys.readouterr().out == (
        "Found 15 files belonging to 3 classes.\nUsing 12 files for training.\nUsing 3 files for validation.\n"
    )


def test_links_in_a_circle_end(pictures):
    (pictures / "ants" / "again").symlink_to(pictures / "ants")
    assert len(files_below(pictures / "ants", (".png",), True)) == 5


def test_a_broken_picture_is_named(pictures):
    (pictures / "ants" / "0.png").write_bytes(b"not a picture")
    with pytest.raises(OSError) as caught:
        list(images(pictures))
    assert "0.png" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"labels": "infered"}, "Did you mean 'inferred'"), ({"labels": [0, 1]}, "2 entries, but there are 15 files"),
        ({"labels": [0.5] * 15}, "integers"), ({"label_mode": "int8"}, "Did you mean 'int'"),
        ({"label_mode": "binary"}, "exactly 2 classes, got 3"), ({"class_names": ["bee"]}, "Did you mean 'bees'"),
        ({"labels": None, "class_names": ["ants"]}, "class_names"), ({"color_mode": "grey"}, "grayscale"),
        ({"interpolation": "linear"}, "bilinear"), ({"image_size": 3}, "image_size"), ({"batch_size": 0}, "batch_size"),
        ({"validation_split": 0.2}, "go together"), ({"subset": "training"}, "go together"),
        ({"validation_split": 2.0, "subset": "both"}, "between 0 and 1"),
        ({"validation_split": 0.2, "subset": "train"}, "Did you mean 'training'"),
        ({"validation_split": 0.2, "subset": "both", "shuffle": True}, "give a seed"),
        ({"validation_split": 0.01, "subset": "both"}, "no file is left for validation"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "not both"), ({"format": "torch"}, "grain"),
        ({"data_format": "last"}, "data_format"),
    ],
)  # fmt: skip
def test_bad_input(pictures, arguments, words):
    with pytest.raises(ValueError, match=words):
        images(pictures, **arguments)


def test_no_folder_and_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        images(tmp_path / "none")
    (tmp_path / "empty" / "a").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"no image files found.*\.png"):
        images(tmp_path / "empty")


def test_texts(tmp_path):
    for name in ("neg", "pos"):
        (tmp_path / name).mkdir()
        for i in range(3):
            (tmp_path / name / f"{i}.txt").write_text(f"{name} text {i} ü", encoding="utf-8")
    data = utils.text_dataset_from_directory(tmp_path, shuffle=False, batch_size=4, verbose=False)
    batches = [(x.tolist(), y.tolist()) for x, y in data]
    assert batches[0] == (["neg text 0 ü", "neg text 1 ü", "neg text 2 ü", "pos text 0 ü"], [0, 0, 0, 1])
    assert data.element_spec[0].dtype == "string"
    short = utils.text_dataset_from_directory(tmp_path, shuffle=False, max_length=3, label_mode=None, verbose=False)
    assert next(iter(short)).tolist() == ["neg"] * 3 + ["pos"] * 3
    (tmp_path / "neg" / "bad.txt").write_bytes(b"\xff\xfe broken")
    assert len(list(utils.text_dataset_from_directory(tmp_path, batch_size=None, verbose=False))) == 7
    with pytest.raises(ValueError, match="max_length"):
        utils.text_dataset_from_directory(tmp_path, max_length=0)


def sound(path, samples, rate=8000, width=2):
    scaled = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("int64")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        if width == 1:
            data = (scaled + 128).astype("uint8").tobytes()
        else:
            data = b"".join(int(v).to_bytes(width, "little", signed=True) for v in scaled.ravel())
        file.writeframes(data)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_wave_files(tmp_path, width, channels):
    samples = np.sin(np.arange(50 * channels)).reshape(50, channels) * 0.9
    sound(tmp_path / "a.wav", samples, width=width)
    found, rate = read_wav(str(tmp_path / "a.wav"))
    assert rate == 8000 and found.dtype == np.float32
    np.testing.assert_allclose(found, samples, atol=2.0 ** (2 - 8 * width))


def test_sounds(tmp_path):
    for name, n in (("high", 40), ("low", 60)):
        (tmp_path / name).mkdir()
        sound(tmp_path / name / "a.wav", np.sin(np.arange(n) / 3)[:, None])
    read = utils.audio_dataset_from_directory
    x, y = next(iter(read(tmp_path, shuffle=False, verbose=False)))
    assert x.shape == (2, 60, 1) and y.tolist() == [0, 1] and np.all(x[0, 40:] == 0)
    assert next(iter(read(tmp_path, output_sequence_length=50, verbose=False)))[0].shape == (2, 50, 1)
    half = next(iter(read(tmp_path, sampling_rate=4000, shuffle=False, verbose=False)))[0]
    assert half.shape == (2, 30, 1)
    for wrong in ({"ragged": True}, {"sampling_rate": 0}, {"output_sequence_length": 1.5}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            read(tmp_path, **wrong)
    (tmp_path / "low" / "b.wav").write_bytes(b"RIFF no wave")
    with pytest.raises(ValueError, match=r"b.wav is not a PCM wave file"):
        list(read(tmp_path, verbose=False))


# --- time series -------------------------------------------------------------------------------------


@given(
    st.integers(2, 25),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.none() | st.integers(1, 4),
    st.booleans(),
)
def test_windows(steps, length, stride, rate, batch, with_targets):
    if max(length, stride, rate) >= steps or steps - (length - 1) * rate < 1:
        return
    series, targets = np.arange(steps) * 2, np.arange(steps) * 10 if with_targets else None
    data = utils.timeseries_dataset_from_array(
        series, targets, length, sequence_stride=stride, sampling_rate=rate, batch_size=batch
    )
    found = list(data.unbatch() if batch else data)
    begins = range(0, steps - (length - 1) * rate, stride)
    expected = [series[i : i + length * rate : rate].tolist() for i in begins]
    if with_targets:
        assert [y for _, y in found] == [10 * i for i in begins]
        found = [x for x, _ in found]
    assert [x.tolist() for x in found] == expected


def test_parts_of_a_series():
    data = utils.timeseries_dataset_from_array(np.arange(20), np.arange(20) * 10, 3, start_index=4, end_index=15)
    x, y = next(iter(data))
    assert x[0].tolist() == [4, 5, 6] and x[-1].tolist() == [12, 13, 14] and y.tolist() == list(range(40, 130, 10))
    shuffled = utils.timeseries_dataset_from_array(np.arange(20), None, 3, shuffle=True, seed=2)
    assert sorted(next(iter(shuffled))[:, 0].tolist()) == list(range(18))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sequence_length": 0}, "sequence_length"), ({"sequence_length": 30}, "sequence_length"),
        ({"sequence_length": 3, "sampling_rate": 1.5}, "sampling_rate"),
        ({"sequence_length": 3, "batch_size": 0}, "batch"),
        ({"sequence_length": 3, "start_index": 5, "end_index": 5}, "below end_index"),
        ({"sequence_length": 3, "end_index": 99}, "end_index"),
        ({"sequence_length": 9, "sampling_rate": 3}, "no window"),
        ({"sequence_length": 3, "data": []}, "at least one time step"),
        ({"sequence_length": 3, "format": "x"}, "format"),
    ],
)  # fmt: skip
def test_wrong_windows(arguments, words):
    with pytest.raises(ValueError, match=words):
        utils.timeseries_dataset_from_array(**{"data": np.arange(20), "targets": None, **arguments})


# --- splitting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [({"left_size": 0.7}, (7, 3)), ({"right_size": 3}, (7, 3)), ({"left_size": 6, "right_size": 2}, (6, 2)),
     ({"left_size": 0.33, "right_size": 0.33}, (3, 3)), ({"left_size": 3, "right_size": 0.3}, (3, 3))],
)  # fmt: skip
@pytest.mark.parametrize(
    "make",
    [np.arange, lambda n: list(range(n)), Dataset.range, lambda n: Dataset.from_generator(lambda: iter(range(n)))],
)
def test_split_sizes(make, sizes, expected):
    left, right = utils.split_dataset(make(10), **sizes)
    found = [int(v) for v in left], [int(v) for v in right]
    assert found == (list(range(expected[0])), list(range(10 - expected[1], 10)))
    assert (len(left), len(right)) == expected


def test_split_structures():
    x, y = np.arange(10).reshape(5, 2), np.arange(5)
    left, right = utils.split_dataset((x, y), left_size=0.8)
    assert [(a.tolist(), int(b)) for a, b in right] == [([8, 9], 4)]
    left, _ = utils.split_dataset({"a": x, "b": y}, left_size=2)
    assert [int(e["b"]) for e in left] == [0, 1]
    runs = [[int(v) for part in utils.split_dataset(y, 0.4, shuffle=True, seed=3) for v in part] for _ in range(2)]
    assert runs[0] == runs[1] != list(range(5)) and sorted(runs[0]) == list(range(5))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((np.arange(10),), ValueError), ((np.arange(10), 0), ValueError), ((np.arange(10), 11), ValueError),
        ((np.arange(10), 1.5), ValueError), ((np.arange(10), 0.6, 0.6), ValueError),
        ((np.arange(10), 0.01), ValueError),
        ((np.arange(10), "a"), TypeError), ((5, 0.5), TypeError), (([], 0.5), ValueError),
        ((Dataset.range(2).repeat(), 0.5), ValueError),
    ],
)  # fmt: skip
def test_wrong_splits(arguments, error):
    with pytest.raises(error, match=r"split_dataset|Dataset"):
        utils.split_dataset(*arguments)
