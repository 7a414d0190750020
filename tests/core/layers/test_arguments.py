"""Any arguments: a layer works, or says in its own words which argument is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import layers

few = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
sizes = st.one_of(st.integers(-1, 4), st.sampled_from([None, 2.5, "3", True, (2, 3), (1, 2, 3), [2, 2]]))
names = st.sampled_from(["valid", "same", "SAME", "causal", "full", None, 3])
layouts = st.sampled_from([None, "channels_last", "channels_first", "NHWC", 1])
rates = st.one_of(st.floats(-1, 2), st.sampled_from([0, 1, None, "half", True]))
counts = st.one_of(st.integers(-1, 4), st.sampled_from([None, 1.5, "2", True]))
axes = st.one_of(st.integers(-5, 5), st.sampled_from([None, (1, 2), [1, 1], "last", 0.5]))

image = {"kernel_size": sizes, "strides": sizes, "padding": names, "data_format": layouts, "dilation_rate": sizes}
pool = {"pool_size": sizes, "strides": sizes, "padding": names, "data_format": layouts}
FAMILIES = {
    "Dense": {"units": counts},
    "Conv1D": {"filters": counts, **image, "groups": counts},
    "Conv2D": {"filters": counts, **image, "groups": counts},
    "Conv2DTranspose": {"filters": counts, **image},
    "DepthwiseConv2D": {**image, "depth_multiplier": counts},
    "SeparableConv2D": {"filters": counts, **image},
    "MaxPooling2D": pool,
    "AveragePooling1D": pool,
    "ZeroPadding2D": {"padding": sizes},
    "UpSampling2D": {"size": sizes},
    "LSTM": {"units": counts, "dropout": rates, "unroll": st.booleans(), "return_sequences": st.booleans()},
    "GRU": {"units": counts, "recurrent_dropout": rates, "reset_after": st.booleans()},
    "ConvLSTM1D": {"filters": counts, **image},
    "MultiHeadAttention": {"num_heads": counts, "key_dim": counts, "attention_axes": axes, "sliding_window": counts},
    "GroupQueryAttention": {"head_dim": counts, "num_query_heads": counts, "num_key_value_heads": counts},
    "BatchNormalization": {"axis": axes},
    "LayerNormalization": {"axis": axes},
    "GroupNormalization": {"groups": counts, "axis": axes},
    "Dropout": {"rate": rates, "noise_shape": axes},
    "Softmax": {"axis": axes},
    "RepeatVector": {"n": counts},
    "Reshape": {"target_shape": st.lists(st.integers(-2, 6), max_size=3)},
    "Permute": {"dims": st.lists(st.integers(0, 4), max_size=4)},
}


@pytest.mark.parametrize("name", FAMILIES)
@few
@given(data=st.data())
def test_right_or_refused_in_the_layers_words(name, data):
    """On symbols, so that nothing is compiled: shapes are inferred as in a model."""
    arguments = {k: data.draw(s, label=k) for k, s in FAMILIES[name].items()}
    shape = data.draw(st.lists(st.integers(1, 6), min_size=0, max_size=4), label="shape")
    x = keras.Input(tuple(shape))
    try:
        layer = getattr(layers, name)(**arguments)
        y = layer(x, x) if "Attention" in name else layer(x)
    except (ValueError, TypeError) as error:
        text = " ".join([str(error), *getattr(error, "__notes__", [])])
        family = getattr(layers, name).__name__.rstrip("123D").removesuffix("Transpose")
        known = family.lower() in text.lower().replace("_", "") or any(k in text for k in arguments)
        assert known, f"{arguments} on {shape}: {text}"
        return
    symbol = y[0] if isinstance(y, (list, tuple)) else y
    assert all(n is None or n >= 0 for n in symbol.shape)
    if None not in symbol.shape[1:] and np.prod(shape or [1]) <= 64:
        real = np.ones((2, *shape), "float32")
        found = layer(real, real) if "Attention" in name else layer(real)
        assert tuple(np.shape(found))[1:] == symbol.shape[1:]
