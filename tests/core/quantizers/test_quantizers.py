"""Quantization: values as Keras gives them, roundtrips within half a step, gradients, configs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import quantizers

X = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]], "float32")

# axis -> values and scale that Keras gives for X
ABS_MAX = [
    (0, [[127, -127, 95], [63, 16, -127]], [[126.99998474, 63.5, 31.75]]),
    (-1, [[42, -85, 127], [16, 8, -127]], [[42.33333206], [31.75]]),
    (None, [[32, -64, 95], [16, 8, -127]], [[31.75]]),
    ((0, 1), [[32, -64, 95], [16, 8, -127]], [[31.75]]),
]


@pytest.mark.parametrize("to_numpy", [False, True])
@pytest.mark.parametrize(("axis", "values", "scale"), ABS_MAX)
def test_abs_max(axis, values, scale, to_numpy):
    got, factor = quantizers.abs_max_quantize(X, axis, to_numpy=to_numpy)
    assert got.dtype == "int8" and got.tolist() == values
    np.testing.assert_allclose(factor, scale, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_zeros_stay_zeros(dtype):
    values, scale = quantizers.abs_max_quantize(jnp.zeros((2, 2), dtype), axis=0)
    assert not np.any(values) and np.all(np.isfinite(scale)) and scale.dtype == dtype


# block size -> values, scale and zero point that Keras gives for this matrix
G = np.array([[1.0, -2.0], [3.0, 0.5], [0.25, -4.0], [0.7, 0.1]], "float32")
GROUPED = [
    (2, [[-1, -8], [7, 7], [0, -8], [7, 7]], [[0.13333334, 0.16666667], [0.03, 0.27333334]], [[-8, 4], [-8, 7]]),
    (3, [[-3, -2], [7, 7], [-7, -8], [7, 7]], [[0.18333334, 0.3], [0.04666667, 0.00666667]], [[-8, 5], [-8, -8]]),
    (8, [[-3, -2], [7, 7], [-7, -8], [-4, 5]], [[0.18333334, 0.3]], [[-8, 5]]),
]


@pytest.mark.parametrize("to_numpy", [False, True])
@pytest.mark.parametrize(("size", "values", "scale", "zero"), GROUPED)
def test_grouped(size, values, scale, zero, to_numpy):
    got = quantizers.abs_max_quantize_grouped_with_zero_point(G, size, to_numpy=to_numpy)
    assert got[0].tolist() == values and got[2].tolist() == zero
    np.testing.assert_allclose(got[1], scale, rtol=1e-5)


@given(st.integers(1, 7), st.integers(0, 1), st.sampled_from(["int8", "uint8"]), st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_int4_roundtrip(length, axis, dtype, seed):
    low, high = (-8, 8) if dtype == "int8" else (0, 16)
    shape = (length, 3) if axis == 0 else (3, length)
    given_values = np.random.default_rng(seed).integers(low, high, shape).astype(dtype)
    packed, packed_shape, original = quantizers.pack_int4(given_values, axis, dtype)
    assert packed.shape == packed_shape and packed.dtype == dtype and original == length
    assert packed_shape[axis] == (length + 1) // 2
    np.testing.assert_array_equal(quantizers.unpack_int4(packed, original, axis, dtype), given_values)


def test_int4_layout():
    assert quantizers.pack_int4(np.array([[1, -8], [3, -4], [-1, 2]], "int8"))[0].tolist() == [[49, -56], [15, 2]]


def test_float8():
    got = quantizers.quantize_and_dequantize(np.array([1.0, 1000.0, -500.0, 3.3]), 0.5, "float8_e4m3fn", "float32")
    assert got.tolist() == [1.0, 224.0, -224.0, 3.25]
    assert quantizers.compute_float8_amax_history(np.array([1.0, -7.0]), jnp.array([0.0, 1.0, 2.0])).tolist() == [
        7,
        2,
        0,
    ]
    scale = quantizers.compute_float8_scale
    assert float(scale(jnp.float32(7), jnp.float32(2), 448.0)) == 1 / 64
    assert float(scale(jnp.float32(7), jnp.float32(2), 448.0, margin=1)) == 1 / 32
    assert float(scale(jnp.float32(0), jnp.float32(2), 448.0)) == 2
    assert float(scale(jnp.float32("inf"), jnp.float32(2), 448.0)) == 2


Y = np.array([[-7.0, -0.1, 0.3], [2.4, 3.3, 100.0]], "float32")
FAKE = [
    ({}, -3, 5, [[-3.011765, -0.09411766, 0.3137255], [2.4156864, 3.294118, 4.9882355]]),
    ({"narrow_range": True}, -3, 5, [[-2.992126, -0.09448819, 0.31496063], [2.393701, 3.3070867, 5.007874]]),
    ({"num_bits": 4}, -3, 5, [[-3.2, 0, 0.53333336], [2.6666667, 3.2, 4.8]]),
    ({}, 1, 5, [[0, 0, 0.29803923], [2.4, 3.2941179, 4]]),
    ({}, -5, -1, [[-4, -0.09411766, 0], [0, 0, 0]]),
    ({}, 0, 0, [[0, 0, 0], [0, 0, 0]]),
    ({"axis": 1}, [-3, -1, 0], [3, 1, 6], [[-2.9882355, -0.1019608, 0.3058824], [2.4, 1.0039216, 6]]),
    ({"axis": 0}, [-3, -1], [3, 1], [[-2.9882355, -0.0941176, 0.3058824], [1.0039216, 1.0039216, 1.0039216]]),
]


@pytest.mark.parametrize(("options", "low", "high", "expected"), FAKE)
def test_fake_quant(options, low, high, expected):
    low, high = np.asarray(low, "float32"), np.asarray(high, "float32")
    got = quantizers.fake_quant_with_min_max_vars(Y, low, high, **options)
    np.testing.assert_allclose(got, expected, rtol=2e-6)
    # Compiled, a range whose middle lies between two levels may be moved to the other one: one step of difference.
    compiled = jax.jit(lambda x: quantizers.fake_quant_with_min_max_vars(x, low, high, **options))(Y)
    np.testing.assert_allclose(compiled, got, atol=1.01 * float(np.max(high - low)) / 2 ** options.get("num_bits", 8))


def test_fake_quant_gradient():
    def backward(low, high, gradient, **options):
        out = jax.vjp(lambda *a: quantizers.fake_quant_with_min_max_vars(*a, **options), Y, low, high)[1](gradient)
        return [np.asarray(g).tolist() for g in out]

    dx, dlow, dhigh = backward(np.float32(-3), np.float32(5), np.full_like(Y, 2))
    assert dx == [[0, 2, 2], [2, 2, 0]] and dlow == 2 and dhigh == 2
    g = np.arange(6, dtype="float32").reshape(2, 3)
    dx, dlow, dhigh = backward(np.array([-3.0, -1, 0], "float32"), np.array([3.0, 1, 6], "float32"), g, axis=1)
    assert dx == [[0, 1, 2], [3, 0, 0]] and dlow == [0, 0, 0] and dhigh == [0, 4, 5]


def test_fake_quant_in_a_model(tmp_path):
    x = keras.Input((3,))
    model = keras.Model(x, quantizers.fake_quant_with_min_max_vars(x, -3.0, 5.0, num_bits=4))
    assert model.output_shape == (None, 3)
    expected = quantizers.fake_quant_with_min_max_vars(Y, -3.0, 5.0, num_bits=4)
    np.testing.assert_allclose(model(Y), expected)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again(Y), expected)
    record = model.get_config()["layers"][-1]
    assert (record["module"], record["class_name"]) == ("keras.src.quantizers.quantizers", "FakeQuantWithMinMaxVars")
    assert record["config"]["num_bits"] == 4


def test_quantizer_objects():
    quantizer = quantizers.AbsMaxQuantizer(axis=0)
    assert quantizer(X)[0].tolist() == ABS_MAX[0][1] and quantizer(X, axis=-1)[0].tolist() == ABS_MAX[1][1]
    assert quantizers.AbsMaxQuantizer()(X)[0].tolist() == ABS_MAX[1][1]
    record = quantizers.serialize(quantizer)
    assert (record["module"], record["class_name"]) == ("keras.quantizers", "AbsMaxQuantizer")
    again = quantizers.deserialize(record)
    assert again.axis == (0,) and again.get_config() == quantizer.get_config()
    assert quantizers.get({"class_name": "AbsMaxQuantizer", "config": {"axis": 1}}).axis == (1,)
    assert quantizers.get("abs_max_quantizer", axis=2).axis == (2,)
    assert quantizers.get(None) is None and quantizers.get(quantizer) is quantizer
    assert keras.Quantizer is quantizers.Quantizer and keras.Quantizer()(X) is X


CONFIGS = [
    (quantizers.Int8QuantizationConfig, (), "int8"),
    (quantizers.Int4QuantizationConfig, (), "int4"),
    (quantizers.Float8QuantizationConfig, (), "float8"),
    (quantizers.GPTQConfig, (["text"], None), "gptq"),
    (quantizers.AWQConfig, (["text"], None), "awq"),
]


@pytest.mark.parametrize(("cls", "args", "mode"), CONFIGS)
def test_config_survives(cls, args, mode):
    config = cls(*args)
    record = keras.saving.serialize_keras_object(config)
    again = keras.saving.deserialize_keras_object(record)
    assert record["module"] == "keras.quantizers"
    assert type(again) is cls and again.mode == mode and again.get_config() == config.get_config()


def test_config_choices():
    int8 = quantizers.Int8QuantizationConfig
    assert isinstance(int8().activation_quantizer, quantizers.AbsMaxQuantizer) and int8().weight_quantizer is None
    assert int8(activation_quantizer=None).activation_quantizer is None
    assert quantizers.Int4QuantizationConfig().activation_quantizer is None
    assert int8.weight_quantizer_or_default(int8(), 1) == 1 and int8.activation_quantizer_or_default(None, 1) == 1
    assert int8.activation_quantizer_or_default(int8(activation_quantizer=None), 1) is None
    assert quantizers.GPTQConfig(None, None).dtype_policy_string() == "gptq/4/128"


narrow = quantizers.AbsMaxQuantizer(value_range=(-8, 7))
ERRORS = [
    (lambda: quantizers.AbsMaxQuantizer(value_range=(-1000, 1000)), "128, 127"),
    (lambda: quantizers.abs_max_quantize(X, 0, value_range=(1, 2, 3)), "value_range"),
    (lambda: quantizers.abs_max_quantize_grouped_with_zero_point(X[0], 2), "matrix"),
    (lambda: quantizers.abs_max_quantize_grouped_with_zero_point(X, 0), "block_size"),
    (lambda: quantizers.pack_int4(X.astype("int8"), dtype="int32"), "dtype"),
    (lambda: quantizers.unpack_int4(X.astype("int8"), 9), "orig_len"),
    (lambda: quantizers.quantize_and_dequantize(X, 1.0, "int8", "float32"), "float8_e4m3fn"),
    (lambda: quantizers.fake_quant_with_min_max_vars(X, 5.0, -5.0), "min_vals"),
    (lambda: quantizers.fake_quant_with_min_max_vars(X, -5.0, 5.0, num_bits=1), "num_bits"),
    (lambda: quantizers.fake_quant_with_min_max_vars(X, [-1.0, 0.0], [1.0, 1.0], axis=1), "3 slices"),
    (lambda: quantizers.get("absmax_quantizer"), "abs_max_quantizer"),
    (lambda: quantizers.Int8QuantizationConfig(3), "quantizer 3"),
    (lambda: quantizers.Int8QuantizationConfig(quantizers.AbsMaxQuantizer(output_dtype="float32")), "output_dtype"),
    (lambda: quantizers.Int4QuantizationConfig(narrow), "block_size"),
    (lambda: quantizers.Int4QuantizationConfig(quantizers.AbsMaxQuantizer(), block_size=None), "value_range"),
    (lambda: quantizers.Int4QuantizationConfig(block_size=0), "block_size"),
    (lambda: quantizers.GPTQConfig(None, None, weight_bits=5), "weight_bits"),
    (lambda: quantizers.GPTQConfig(None, None, hessian_damping=2), "hessian_damping"),
    (lambda: quantizers.AWQConfig(None, None, weight_bits=8), "weight_bits"),
    (lambda: quantizers.AWQConfig(None, None, group_size=-2), "group_size"),
]


@pytest.mark.parametrize(("make", "message"), ERRORS)
def test_errors_name_the_argument(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_dtype_to_pack():
    with pytest.raises(TypeError, match="int8"):
        quantizers.pack_int4(X)
