"""FarmHash and SipHash against published values and those that TensorFlow gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnb.core.layers.preprocessing.hashes import concatenated_fingerprint, farm_fingerprint64, sip_hash64
from kerasnb.core.layers.preprocessing.hashing import HashedCrossing, Hashing

# One text for each branch of the function, by its length; values of FarmHash's own library.
PUBLISHED = {
    "": 11160318154034397263,
    "a": 12917804110809363939,
    "hello": 13009744463427800296,
    "0123456789": 12467408821976941803,
    "the quick brown fox jumps": 15224020086425394706,
    "x" * 40: 17003596230054984852,
    "y" * 64: 4471793200125962424,
    "z" * 65: 8299915583762718517,
    "w" * 200: 5137922210105849728,
}


@pytest.mark.parametrize("text", PUBLISHED)
def test_farm_fingerprint(text):
    assert farm_fingerprint64(text.encode()) == PUBLISHED[text]


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_hashes_are_64_bit_numbers(data):
    assert 0 <= farm_fingerprint64(data) < 2**64
    assert 0 <= sip_hash64(data, (5, 9)) < 2**64
    assert farm_fingerprint64(data) != farm_fingerprint64(data + b"x")


def test_sip_hash_of_its_paper():
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert sip_hash64(b"", key) == 0x726FDB47DD0E0E31
    assert sip_hash64(bytes(range(15)), key) == 0xA129CA6149BE45E5


def test_bins_as_in_keras():
    assert Hashing(5, mask_value="")(["a", "b", "", "c"]).tolist() == [4, 3, 0, 1]
    assert Hashing(5, mask_value=2)([1, 2, 3]).tolist() == [2, 0, 2]
    assert Hashing(5, salt=7)(["a", "b", "c", "hello"]).tolist() == [1, 3, 3, 3]
    assert Hashing(5, salt=[1, 2])([1, 2, 3, 100000]).tolist() == [4, 3, 0, 3]
    assert Hashing(5)(np.array([-1, -20, 2**40])).tolist() == [0, 0, 3]
    assert Hashing(3, output_mode="count")([["a", "b"], ["b", "c"]]).tolist() == [[1, 1, 0], [0, 2, 0]]


def test_crosses_as_in_keras():
    cross = HashedCrossing(5)
    assert cross((np.array(list("ABABA")), np.array([101, 101, 101, 102, 102]))).tolist() == [1, 4, 1, 1, 3]
    assert cross((np.array([1, 2]), np.array([3, 4]))).tolist() == [1, 2]
    assert concatenated_fingerprint(1, 2) != concatenated_fingerprint(2, 1)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_equal_words_share_a_bin(words, bins):
    layer = Hashing(bins)
    found = layer(np.array([*words, *words], dtype=object)).tolist()
    assert found[: len(words)] == found[len(words) :]
    assert all(0 <= b < bins for b in found)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Hashing(0),
        lambda: Hashing(3, salt="x"),
        lambda: Hashing(3, output_mode="tf_idf"),
        lambda: Hashing(3, sparse=True),
        lambda: HashedCrossing(3, output_mode="count"),
        lambda: HashedCrossing(3)(np.array(["a"])),
        lambda: HashedCrossing(3)((np.array(["a"]), np.array(["a", "b"]))),
        lambda: HashedCrossing(3)((np.array([0.5]), np.array([1]))),
    ],
)
def test_mistakes(make):
    with pytest.raises(ValueError, match="Hash"):
        make()
