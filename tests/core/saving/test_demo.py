"""Demo pages: what is refused, and what stands in the file. What they compute is tested in a real browser."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from core.saving.demo_models import MODELS, convolutional, dense, settled, several, tabular

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.saving.demo_layers import LAYERS


def about(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="about">(.*?)</script>', text, re.S)[1])


def test_every_layer_of_the_table_exists():
    assert not [name for name in LAYERS if not hasattr(L, name)]


@pytest.mark.parametrize("make", MODELS, ids=lambda m: m.__name__)
def test_one_file_without_a_network(make, tmp_path):
    model = make()
    model.export(tmp_path / "demo.html")
    text = (tmp_path / "demo.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<link(?! rel=\"icon\")|\bimport\b[ (]|\bfetch\(|src=", text)
    assert [p.name for p in tmp_path.iterdir()] == ["demo.html"]
    program = about(tmp_path / "demo.html")["program"]
    assert program["outputs"][0]["shape"] == list(model.outputs[0].shape[1:])


@pytest.mark.parametrize(
    "make, options, words",
    [
        (lambda: keras.Sequential([keras.Input((5,)), L.Reshape((5, 1)), L.LSTM(2)]), {}, r"LSTM 'lstm'.*Conv2D, "),
        (lambda: keras.Sequential([keras.Input((5,)), L.Dense(2, activation=lambda x: x)]), {}, "<lambda>"),
        (lambda: keras.Sequential([keras.Input((5,)), L.Dense(2, activation="celu")]), {}, "'celu'"),
        (lambda: keras.Sequential([keras.Input((None, 3)), L.GlobalMaxPooling1D()]), {}, "open in size"),
        (lambda: keras.Sequential([keras.Input((3, 8, 8)), L.Conv2D(2, 3, data_format="channels_first")]), {}, "chann"),
        (lambda: keras.Sequential([keras.Input((5,)), L.BatchNormalization(axis=0)]), {}, "batch|axis"),
        (dense, {"class_names": ["a"]}, "10 class_names"),
        (dense, {"dtype": "int8"}, "dtype"),
        (dense, {"image_shape": (7, 7)}, "image_shape"),
        (tabular, {"feature_names": ["a"]}, "4 numbers"),
        (several, {"class_names": [["a"]]}, "2 outputs"),
    ],
)  # fmt: skip
def test_refused(make, options, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        make().export(tmp_path / "demo.html", **options)
    assert not list(tmp_path.iterdir())


def test_models_without_a_graph_are_refused(tmp_path):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = L.Dense(1)

        def call(self, x):
            return self.inner(x)

    model = Own()
    model(np.zeros((1, 3), "float32"))
    with pytest.raises(ValueError, match="Sequential or functional"):
        model.export(tmp_path / "demo.html")


def test_too_large_models_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("kerasnb.core.saving.demo.LARGEST", 1000)
    with pytest.raises(ValueError, match="float16"):
        dense().export(tmp_path / "demo.html")


def test_what_is_guessed_and_what_is_said(tmp_path):
    path = tmp_path / "demo.html"
    convolutional().export(path)
    found = about(path)
    assert found["image"]["high"] == 255 and found["outputs"][0]["kind"] == "classes"
    dense().export(path, image_shape=False, class_names=list("abcdefghij"), title="</title><b>")
    found = about(path)
    assert "image" not in found and found["outputs"][0]["names"][:2] == ["a", "b"]
    assert "</title><b>" not in path.read_text(encoding="utf-8")
    model = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.export(path, class_names=["</script>", "b", "c"])
    assert about(path)["outputs"][0] == {"kind": "logits", "names": ["</script>", "b", "c"], "title": ""}


def test_shared_weights_lie_in_the_page_once(tmp_path):
    x, tower = keras.Input((64,)), L.Dense(64)
    model = settled(keras.Model(x, tower(tower(tower(x)))))
    model.export(tmp_path / "demo.html", image_shape=False)
    assert (tmp_path / "demo.html").stat().st_size < 1.4 * 4 * 64 * 65 + 40_000
