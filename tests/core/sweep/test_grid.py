"""Which variants a sweep trains, and what it says of arguments that make no sense."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb.core.sweep.grid import check_build, label, variants_of


def test_every_combination_the_last_name_fastest():
    names, found = variants_of({"units": (4, 8), "rate": np.array([0.1, 0.2]), "act": "relu"})
    assert names == ["units", "rate"]
    assert [(v["units"], v["rate"]) for v in found] == [(4, 0.1), (4, 0.2), (8, 0.1), (8, 0.2)]
    assert all(v["act"] == "relu" for v in found) and type(found[0]["rate"]) is float


def test_nothing_varies():
    assert variants_of({"units": 4}) == ([], [{"units": 4}])


def test_variants_as_they_are():
    names, found = variants_of({"depth": 2}, [{"units": 4}, {"units": 8, "rate": 0.1}])
    assert names == ["units", "rate"] and found[1] == {"depth": 2, "units": 8, "rate": 0.1}


def test_a_sample_of_very_many():
    axes = {f"a{i}": list(range(10)) for i in range(12)}
    _, found = variants_of(axes, sample=30, draw=np.random.default_rng(3))
    assert len(found) == 30 and len({tuple(v.values()) for v in found}) == 30
    _, again = variants_of(axes, sample=30, draw=np.random.default_rng(3))
    assert found == again
    assert len(variants_of({"a": [1, 2, 3]}, sample=10)[1]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (({"units": []},), r"units=\[\] has no values"),
        (({f"a{i}": range(10) for i in range(5)},), r"100,000 variants.*sample=50"),
        (({"a": [1, 2]}, [{"a": 1}]), "not both"),
        (({}, {"a": 1}), "must be a list of dicts"),
        (({}, []), "empty"),
        (({}, [{"a": 1}, 3]), r"variants\[1\] must be a dict"),
        (({"a": [1, 2]}, None, 0), "sample must be an integer of at least 1"),
        (({"a": [1, 2]}, None, True), "sample must be an integer of at least 1"),
    ],
)
def test_choices_that_make_no_sense(arguments, said):
    with pytest.raises(ValueError, match=said):
        variants_of(*arguments)


def test_what_build_takes_is_known_beforehand():
    def build(units, rate=0.1):
        raise AssertionError("never called")

    check_build(build, ["units"])
    check_build(lambda **any_of_them: None, ["units", "more"])
    with pytest.raises(
        ValueError, match=r"'unit' is neither an argument of sweep nor of build\(\).*Did you mean 'units'"
    ):
        check_build(build, ["unit"])
    with pytest.raises(ValueError, match=r"build\(\) needs units"):
        check_build(build, ["rate"])
    with pytest.raises(ValueError, match="build must be a function"):
        check_build("model", [])


def test_values_in_few_characters():
    assert [label(v) for v in (0.00012345678, True, None, 7, "adam", np.tanh)] == [
        "0.0001235", "True", "None", "7", "adam", "tanh",
    ]  # fmt: skip
    assert len(label(list(range(100)))) == 40
