"""ImageDataGenerator: draws and values as Keras's own gives them, batches from arrays, folders and frames."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kerasnb.preprocessing import image as I

X = np.random.RandomState(1).rand(10, 6, 6, 3).astype("float32")
Y = np.arange(10)


def test_draws_follow_numpys_generator_as_in_keras():
    generator = I.ImageDataGenerator(
        rotation_range=20, width_shift_range=0.2, height_shift_range=0.3, brightness_range=(0.5, 1.5), shear_range=15,
        zoom_range=0.2, channel_shift_range=20, horizontal_flip=True, vertical_flip=True,
    )  # fmt: skip
    found = generator.get_random_transform((6, 7, 3), seed=1)
    expected = {
        "theta": -3.3191198, "tx": 0.79316818, "ty": -1.39967975, "shear": -5.93002282, "zx": 0.85870236,
        "zy": 0.83693544,
        "flip_horizontal": 1, "flip_vertical": 1, "channel_shift_intensity": -4.12930103, "brightness": 1.03881673,
    }  # fmt: skip
    assert found == pytest.approx(expected, rel=1e-6)
    pixels = I.ImageDataGenerator(width_shift_range=[-2, 2, 1], height_shift_range=2, zoom_range=[0.5, 1.5])
    found = pixels.get_random_transform((6, 7, 3), seed=3)
    assert (found["tx"], found["ty"], found["theta"], found["brightness"]) == (0, 2, 0, None)
    assert (found["zx"], found["zy"]) == pytest.approx((0.79090474, 1.01082761))


def test_affine_changes():
    square = np.arange(36.0).reshape(6, 6, 1)
    move = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    assert np.array_equal(I.apply_affine_transform(square, tx=1, **move)[:, :5], square[:, 1:])
    assert np.array_equal(I.apply_affine_transform(square, ty=1, **move)[:5], square[1:])
    np.testing.assert_allclose(
        I.apply_affine_transform(square, theta=90, **move)[..., 0], np.rot90(square[..., 0]), atol=1e-9
    )
    assert I.apply_affine_transform(square, **move) is square
    first = I.apply_affine_transform(square.transpose(2, 0, 1), theta=30)
    np.testing.assert_allclose(first[0], I.apply_affine_transform(square, theta=30, **move)[..., 0])
    assert I.apply_affine_transform(square, tx=99, fill_mode="constant", cval=-1, **move).max() == -1


def test_brightness_and_channels():
    x = np.random.RandomState(0).rand(6, 7, 3) * 255
    generator = I.ImageDataGenerator()
    assert generator.apply_transform(x, {"brightness": 1.2}).ravel()[:4].tolist() == [166, 218, 183, 165]
    shifted = generator.apply_transform(x, {"channel_shift_intensity": -4.0})
    assert np.allclose(shifted, np.clip(x - 4, x.min(), x.max()))
    assert np.array_equal(generator.apply_transform(x, {"flip_horizontal": True}), x[:, ::-1])
    assert np.array_equal(generator.apply_transform(x, {"flip_vertical": True}), x[::-1])
    for function, arguments in [
        (I.random_rotation, (20,)), (I.random_shift, (0.1, 0.1)), (I.random_shear, (10,)),
        (I.random_zoom, ((0.8, 1.2),)),
    ]:  # fmt: skip
        assert function(x, *arguments, row_axis=0, col_axis=1, channel_axis=2).shape == x.shape
    assert I.random_brightness(x, (0.5, 0.6)).mean() < x.mean() and I.random_channel_shift(x, 5).shape == x.shape


def test_standardising():
    generator = I.ImageDataGenerator(rescale=1 / 2, samplewise_center=True, samplewise_std_normalization=True)
    z = generator.standardize(X[0].copy())
    assert abs(z.mean()) < 1e-6 and abs(z.std() - 1) < 1e-3
    whole = I.ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True)
    with pytest.raises(ValueError, match=r"call fit\(x\) first"):
        whole.standardize(X[0])
    whole.fit(X)
    z = np.stack([whole.standardize(x) for x in X])
    assert np.allclose(z.mean((0, 1, 2)), 0, atol=1e-5) and np.allclose(z.std((0, 1, 2)), 1, atol=1e-3)
    white = I.ImageDataGenerator(zca_whitening=True)
    white.fit(X[:, :2, :2])
    flat = np.stack([white.standardize(x).ravel() for x in X[:, :2, :2]])
    covariance = flat.T @ flat / len(flat)
    assert np.allclose(covariance, covariance @ covariance, atol=1e-2), "a projection: no correlation is left"
    assert np.array_equal(I.ImageDataGenerator(preprocessing_function=lambda x: x + 1).standardize(X[0]), X[0] + 1)


def test_batches_of_arrays():
    flow = I.ImageDataGenerator().flow(X, Y, batch_size=4, seed=5)
    assert len(flow) == 3
    batches = [next(flow) for _ in range(4)]
    assert [y.tolist() for _, y in batches[:3]] == [[9, 5, 2, 4], [7, 1, 0, 8], [6, 3]]
    assert batches[3][1].tolist() == [8, 6, 9, 0] == flow[0][1].tolist()
    assert all(np.array_equal(x, X[y]) for x, y in batches)
    weighted = I.ImageDataGenerator().flow(X, Y, batch_size=5, shuffle=False, sample_weight=Y / 10)
    assert next(weighted)[2].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    extra = next(I.ImageDataGenerator().flow((X, [Y]), batch_size=3, shuffle=False))
    assert extra[0].shape == (3, 6, 6, 3) and extra[1].tolist() == [0, 1, 2]
    split = I.ImageDataGenerator(validation_split=0.3)
    parts = [split.flow(X, Y, subset=s, shuffle=False, ignore_class_split=True) for s in ("validation", "training")]
    assert [next(p)[1].tolist() for p in parts] == [[0, 1, 2], list(range(3, 10))]
    with pytest.raises(ValueError, match="different classes"):
        split.flow(X, Y, subset="training")


@pytest.fixture
def folder(tmp_path):
    for k, name in enumerate(("ants", "bees")):
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.fromarray(np.full((4, 5, 3), 40 * k + 10 * i, "uint8")).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_batches_of_folders(folder, tmp_path):
    generator = I.ImageDataGenerator(rescale=1 / 10)
    flow = generator.flow_from_directory(folder, target_size=(2, 3), shuffle=False, batch_size=6)
    x, y = next(flow)
    assert x.shape == (6, 2, 3, 3) and x[:, 0, 0, 0].tolist() == [0, 1, 2, 4, 5, 6]
    assert y.tolist() == [[1, 0]] * 3 + [[0, 1]] * 3 and flow.class_indices == {"ants": 0, "bees": 1}
    modes = {"binary": [0.0] * 3 + [1.0] * 3, "sparse": [0.0] * 3 + [1.0] * 3}
    for mode, labels in modes.items():
        assert next(generator.flow_from_directory(folder, class_mode=mode, shuffle=False))[1].tolist() == labels
    alone = next(generator.flow_from_directory(folder, class_mode=None, color_mode="grayscale", batch_size=2))
    assert alone.shape == (2, 256, 256, 1)
    same = next(generator.flow_from_directory(folder, class_mode="input", target_size=(2, 2)))
    assert np.array_equal(*same)
    assert generator.flow_from_directory(folder, classes=["bees"]).samples == 3
    saved = generator.flow_from_directory(folder, target_size=(2, 2), save_to_dir=tmp_path / "saved", save_prefix="p")
    next(saved)
    assert len(list((tmp_path / "saved").glob("p_*.png"))) == 6


def test_batches_of_frames(folder):
    pd = pytest.importorskip("pandas")
    names = [f"{c}/{i}.png" for c in ("ants", "bees") for i in range(3)]
    table = pd.DataFrame(
        {"filename": [*names, "none.png"], "class": ["a"] * 3 + ["b"] * 4, "w": range(7), "v": range(7)}
    )
    generator = I.ImageDataGenerator()
    x, y, w = next(generator.flow_from_dataframe(table, folder, weight_col="w", shuffle=False, target_size=(2, 2)))
    assert y.tolist() == [[1, 0]] * 3 + [[0, 1]] * 3 and w.tolist() == list(range(6)) and len(x) == 6
    raw = generator.flow_from_dataframe(table, folder, y_col="v", class_mode="raw", shuffle=False)
    assert next(raw)[1].tolist() == list(range(6))
    several = generator.flow_from_dataframe(table, folder, y_col=["v", "w"], class_mode="multi_output", shuffle=False)
    assert [p.tolist() for p in next(several)[1]] == [list(range(6))] * 2
    with pytest.raises(ValueError, match="no column 'klass'"):
        generator.flow_from_dataframe(table, folder, y_col="klass")


def test_smart_resize_cuts_the_middle():
    wide = np.zeros((4, 8, 3), "float32")
    wide[:, 2:6] = 1
    assert np.all(I.smart_resize(wide, (2, 2)) == 1)
    assert I.smart_resize(np.stack([wide, wide]), (8, 4)).shape == (2, 8, 4, 3)
    assert I.smart_resize(wide.transpose(2, 0, 1), (2, 2), data_format="channels_first").shape == (3, 2, 2)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: I.ImageDataGenerator(zoom_range=(1, 2, 3)), ValueError, "zoom_range"),
        (lambda: I.ImageDataGenerator(validation_split=2), ValueError, "validation_split"),
        (lambda: I.ImageDataGenerator(brightness_range=[1]), ValueError, "brightness_range"),
        (lambda: I.ImageDataGenerator().flow(X[0]), ValueError, "4 axes"),
        (lambda: I.ImageDataGenerator().flow(X, Y[:3]), ValueError, "y has 3 rows"),
        (lambda: I.ImageDataGenerator().flow(X, batch_size=0), ValueError, "batch_size"),
        (lambda: I.ImageDataGenerator().flow(X)[9], IndexError, "1 batches"),
        (lambda: I.ImageDataGenerator().flow_from_directory("/nowhere"), FileNotFoundError, "no folder"),
        (lambda: I.smart_resize(X, 5), ValueError, "size"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()
