"""Words into numbers: values as Keras's own Tokenizer gives them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.preprocessing.text import FILTERS
from kerasnb.preprocessing.text import Tokenizer, hashing_trick, one_hot, text_to_word_sequence, tokenizer_from_json

TEXTS = ["The cat sat on the mat.", "The dog, the cat!"]


@pytest.fixture
def tokenizer():
    made = Tokenizer(num_words=5, oov_token="<oov>")
    made.fit_on_texts(TEXTS)
    return made


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("Hello, World! a\tb",), ["hello", "world", "a", "b"]),
        (("Hello-x World", "-", False), ["Hello", "x", "World"]),
        (("a,b,,c", "", True, ","), ["a", "b", "c"]),
        (("",), []),
    ],
)
def test_words(arguments, expected):
    assert text_to_word_sequence(*arguments) == expected


@given(st.lists(st.text(st.characters(exclude_characters=FILTERS + " ", exclude_categories=("Lu", "Lt")), min_size=1)))
def test_words_survive_every_separator(words):
    words = [w for w in words if w.lower() == w]
    assert text_to_word_sequence("; ".join(words)) == words


def test_counts(tokenizer):
    assert tokenizer.word_index == {"<oov>": 1, "the": 2, "cat": 3, "sat": 4, "on": 5, "mat": 6, "dog": 7}
    assert list(tokenizer.word_counts.items()) == [
        ("the", 4),
        ("cat", 2),
        ("sat", 1),
        ("on", 1),
        ("mat", 1),
        ("dog", 1),
    ]
    assert tokenizer.word_docs == {"sat": 1, "cat": 2, "mat": 1, "on": 1, "the": 2, "dog": 1}
    assert tokenizer.index_docs == {4: 1, 3: 2, 6: 1, 5: 1, 2: 2, 7: 1} and tokenizer.document_count == 2


def test_there_and_back(tokenizer):
    assert tokenizer.texts_to_sequences(["the cat flew on mat"]) == [[2, 3, 1, 1, 1]]
    assert tokenizer.sequences_to_texts([[1, 2, 3, 9]]) == ["<oov> the cat <oov>"]
    plain = Tokenizer()
    plain.fit_on_texts(TEXTS)
    assert plain.texts_to_sequences(["the cat flew"]) == [[1, 2]]
    assert plain.sequences_to_texts([[1, 99, 2]]) == ["the cat"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("binary", [[0, 0, 1, 1, 0], [0, 1, 0, 0, 0]]),
        ("count", [[0, 0, 2, 1, 0], [0, 1, 0, 0, 0]]),
        ("freq", [[0, 0, 2 / 3, 1 / 3, 0], [0, 1, 0, 0, 0]]),
        ("tfidf", [[0, 0, 0.8649, 0.5108, 0], [0, 1.0986, 0, 0, 0]]),
    ],
)
def test_matrices(tokenizer, mode, expected):
    np.testing.assert_allclose(tokenizer.texts_to_matrix(["the cat the", "mat"], mode), expected, atol=1e-4)


def test_characters_analyzers_and_lists():
    letters = Tokenizer(char_level=True)
    letters.fit_on_texts(["abCa"])
    assert letters.word_index == {"a": 1, "b": 2, "c": 3} and letters.texts_to_sequences(["ab"]) == [[1, 2]]
    own = Tokenizer(analyzer=lambda text: text.split("-"))
    own.fit_on_texts(["a-b a"])
    assert own.word_index == {"a": 1, "b a": 2}
    lists = Tokenizer()
    lists.fit_on_texts([["A", "b"], ["b"]])
    assert lists.word_index == {"b": 1, "a": 2}
    lists.fit_on_sequences([[1, 2]])
    assert lists.index_docs == {2: 2, 1: 3} and lists.document_count == 3


def test_json(tokenizer):
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.get_config() == tokenizer.get_config() and again.texts_to_sequences(TEXTS) == [
        [2, 3, 4, 1, 2, 1],
        [2, 1, 2, 3],
    ]


def test_hashing_is_the_same_everywhere():
    assert hashing_trick("the cat the", 10, "md5") == [6, 3, 6] == one_hot("the cat the", 10)
    assert hashing_trick("the cat the", 10, len) == [4, 4, 4]
    code = "from kerasnb.preprocessing.text import one_hot; print(one_hot('the cat the', 10))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[6, 3, 6]"


def test_bad_input(tokenizer):
    for call, error, words in [
        (lambda: tokenizer.fit_on_texts("one text"), TypeError, r"pass \[text\]"),
        (lambda: tokenizer.texts_to_matrix(["a"], "tf-idf"), ValueError, "Did you mean 'tfidf'"),
        (lambda: Tokenizer().sequences_to_matrix([[1]]), ValueError, "num_words"),
        (lambda: Tokenizer(num_words=3).texts_to_matrix(["a"], "tfidf"), ValueError, "fit_on_texts"),
        (lambda: Tokenizer(foo=1), TypeError, "foo"),
        (lambda: text_to_word_sequence(5), TypeError, "string"),
        (lambda: hashing_trick("a", 1), ValueError, "n must be"),
        (lambda: hashing_trick("a", 5, "sha1"), ValueError, "md5"),
    ]:
        with pytest.raises(error, match=words):
            call()
    with pytest.warns(UserWarning, match="num_words"):
        assert Tokenizer(nb_words=3).num_words == 3
