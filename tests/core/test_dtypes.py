"""Where dtypes meet, and what policies say; expected values as Keras 3.15 on JAX gives them."""

from __future__ import annotations

import pytest

import kerasnb as keras
from kerasnb.backend import result_type


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((), "float32"), ((int, float), "float32"), (("int32", int), "int32"), (("float16", float), "float16"),
        (("uint8", "int8"), "int16"), (("uint32", "int32"), "int32"), (("int64", float), "float32"),
        (("bool", bool), "bool"), (("bool", float), "float32"), (("float64", "int8"), "float32"),
        (("bfloat16", float), "bfloat16"), (("int32", "float16"), "float16"), (("complex64", "float32"), "complex64"),
        ((None, "int32"), "float32"), (("int64", "int64"), "int32"), (("uint32", "int8"), "int32"),
        ((None,), "float32"), ((int,), "int32"), ((bool,), "bool"), (("int8", int), "int8"),
        (("int64", "uint64"), "float32"), (("float16", "bfloat16"), "float32"), (("complex128", "int8"), "complex64"),
    ],
)  # fmt: skip
def test_result_type(dtypes, expected):
    assert result_type(*dtypes) == expected


@pytest.mark.parametrize("dtypes", [("x", "int8"), ("string", "int32"), ("float8_e4m3fn", "int32"), (1.0,)])
def test_what_has_no_common_type(dtypes):
    with pytest.raises(ValueError):
        result_type(*dtypes)


def test_the_default_float_type():
    keras.config.set_floatx("bfloat16")
    try:
        assert result_type(int, float) == "bfloat16" == result_type()
    finally:
        keras.config.set_floatx("float32")


POLICIES = {
    "int8_from_float32": ("int8", "float32", {"mode": "int8", "source_name": "float32"}),
    "int8_from_mixed_bfloat16": ("int8", "bfloat16", {"mode": "int8", "source_name": "mixed_bfloat16"}),
    "float8_from_float32": (
        "float8",
        "float32",
        {"mode": "float8", "source_name": "float32", "amax_history_length": 1024},
    ),
    "int4/64_from_float32": ("int4", "float32", {"mode": "int4/64", "source_name": "float32"}),
    "gptq/4/128_from_float32": ("gptq", "float32", {"mode": "gptq/4/128", "source_name": "float32"}),
    "awq/4/128_from_float32": ("awq", "float32", {"mode": "awq/4/128", "source_name": "float32"}),
    "mixed_float16": (None, "float16", {"name": "mixed_float16"}),
}


@pytest.mark.parametrize("name", POLICIES)
def test_policies(name):
    mode, compute, config = POLICIES[name]
    policy = keras.dtype_policies.get(name)
    assert (policy.name, policy.quantization_mode, policy.compute_dtype) == (name, mode, compute)
    assert policy.variable_dtype == "float32" and policy.get_config() == config
    again = keras.dtype_policies.deserialize(keras.dtype_policies.serialize(policy))
    assert again == policy and type(again) is type(policy)


def test_numbers_in_a_mode():
    policy = keras.dtype_policies.Int4DTypePolicy("int4/-1", "float32")
    assert policy.block_size == -1
    policy = keras.dtype_policies.GPTQDTypePolicy("gptq/4/128", "float32")
    assert (policy.weight_bits, policy.group_size) == (4, 128)


@pytest.mark.parametrize(
    "name",
    ["int8", "int8_from_foo", "int9_from_float32", "gptq/4_from_float32", "int4/x_from_float32", "int8_from_float16"],
)
def test_wrong_policies(name):
    with pytest.raises(ValueError):
        keras.dtype_policies.get(name)


def test_layers_refuse_what_they_cannot_compute():
    with pytest.raises(ValueError, match="int8_from_float32"):
        keras.layers.Dense(2, dtype="int8_from_float32")


def test_old_names_of_mixed_precision():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        assert keras.mixed_precision.global_policy().name == "mixed_bfloat16" == keras.config.dtype_policy().name
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert keras.mixed_precision.Policy is keras.DTypePolicy


def test_policies_by_path():
    policies = keras.dtype_policies.DTypePolicyMap("bfloat16", {"layer.*": "float16", ".*dense": "mixed_float16"})
    names = {path: policies[path].name for path in ("layer1", "x/dense", "q")}
    assert names == {"layer1": "float16", "x/dense": "mixed_float16", "q": "bfloat16"}
    with pytest.raises(ValueError, match="several keys"):
        policies["layer1/dense"]
    policies["q"] = "float32"
    assert policies["q"].name == "float32" and len(policies) == 3 and "q" in policies and list(policies)[-1] == "q"
    with pytest.raises(ValueError, match="already"):
        policies["q"] = "float16"
    del policies["q"]
    again = keras.dtype_policies.DTypePolicyMap.from_config(policies.get_config())
    assert again.default_policy.name == "bfloat16" and again["layer9"].name == "float16"
    assert keras.dtype_policies.DTypePolicyMap()["x"] == keras.config.dtype_policy()
    with pytest.raises(TypeError, match="policy_map"):
        keras.dtype_policies.DTypePolicyMap(policy_map=5)
    with pytest.raises(ValueError, match="policy"):
        keras.dtype_policies.DTypePolicyMap(5)


def test_a_layer_takes_its_own_policy_out_of_a_map():
    policies = keras.dtype_policies.DTypePolicyMap("float32", {"small": "bfloat16"})
    small, other = (keras.layers.Dense(2, name=name, dtype=policies) for name in ("small", "other"))
    assert (small.compute_dtype, other.compute_dtype) == ("bfloat16", "float32")


def test_a_record_without_a_module():
    assert keras.dtype_policies.get({"class_name": "DTypePolicy", "config": {"name": "float16"}}).name == "float16"
