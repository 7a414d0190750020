"""What compile and fit were given for several outputs, brought into the order of the outputs."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.core.training.packing import pack, unpack
from kerasnb.core.training.structure import leaves, output_keys, spread, targets_for

ONE, TWO = np.zeros(2), np.ones(2)
NAMES = ["left", "right"]


@pytest.mark.parametrize(
    ("outputs", "names", "keys"),
    [
        (ONE, None, ["output_0"]), (ONE, ["head"], ["head"]), ([ONE, TWO], NAMES, NAMES),
        ([ONE, TWO], None, ["output_0", "output_1"]), ([ONE, TWO], ["head"], ["output_0", "output_1"]),
        ([ONE, TWO], ["head", "head"], ["head", "head_1"]), ({"b": ONE, "a": TWO}, NAMES, ["a", "b"]),
        ({"b": [ONE, TWO], "a": TWO}, None, ["output_0", "output_1", "output_2"]),
    ],
    ids=str,
)  # fmt: skip
def test_names_of_outputs(outputs, names, keys):
    assert output_keys(outputs, names) == keys


@pytest.mark.parametrize(
    ("value", "outputs", "names", "found"),
    [
        (None, [ONE, TWO], None, [None, None]), ("mse", ONE, None, ["mse"]), (["mse"], ONE, None, ["mse"]),
        (["mse", "mae"], [ONE, TWO], None, ["mse", "mae"]), (("mse", "mae"), [ONE, TWO], NAMES, ["mse", "mae"]),
        ({"right": "mae"}, [ONE, TWO], NAMES, [None, "mae"]), ({"output_0": 1}, [ONE, TWO], None, [1, None]),
        ({"a": 1, "right": 2}, {"b": ONE, "a": TWO}, NAMES, [1, 2]), (["mse", "mae"], ONE, None, [["mse", "mae"]]),
        ({"a": 1}, {"b": ONE, "a": TWO}, ["only one"], [1, None]),
    ],
    ids=str,
)  # fmt: skip
def test_spread(value, outputs, names, found):
    assert spread(value, outputs, names, "loss") == found


@pytest.mark.parametrize(
    ("value", "outputs", "says"),
    [
        ({"rigth": 1}, [ONE, TWO], r"loss names the output\(s\) \['rigth'\].*Did you mean 'right'"),
        (["a", "b", "c"], [ONE, TWO], "loss has 3 entries for 2 outputs"),
        (["a"], [ONE, TWO], "loss has 1 entries for 2 outputs"), ("mse", [ONE, TWO], "loss must be a list or dict"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_spread(value, outputs, says):
    with pytest.raises(ValueError, match=says):
        spread(value, outputs, NAMES, "loss")


@pytest.mark.parametrize(
    ("y", "outputs", "names", "found"),
    [
        (ONE, ONE, None, [ONE]), ([ONE], ONE, None, [ONE]), ((ONE,), ONE, None, [ONE]), (None, ONE, None, [None]),
        ([ONE, TWO], [ONE, TWO], None, [ONE, TWO]), ((ONE, TWO), [ONE, TWO], None, [ONE, TWO]),
        ([(ONE, TWO)], [ONE, TWO], None, [ONE, TWO]), ({"right": ONE, "left": TWO}, [ONE, TWO], NAMES, [TWO, ONE]),
        ({"right": ONE}, [ONE, TWO], NAMES, [None, ONE]),
        ({"a": ONE, "b": TWO}, {"a": ONE, "b": TWO}, NAMES, [ONE, TWO]),
        ({"output_1": ONE}, [ONE, TWO], None, [None, ONE]),
        ({"b": ONE, "a": TWO}, {"b": ONE, "a": TWO}, None, [TWO, ONE]),
    ],
    ids=str,
)  # fmt: skip
def test_targets_in_order(y, outputs, names, found):
    given = targets_for(y, outputs, names)
    assert len(given) == len(found) and all(a is b for a, b in zip(given, found, strict=True))


def test_too_few_targets():
    with pytest.raises(ValueError, match=r"y has 1 part\(s\), but the model has 2 outputs \['left', 'right'\]"):
        targets_for(ONE, [ONE, TWO], NAMES)
    with pytest.raises(ValueError, match=r"y_val has 3 part\(s\)"):
        targets_for([ONE, ONE, TWO], [ONE, TWO], None, "y_val")
    several = targets_for([ONE, TWO], ONE, None)
    assert isinstance(several[0], list) and leaves({"b": 1, "a": [2, 3]}) == [2, 3, 1]


def test_packing():
    assert pack(1) == 1 and pack([1, 2]) == ([1, 2],) and pack((1,)) == ((1,),) and pack(1, 2) == (1, 2)
    assert pack(1, 2, 3) == (1, 2, 3) and pack([1], [2]) == ([1], [2])
    assert unpack(1) == (1, None, None) and unpack((1,)) == (1, None, None) and unpack([1, 2]) == (1, 2, None)
    assert unpack((1, 2, 3)) == (1, 2, 3) and unpack({"a": 1}) == ({"a": 1}, None, None)
