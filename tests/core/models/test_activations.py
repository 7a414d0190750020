"""Activations: every layer's output, statistics that equal NumPy's over all batches, dead, saturated, broken units."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.models.activation_hints import hints_of
from kerasnb.core.models.activations import Activations


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 1, (41, 10, 10, 1)).astype("float32")


def convolutional():
    model = keras.Sequential(
        [keras.Input((10, 10, 1)), L.Conv2D(6, 3, activation="relu", name="conv"), L.Flatten(name="flat"),
         L.Dense(5, "tanh", name="tight"), L.Dense(3, "softmax", name="out")]
    )  # fmt: skip
    kernel, bias = model.get_layer("conv").get_weights()
    bias[[1, 4]] = -50
    model.get_layer("conv").set_weights([kernel, bias])
    kernel, bias = model.get_layer("tight").get_weights()
    model.get_layer("tight").set_weights([kernel, bias + 30])
    return model


def test_outputs_are_those_of_the_layers(images):
    model = convolutional()
    inside = Activations(model, images)
    found = {o.key: o.values for o in inside.outputs([3, 40])}
    assert list(found) == ["conv", "flat", "tight", "out"]
    np.testing.assert_allclose(found["out"], model.predict(images[[3, 40]], verbose=0), atol=1e-6)
    np.testing.assert_allclose(found["conv"], model.get_layer("conv")(images[[3, 40]]), atol=1e-6)


def test_statistics_are_numpys(images):
    inside = Activations(convolutional(), images)
    for s, whole in zip(inside.statistics(batch_size=16), inside.outputs(range(len(images))), strict=True):
        v = whole.values
        assert s.key == whole.key and s.shape == v.shape[1:] and s.units == v.shape[-1]
        expected = [v.mean(), v.std(), v.min(), v.max(), (v == 0).mean()]
        np.testing.assert_allclose([s.mean, s.spread, s.low, s.high, s.zeros], expected, rtol=2e-4, atol=1e-5)
    by_key = {s.key: s for s in inside.statistics()}
    assert by_key["conv"].dead == [1, 4] and by_key["conv"].saturated is None
    assert by_key["flat"].dead is None, "what flows through is not its own doing"
    assert by_key["tight"].saturated == 1.0 and by_key["tight"].dead == []
    assert inside.statistics(most=5)[0].mean == pytest.approx(inside.outputs(range(5))[0].values.mean(), rel=1e-4)


def test_what_stands_out_is_said(images):
    inside = Activations(convolutional(), images)
    hints = hints_of(inside.statistics(), len(images))
    assert any(h.startswith("conv: 2 of 6 units never fire on these 41 samples") for h in hints)
    assert any(h.startswith("tight: 100% of the outputs lie at the ends") for h in hints) and len(hints) == 2


def test_the_first_broken_layer_is_named(images):
    model = convolutional()
    kernel, bias = model.get_layer("tight").get_weights()
    kernel[0, 0] = np.nan
    model.get_layer("tight").set_weights([kernel, bias])
    found = Activations(model, images).statistics()
    assert [s.broken > 0 for s in found] == [False, False, True, True] and np.isfinite(found[2].mean)
    assert "tight is the first layer" in hints_of(found, 41)[0]


def test_training_on_recompiles_nothing(images):
    model = convolutional()
    inside = Activations(model, images)
    before, program = inside.outputs([0])[0].values, inside._programs[False]
    model.get_layer("conv").set_weights([w * 2 for w in model.get_layer("conv").get_weights()])
    after = inside.outputs([0])[0].values
    assert program._cache_size() == 1
    np.testing.assert_allclose(after, 2 * before, rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "heads"),
    [
        (lambda x: L.MultiHeadAttention(4, 8, name="look")(x, x, use_causal_mask=True), 4),
        (lambda x: L.GroupQueryAttention(4, 6, 2, name="look")(x, x, use_causal_mask=True), 6),
        (lambda x: L.Attention(name="look")([x, x], use_causal_mask=True), 1),
        (lambda x: L.AdditiveAttention(name="look")([x, x], use_causal_mask=True), 1),
    ],
)
def test_attention_tells_where_it_looks(make, heads):
    tokens = keras.Input((7,), dtype="int32")
    words = L.Embedding(20, 8, name="words")(tokens)
    model = keras.Model(tokens, L.Dense(1)(L.GlobalAveragePooling1D()(make(words))))
    inside = Activations(model, np.arange(1, 22).reshape(3, 7) % 20)
    found = {o.key: o for o in inside.outputs([0, 2])}
    scores = found["look"].scores
    assert scores.shape == (2, heads, 7, 7) and found["words"].scores is None
    np.testing.assert_allclose(scores.sum(-1), 1, atol=1e-5)
    assert np.allclose(np.triu(scores[0, 0], 1), 0), "causal: nobody looks ahead"


def test_models_of_every_kind():
    class Block(L.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.inner = L.Dense(4, "relu", name="inner")

        def call(self, x):
            return jnp.sin(self.inner(x)) + self.inner(x * 2)

    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.block, self.recurrent, self.out = Block(name="block"), L.GRU(3, name="gru"), L.Dense(2, name="out")

        def call(self, inputs):
            return {"a": self.out(self.recurrent(self.block(inputs["x"])))}

    x = {"x": np.ones((5, 6, 4), "float32")}
    inside = Activations(Own(), x)
    assert [o.key for o in inside.outputs([0])] == ["block/inner", "block/inner:2", "gru", "out"]
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3, name="deep")], name="nested")
    start = keras.Input((4,))
    model = keras.Model(start, L.Add(name="sum")([inner(start), inner(start)]))
    assert [s.key for s in Activations(model, np.ones((2, 4))).statistics()] == ["nested/deep", "nested/deep:2", "sum"]


class Places(L.Layer):
    """Numbers for each place, the same for all samples: the embedding inside sees no samples."""

    def __init__(self, places, width, **options):
        super().__init__(**options)
        self.places, self.table = places, L.Embedding(places, width, name="table")

    def call(self, x):
        return x + self.table(jnp.arange(self.places))


@pytest.mark.parametrize("places", [7, 2, 32])  # 32 samples go through at once: that is no axis of samples
def test_an_output_without_an_axis_of_samples(places):
    model = keras.Sequential(
        [keras.Input((places, 4)), Places(places, 4, name="where"), L.Flatten(), L.Dense(1, name="out")]
    )
    x = np.random.default_rng(0).normal(size=(40, places, 4)).astype("float32")
    inside = Activations(model, x)
    table = np.asarray(model.layers[0].table.embeddings)
    found = {o.key: o.values for o in inside.outputs([0, 39])}
    np.testing.assert_allclose(found["where/table"], [table, table])
    by_key = {s.key: s for s in inside.statistics()}
    assert by_key["where/table"].shared and by_key["where/table"].shape == (places, 4)
    assert not by_key["out"].shared and by_key["out"].shape == (1,)
    assert by_key["where/table"].mean == pytest.approx(table.mean(), abs=1e-6)
    assert by_key["where/table"].high == table.max()
    assert f"{places} × 4, same for all" in model.inspect(x).text()


def test_an_output_with_places_among_the_samples():
    class EachPlace(L.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.inner = L.Dense(2, name="inner")

        def call(self, x):
            return self.inner(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:-1], 2)

    model = keras.Sequential([keras.Input((5, 3)), EachPlace(name="each")])
    x = np.random.default_rng(0).normal(size=(33, 5, 3)).astype("float32")
    inside = Activations(model, x)
    (output,) = inside.outputs([4, 9])
    np.testing.assert_allclose(output.values, model.predict(x[[4, 9]], verbose=0), atol=1e-6)
    (found,) = inside.statistics()
    assert found.shape == (5, 2) and found.mean == pytest.approx(model.predict(x, verbose=0).mean(), abs=1e-6)


def test_channels_first_units(images):
    model = keras.Sequential([keras.Input((1, 10, 10)), L.Conv2D(6, 3, data_format="channels_first")])
    found = Activations(model, images.transpose(0, 3, 1, 2)).statistics()
    assert found[0].units == 6


@pytest.mark.parametrize(
    ("model", "x", "words"),
    [
        (convolutional, np.zeros((0, 10, 10, 1)), "x holds no samples"),
        (convolutional, np.zeros((3, 8, 8, 1)), "does not fit model"),
        (convolutional, 3.0, "x holds no samples"),
        (lambda: L.Dense(3), np.zeros((3, 4)), "expected a model, got Dense"),
    ],
)
def test_bad_input(model, x, words):
    with pytest.raises(ValueError, match=words):
        Activations(model(), x)


def test_an_unbuilt_model_is_built_for_the_samples():
    model = keras.Sequential([L.Dense(3, name="later")])
    assert Activations(model, np.ones((2, 4), "float32")).outputs([0])[0].values.shape == (1, 3)
