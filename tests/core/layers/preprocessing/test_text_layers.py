"""Words, texts and tables: lookups, TextVectorization, FeatureSpace, and models that begin with them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import layers
from kerasnb.core import text
from kerasnb.core.data.dataset import Dataset
from kerasnb.core.layers.preprocessing.text_vectorization import ngrams_of

TEXTS = np.array(["The cat sat.", "A dog! a DOG? sat", "the bird, the cat"])
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


# --- strings as code points ---------------------------------------------------------------------------


@given(st.lists(words, min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_encoded_text_comes_back(strings):
    array = np.array(strings)
    assert text.decode(text.encode(array)).tolist() == array.tolist()


def test_bytes_are_read_as_utf8():
    assert text.as_text(np.array(["é".encode()])).tolist() == ["é"]
    assert text.as_text(["é".encode(), 3]).tolist() == ["é", "3"]


# --- lookups ------------------------------------------------------------------------------------------


@given(st.lists(words.filter(lambda w: w not in ("", "[UNK]")), min_size=1, max_size=8, unique=True))
@settings(max_examples=30, deadline=None)
def test_lookup_and_back(vocabulary):
    there, back = (layers.StringLookup(vocabulary=vocabulary, invert=i) for i in (False, True))
    array = np.array(vocabulary, dtype=object)
    places = np.asarray(there(array))
    assert places.tolist() == list(range(1, len(vocabulary) + 1))
    assert back(places).tolist() == text.as_text(array).tolist()


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_adapted_numbers_all_have_a_place(numbers):
    layer = layers.IntegerLookup()
    layer.adapt(np.array(numbers))
    known = [n for n in numbers if n != -1]
    assert 0 not in np.asarray(layer(np.array(known, np.int64))).tolist()
    assert layer.vocabulary_size() == 1 + len(set(known))


def test_adapt_orders_by_count_then_backwards():
    layer = layers.StringLookup(max_tokens=4)
    layer.adapt(Dataset.from_tensor_slices(np.array(list("bacabadd"))).batch(3))
    assert layer.get_vocabulary() == ["[UNK]", "a", "d", "b"]
    assert layer.get_vocabulary(include_special_tokens=False) == ["a", "d", "b"]


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count", "tf_idf"])
def test_compiled_programs_look_up_alike(mode):
    layer = layers.StringLookup(output_mode=mode, num_oov_indices=2)
    layer.adapt(np.array([["a", "b"], ["a", "c"]]))
    data = np.array([["a", "zz"], ["c", "q"]])
    symbol = keras.Input((2,), dtype="string")
    model = keras.Model(symbol, layers.Rescaling(1.0)(layer(symbol)))
    codes = text.encode(data)
    import jax

    compiled = jax.jit(lambda x: model(x))(codes)
    np.testing.assert_allclose(compiled, np.asarray(layer(data), "float32"), rtol=1e-6)
    assert layer(symbol).shape == (None, *np.shape(layer(data))[1:])


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.StringLookup(max_tokens=1),
        lambda: layers.StringLookup(num_oov_indices=-1),
        lambda: layers.StringLookup(output_mode="tfidf"),
        lambda: layers.StringLookup(invert=True, output_mode="count"),
        lambda: layers.StringLookup(pad_to_max_tokens=True),
        lambda: layers.StringLookup(vocabulary=["a", "a"]),
        lambda: layers.StringLookup(vocabulary=["a", "[UNK]"]),
        lambda: layers.StringLookup(vocabulary=[]),
        lambda: layers.StringLookup(vocabulary="no/such/file.txt"),
        lambda: layers.StringLookup(vocabulary=["a", "b"], max_tokens=2),
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"),
        lambda: layers.StringLookup()(np.array(["a"])),
        lambda: layers.StringLookup(vocabulary=["a"]).adapt(np.array(["a"])),
        lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(np.array(["b"])),
        lambda: layers.IntegerLookup(vocabulary_dtype="float32"),
        lambda: layers.TextVectorization(standardize="lowr"),
        lambda: layers.TextVectorization(ngrams=0),
        lambda: layers.TextVectorization(output_sequence_length=0),
        lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3),
        lambda: layers.TextVectorization(ragged=True),
        lambda: layers.TextVectorization()(TEXTS),
        lambda: layers.TextVectorization(vocabulary=["a"])(np.array([["a", "b"]])),
    ],
)
def test_mistakes(make):
    with pytest.raises(ValueError, match=r"Lookup|Vectorization|vocabulary"):
        make()


# --- TextVectorization --------------------------------------------------------------------------------


@given(st.lists(words, min_size=1, max_size=5), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_rows_have_the_length_asked_for(texts, length):
    layer = layers.TextVectorization(output_sequence_length=length, vocabulary=["a", "b"])
    ids = np.asarray(layer(np.array(texts)))
    assert ids.shape == (len(texts), length)
    for row, string in zip(ids, texts, strict=True):
        assert (row > 0).sum() == min(length, len(layer._tokens(np.array([string]))[0]))


def test_ngrams():
    assert ngrams_of("abc", (1, 3)) == ["a", "b", "c", "a b c"]
    assert ngrams_of("a", (2,)) == []


def test_functions_of_ones_own():
    layer = layers.TextVectorization(
        standardize=lambda x: np.char.upper(x), split=lambda x: [t.split("A") for t in x], vocabulary=["C", "T", "D"]
    )
    assert np.asarray(layer(np.array(["cat", "d"]))).tolist() == [[2, 3], [4, 0]]


def test_vocabulary_files(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("cat\nsat\n", encoding="utf-8")
    layer = layers.TextVectorization(vocabulary=str(path), output_sequence_length=2)
    assert layer.get_vocabulary() == ["", "[UNK]", "cat", "sat"]


@pytest.mark.parametrize("mode", ["int", "multi_hot", "count", "tf_idf"])
def test_models_that_begin_with_text(mode, tmp_path):
    """Training, prediction, archives: in compiled programs as by hand."""
    length = {"output_sequence_length": 4} if mode == "int" else {}
    layer = layers.TextVectorization(output_mode=mode, **length)
    layer.adapt(TEXTS)
    model = keras.Sequential([layer, layers.Rescaling(0.1), layers.Dense(1)])
    y = np.ones((3, 1), "float32")
    model.compile("sgd", "mse")
    history = model.fit(TEXTS, y, epochs=2, verbose=0).history["loss"]
    assert history[1] < history[0]
    by_hand = model.layers[-1](np.asarray(layer(TEXTS), "float32") * 0.1)
    np.testing.assert_allclose(model.predict(TEXTS, verbose=0), by_hand, rtol=1e-5, atol=1e-6)
    assert model.evaluate(TEXTS, y, verbose=0) == pytest.approx(float(((by_hand - 1) ** 2).mean()), rel=1e-4)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded.predict(TEXTS, verbose=0), by_hand, rtol=1e-5, atol=1e-6)


def test_programs_are_not_shared_between_vocabularies():
    outputs = []
    for vocabulary in (["cat"], ["dog"]):
        symbol = keras.Input((1,), dtype="string")
        ids = layers.TextVectorization(vocabulary=vocabulary, output_sequence_length=2)(symbol)
        model = keras.Model(symbol, layers.Dense(1, kernel_initializer="ones")(layers.Rescaling(1.0)(ids)))
        model.compile("sgd", "mse")
        outputs.append(model.evaluate(np.array(["dog"]), np.zeros((1, 1)), verbose=0))
    assert outputs == [1.0, 4.0]


def test_unknown_length_is_explained():
    model = keras.Sequential([layers.TextVectorization(vocabulary=["a"]), layers.Embedding(3, 2), layers.Flatten()])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="output_sequence_length"):
        model.fit(TEXTS, np.ones((3, 4)), verbose=0)


# --- FeatureSpace -------------------------------------------------------------------------------------

TABLE = {
    "c": np.array([1.0, 2.0, 3.0, 4.0]), "a": np.array(list("xyxz")), "b": np.array([5, 6, 5, 7]),
    "d": np.array([0.1, 0.5, 0.9, 0.3]),
}  # fmt: skip


def space(output_mode="concat"):
    cls = keras.utils.FeatureSpace
    return cls(
        {
            "c": "float_normalized",
            "a": "string_categorical",
            "b": cls.integer_categorical(),
            "d": cls.float_discretized(3),
        },
        crosses=[("a", "b")],
        crossing_dim=4,
        output_mode=output_mode,
    )


def test_feature_space_as_in_keras():
    s = space()
    with pytest.raises(ValueError, match="adapt"):
        s(TABLE)
    s.adapt(TABLE)
    expected = [0, 1, 0, 0, 0, 1, 0, 0, -0.4472, 0, 0, 1, 0, 1, 0, 0]
    np.testing.assert_allclose(s({"c": 2.0, "a": "x", "b": 5, "d": 0.5}), expected, atol=1e-4)
    assert s({k: v[:2] for k, v in TABLE.items()}).shape == (2, 16)


def test_feature_space_as_a_dict_from_a_data_set():
    s = space("dict")
    s.adapt(Dataset.from_tensor_slices(TABLE).batch(2))
    assert {k: v.shape for k, v in s(TABLE).items()} == {
        "a": (4, 4),
        "b": (4, 4),
        "c": (4, 1),
        "d": (4, 3),
        "a_X_b": (4, 4),
    }


def test_feature_space_in_a_model_and_in_archives(tmp_path):
    s = space()
    s.adapt(TABLE)
    model = keras.Model(s.get_inputs(), layers.Dense(1)(s.get_encoded_features()))
    model.compile("sgd", "mse")
    model.fit(TABLE, np.ones((4, 1)), verbose=0)
    np.testing.assert_allclose(model.predict(TABLE, verbose=0), model.layers[-1](s(TABLE)), rtol=1e-4, atol=1e-6)
    s.save(str(tmp_path / "space.keras"))
    loaded = keras.saving.load_model(tmp_path / "space.keras")
    np.testing.assert_allclose(loaded(TABLE), s(TABLE), atol=1e-6)
    assert json.dumps(loaded.get_config()["crosses"]) == json.dumps(s.get_config()["crosses"])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda c: c({}), "features"),
        (lambda c: c({"a": "string_categoric"}), "string_categorical"),
        (lambda c: c({"a": "string_hashed"}, crosses=[("a", "q")]), "'q'"),
        (lambda c: c({"a": c.string_hashed(3, output_mode="int")})({"a": ["x"]}), "output_mode"),
    ],
)
def test_feature_space_mistakes(make, says):
    with pytest.raises(ValueError, match=says):
        make(keras.utils.FeatureSpace)
