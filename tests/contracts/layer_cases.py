"""The layers that sign the contract: one line each. ``test_layers.py`` plays every line.

A line is a name, how the layer is made, its input, and what is special about it. New layers append
their lines to the list of their family, or a list of their own to ``LAYER_CASES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import jax
import numpy as np
from flax import linen


@dataclass(frozen=True)
class Case:
    """One layer under test.

    Args:
        name: shown by pytest.
        make: from the module ``layers`` to a new layer.
        inputs: an array, or a list of them.
        call: further arguments of the call.
        random: whether its output in training is random.
        low_precision: whether it runs under 16-bit policies.
        gradients: whether its output can be differentiated.
        unused: names of weights that this call does not use.
        tolerance: of float32 comparisons between eager and compiled.
    """

    name: str
    make: Callable[[ModuleType], Any]
    inputs: Any
    call: dict[str, Any] = field(default_factory=dict)
    random: bool = False
    low_precision: bool = True
    gradients: bool = True
    unused: tuple[str, ...] = ()
    tolerance: float = 1e-5


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers."""
    return np.random.RandomState(seed).standard_normal(shape).astype("float32")


def ints(high: int, *shape: int, seed: int = 0) -> np.ndarray:
    """Integers from 0 to ``high - 1``."""
    return np.random.RandomState(seed).randint(0, high, shape).astype("int32")


def _double(x):
    return x * 2


x2, x3, x4, x5 = floats(4, 6), floats(4, 7, 6), floats(3, 8, 7, 4), floats(2, 5, 6, 4, 3)
c3, c4, c5 = (np.ascontiguousarray(np.moveaxis(x, -1, 1)) for x in (x3, x4, x5))
FIRST = {"data_format": "channels_first"}
tokens = ints(10, 4, 5)
pair = [x2, floats(4, 6, seed=1)]

CORE = [
    Case("dense", lambda L: L.Dense(3, activation="relu"), x2),
    Case("dense 3d without bias", lambda L: L.Dense(3, use_bias=False), x3),
    Case("dense regularized", lambda L: L.Dense(2, kernel_regularizer="l2"), x2),
    Case("dense lora", lambda L: L.Dense(3, lora_rank=2, lora_alpha=4), x2),
    Case("einsum dense", lambda L: L.EinsumDense("abc,cd->abd", (7, 5), bias_axes="d"), x3),
    Case("einsum dense heads", lambda L: L.EinsumDense("abc,cde->abde", (7, 2, 3), "tanh", "de"), x3),
    Case("einsum dense ellipsis", lambda L: L.EinsumDense("...c,cd->...d", 5, bias_axes="d"), x2),
    Case("einsum dense middle", lambda L: L.EinsumDense("abc,bd->adc", (3, 6), bias_axes="d"), x3),
    Case("embedding", lambda L: L.Embedding(10, 4), tokens),
    Case("embedding masked", lambda L: L.Embedding(10, 4, mask_zero=True), tokens),
    Case("embedding lora", lambda L: L.Embedding(10, 4, lora_rank=2), tokens),
    Case("reversible embedding", lambda L: L.ReversibleEmbedding(10, 4), tokens),
    Case(
        "reversible embedding, reverse",
        lambda L: L.ReversibleEmbedding(10, 6, tie_weights=False, logit_soft_cap=3.0),
        x2,
        {"reverse": True},
        unused=("embeddings",),
    ),
    Case("identity", lambda L: L.Identity(), x3),
    Case("masking", lambda L: L.Masking(0.5), x3),
    Case("lambda", lambda L: L.Lambda(_double), x2),
    Case("spectral dense", lambda L: L.SpectralNormalization(L.Dense(3)), x2),
    Case("spectral conv", lambda L: L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=2), x4),
]

CONVOLUTIONS = [
    Case("conv1d", lambda L: L.Conv1D(5, 3), x3),
    Case("conv1d causal dilated", lambda L: L.Conv1D(5, 3, padding="causal", dilation_rate=2), x3),
    Case("conv1d causal strided", lambda L: L.Conv1D(5, 3, padding="causal", strides=2), x3),
    Case("conv1d groups", lambda L: L.Conv1D(6, 2, groups=3, padding="same"), x3),
    Case("conv1d channels first", lambda L: L.Conv1D(5, 3, **FIRST), c3),
    Case("conv2d", lambda L: L.Conv2D(5, 3, activation="relu"), x4),
    Case("conv2d same strided", lambda L: L.Conv2D(5, (3, 2), (2, 3), "same"), x4),
    Case("conv2d dilated", lambda L: L.Conv2D(5, 2, dilation_rate=(2, 3)), x4),
    Case("conv2d groups", lambda L: L.Conv2D(6, 3, groups=2, use_bias=False), x4),
    Case("conv2d channels first", lambda L: L.Conv2D(5, 3, padding="same", **FIRST), c4),
    Case("conv2d lora", lambda L: L.Conv2D(5, 3, lora_rank=2), x4),
    Case("conv3d", lambda L: L.Conv3D(4, 2, strides=2), x5),
    Case("conv3d same", lambda L: L.Conv3D(4, (3, 2, 1), padding="same"), x5),
    Case("conv3d channels first", lambda L: L.Conv3D(4, 2, **FIRST), c5),
    Case("conv1d transpose", lambda L: L.Conv1DTranspose(5, 3, 2), x3),
    Case("conv1d transpose dilated", lambda L: L.Conv1DTranspose(5, 3, dilation_rate=2), x3),
    Case("conv1d transpose first", lambda L: L.Conv1DTranspose(5, 3, 2, **FIRST), c3),
    Case("conv2d transpose", lambda L: L.Conv2DTranspose(5, 3, 2, "same"), x4),
    Case("conv2d transpose wide", lambda L: L.Conv2DTranspose(5, 2, 3), x4),
    Case(
        "conv2d transpose output padding",
        lambda L: L.Conv2DTranspose(5, (4, 3), (2, 3), "same", output_padding=(1, 2)),
        x4,
    ),
    Case(
        "conv2d transpose padding valid",
        lambda L: L.Conv2DTranspose(5, 3, 2, output_padding=(0, 1)),
        x4,
    ),
    Case("conv2d transpose first", lambda L: L.Conv2DTranspose(5, 3, 2, "same", **FIRST), c4),
    Case("conv3d transpose", lambda L: L.Conv3DTranspose(4, 3, 2, "same"), x5),
    Case("conv3d transpose valid", lambda L: L.Conv3DTranspose(4, (3, 2, 1), (2, 1, 3)), x5),
    Case("depthwise conv1d", lambda L: L.DepthwiseConv1D(3, 2, depth_multiplier=2), x3),
    Case("depthwise conv1d first", lambda L: L.DepthwiseConv1D(3, padding="same", **FIRST), c3),
    Case("depthwise conv2d", lambda L: L.DepthwiseConv2D(3, 2, "same", 3), x4),
    Case("depthwise conv2d dilated", lambda L: L.DepthwiseConv2D(2, dilation_rate=(3, 2)), x4),
    Case("depthwise conv2d first", lambda L: L.DepthwiseConv2D(3, depth_multiplier=2, **FIRST), c4),
    Case("separable conv1d", lambda L: L.SeparableConv1D(5, 3, 2, depth_multiplier=2), x3),
    Case("separable conv1d dilated", lambda L: L.SeparableConv1D(5, 3, dilation_rate=2), x3),
    Case("separable conv2d", lambda L: L.SeparableConv2D(5, 3, padding="same"), x4),
    Case("separable conv2d strided", lambda L: L.SeparableConv2D(5, (3, 2), 2), x4),
    Case("separable conv2d first", lambda L: L.SeparableConv2D(5, 3, **FIRST), c4),
]

POOLING = [
    Case("max pooling1d", lambda L: L.MaxPooling1D(), x3),
    Case("max pooling1d overlapping", lambda L: L.MaxPooling1D(3, 2, "same"), x3),
    Case("max pooling1d first", lambda L: L.MaxPooling1D(3, **FIRST), c3),
    Case("max pooling2d", lambda L: L.MaxPooling2D(), x4),
    Case("max pooling2d same", lambda L: L.MaxPooling2D((3, 2), padding="same"), x4),
    Case("max pooling2d overlapping", lambda L: L.MaxPooling2D(3, 1), x4),
    Case("max pooling2d gaps", lambda L: L.MaxPooling2D(2, 3), x4),
    Case("max pooling2d first", lambda L: L.MaxPooling2D((2, 3), **FIRST), c4),
    Case("max pooling3d", lambda L: L.MaxPooling3D(), x5),
    Case("max pooling3d same", lambda L: L.MaxPooling3D((2, 3, 2), 2, "same"), x5),
    Case("average pooling1d", lambda L: L.AveragePooling1D(2), x3),
    Case("average pooling1d same", lambda L: L.AveragePooling1D(3, 2, "same"), x3),
    Case("average pooling2d", lambda L: L.AveragePooling2D(2), x4),
    Case("average pooling2d same", lambda L: L.AveragePooling2D((3, 2), (2, 1), "same"), x4),
    Case("average pooling2d first", lambda L: L.AveragePooling2D(3, 2, "same", **FIRST), c4),
    Case("average pooling3d", lambda L: L.AveragePooling3D((2, 3, 2), padding="same"), x5),
    Case("global max pooling1d", lambda L: L.GlobalMaxPooling1D(), x3),
    Case("global max pooling2d", lambda L: L.GlobalMaxPooling2D(**FIRST), c4),
    Case("global max pooling3d", lambda L: L.GlobalMaxPooling3D(keepdims=True), x5),
    Case("global average pooling1d", lambda L: L.GlobalAveragePooling1D(), x3),
    Case("global average pooling1d first", lambda L: L.GlobalAveragePooling1D(**FIRST), c3),
    Case("global average pooling2d", lambda L: L.GlobalAveragePooling2D(keepdims=True), x4),
    Case("global average pooling3d", lambda L: L.GlobalAveragePooling3D(), x5),
    Case("adaptive average pooling1d", lambda L: L.AdaptiveAveragePooling1D(3), x3),
    Case("adaptive average pooling2d", lambda L: L.AdaptiveAveragePooling2D((3, 2)), x4),
    Case("adaptive average pooling3d", lambda L: L.AdaptiveAveragePooling3D(2, **FIRST), c5),
    Case("adaptive max pooling1d", lambda L: L.AdaptiveMaxPooling1D(4, **FIRST), c3),
    Case("adaptive max pooling2d", lambda L: L.AdaptiveMaxPooling2D((3, 5)), x4),
    Case("adaptive max pooling3d", lambda L: L.AdaptiveMaxPooling3D((2, 3, 1)), x5),
]

NORMALIZATION = [
    Case("batch normalization", lambda L: L.BatchNormalization(), x2),
    Case("batch normalization images", lambda L: L.BatchNormalization(momentum=0.5), x4),
    Case("batch normalization axis", lambda L: L.BatchNormalization(axis=1, scale=False), x4),
    Case("batch renormalization", lambda L: L.BatchNormalization(renorm=True), x3),
    Case("layer normalization", lambda L: L.LayerNormalization(), x3),
    Case("layer normalization axes", lambda L: L.LayerNormalization(axis=[1, 2]), x3),
    Case("layer normalization plain", lambda L: L.LayerNormalization(1, 0.1, False, False), x3),
    Case("group normalization", lambda L: L.GroupNormalization(2), x4),
    Case("group normalization axis", lambda L: L.GroupNormalization(-1, axis=1), x4),
    Case("rms normalization", lambda L: L.RMSNormalization(), x3),
    Case("rms normalization axes", lambda L: L.RMSNormalization(axis=[1, 2]), x3),
    Case("unit normalization", lambda L: L.UnitNormalization(axis=[1, 2]), x3),
]

MERGING = [
    Case("add", lambda L: L.Add(), [x2, pair[1], x2]),
    Case("add broadcast", lambda L: L.Add(), [x3, x2]),
    Case("subtract", lambda L: L.Subtract(), pair),
    Case("multiply", lambda L: L.Multiply(), pair),
    Case("average", lambda L: L.Average(), [x2, pair[1], x2]),
    Case("maximum", lambda L: L.Maximum(), pair),
    Case("minimum", lambda L: L.Minimum(), pair),
    Case("concatenate", lambda L: L.Concatenate(), [x3, floats(4, 7, 2)]),
    Case("concatenate steps", lambda L: L.Concatenate(axis=1), [x3, floats(4, 2, 6)]),
    Case("dot", lambda L: L.Dot(axes=1), pair),
    Case("dot matrices", lambda L: L.Dot(axes=(2, 1)), [x3, floats(4, 6, 3)]),
    Case("dot cosine", lambda L: L.Dot(axes=-1, normalize=True), [x3, floats(4, 5, 6)]),
]

RESHAPING = [
    Case("flatten", lambda L: L.Flatten(), x4),
    Case("flatten channels first", lambda L: L.Flatten(**FIRST), c4),
    Case("flatten vectors", lambda L: L.Flatten(), floats(4)),
    Case("reshape", lambda L: L.Reshape((2, -1)), x3),
    Case("permute", lambda L: L.Permute((2, 3, 1)), x4),
    Case("repeat vector", lambda L: L.RepeatVector(3), x2),
    Case("cropping1d", lambda L: L.Cropping1D((1, 2)), x3),
    Case("cropping2d", lambda L: L.Cropping2D((1, 2)), x4),
    Case("cropping2d first", lambda L: L.Cropping2D(((1, 0), (2, 1)), **FIRST), c4),
    Case("cropping3d", lambda L: L.Cropping3D(1), x5),
    Case("zero padding1d", lambda L: L.ZeroPadding1D((1, 2)), x3),
    Case("zero padding2d", lambda L: L.ZeroPadding2D(((1, 0), (2, 1))), x4),
    Case("zero padding2d first", lambda L: L.ZeroPadding2D(1, **FIRST), c4),
    Case("zero padding3d", lambda L: L.ZeroPadding3D((1, 2, 0)), x5),
    Case("up sampling1d", lambda L: L.UpSampling1D(3), x3),
    Case("up sampling2d", lambda L: L.UpSampling2D((2, 3)), x4),
    Case("up sampling2d bilinear", lambda L: L.UpSampling2D(2, interpolation="bilinear"), x4),
    Case(
        "up sampling2d bicubic",
        lambda L: L.UpSampling2D(3, interpolation="bicubic", **FIRST),
        c4,
        tolerance=1e-4,
    ),
    Case("up sampling3d", lambda L: L.UpSampling3D(2), x5),
]

REGULARIZATION = [
    Case("dropout", lambda L: L.Dropout(0.4, seed=1), x3, random=True),
    Case("dropout noise shape", lambda L: L.Dropout(0.4, (None, 1, 6), 1), x3, random=True),
    Case("spatial dropout1d", lambda L: L.SpatialDropout1D(0.4, seed=1), x3, random=True),
    Case("spatial dropout2d", lambda L: L.SpatialDropout2D(0.4, seed=1), x4, random=True),
    Case("spatial dropout2d first", lambda L: L.SpatialDropout2D(0.4, **FIRST), c4, random=True),
    Case("spatial dropout3d", lambda L: L.SpatialDropout3D(0.4, seed=1), x5, random=True),
    Case("gaussian dropout", lambda L: L.GaussianDropout(0.4, seed=1), x3, random=True),
    Case("gaussian noise", lambda L: L.GaussianNoise(0.4, seed=1), x3, random=True),
    Case("alpha dropout", lambda L: L.AlphaDropout(0.4, seed=1), x3, random=True),
    Case("activity regularization", lambda L: L.ActivityRegularization(0.1, 0.2), x2),
]

ACTIVATIONS = [
    Case("activation", lambda L: L.Activation("gelu"), x2),
    Case("relu", lambda L: L.ReLU(), x2),
    Case("relu all", lambda L: L.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3), x2),
    Case("leaky relu", lambda L: L.LeakyReLU(0.1), x2),
    Case("prelu", lambda L: L.PReLU("he_normal"), x3),
    Case("prelu shared", lambda L: L.PReLU("ones", shared_axes=[1, 2]), x4),
    Case("elu", lambda L: L.ELU(0.5), x2),
    Case("softmax", lambda L: L.Softmax(), x3),
    Case("softmax axes", lambda L: L.Softmax(axis=[1, 2]), x3),
]

seconds = ints(2, 4, 7, seed=3).astype(bool)  # a mask of x3
clips = floats(2, 3, 5, 4, 2)  # (batch, time, height, width, channels)
c_clips = np.ascontiguousarray(np.moveaxis(clips, -1, 2))
states = [floats(4, 3, seed=5), floats(4, 3, seed=6)]
ALL = {"return_sequences": True, "return_state": True}

RECURRENT = [
    Case("simple rnn", lambda L: L.SimpleRNN(3), x3),
    Case("simple rnn backwards", lambda L: L.SimpleRNN(3, "relu", go_backwards=True, **ALL), x3),
    Case("simple rnn gelu", lambda L: L.SimpleRNN(3, "gelu", use_bias=False), x3),
    Case("simple rnn dropout", lambda L: L.SimpleRNN(3, dropout=0.4, recurrent_dropout=0.4, seed=1), x3, random=True),
    Case("simple rnn cell", lambda L: L.SimpleRNNCell(3), x2, {"states": states[:1]}),
    Case("lstm", lambda L: L.LSTM(3), x3),
    Case("lstm all", lambda L: L.LSTM(3, recurrent_activation="hard_sigmoid", unit_forget_bias=False, **ALL), x3),
    Case("lstm backwards", lambda L: L.LSTM(3, go_backwards=True, **ALL), x3),
    Case("lstm masked", lambda L: L.LSTM(3, **ALL), x3, {"mask": seconds}),
    Case("lstm from states", lambda L: L.LSTM(3, **ALL), x3, {"initial_state": states, "mask": seconds}),
    Case("lstm step by step", lambda L: L.LSTM(3, "gelu", **ALL), x3, {"mask": seconds}),
    Case("lstm unrolled", lambda L: L.LSTM(3, unroll=True, return_sequences=True), x3),
    Case("lstm dropout", lambda L: L.LSTM(3, dropout=0.4, recurrent_dropout=0.4, seed=1, **ALL), x3, random=True),
    Case("lstm cell", lambda L: L.LSTMCell(3, dropout=0.4, seed=1), x2, {"states": states}, random=True),
    Case("gru", lambda L: L.GRU(3), x3),
    Case("gru backwards", lambda L: L.GRU(3, go_backwards=True, **ALL), x3, {"mask": seconds}),
    Case("gru zeros", lambda L: L.GRU(3, zero_output_for_mask=True, **ALL), x3, {"mask": seconds}),
    Case("gru reset before", lambda L: L.GRU(3, reset_after=False, **ALL), x3),
    Case("gru dropout", lambda L: L.GRU(3, dropout=0.4, recurrent_dropout=0.4, seed=1), x3, random=True),
    Case("gru cell", lambda L: L.GRUCell(3), x2, {"states": states[:1]}),
    Case("rnn", lambda L: L.RNN(L.LSTMCell(3), return_sequences=True), x3),
    Case("rnn stacked", lambda L: L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_state=True), x3, {"mask": seconds}),
    Case(
        "stacked cells",
        lambda L: L.StackedRNNCells([L.LSTMCell(3), L.SimpleRNNCell(3)]),
        x2,
        {"states": [states, states[:1]]},
    ),
    Case("bidirectional", lambda L: L.Bidirectional(L.LSTM(3)), x3),
    Case("bidirectional all", lambda L: L.Bidirectional(L.GRU(3, **ALL), "ave"), x3, {"mask": seconds}),
    Case("bidirectional apart", lambda L: L.Bidirectional(L.LSTM(3, **ALL), None), x3),
    Case("bidirectional mul", lambda L: L.Bidirectional(L.SimpleRNN(3), "mul"), x3),
    Case("time distributed", lambda L: L.TimeDistributed(L.Conv2D(3, 2)), clips),
    Case("time distributed statistics", lambda L: L.TimeDistributed(L.BatchNormalization()), x3),
    Case("time distributed dropout", lambda L: L.TimeDistributed(L.Dropout(0.4, seed=1)), x3, random=True),
    Case("conv lstm1d", lambda L: L.ConvLSTM1D(2, 2), clips[..., 0]),
    Case("conv lstm2d", lambda L: L.ConvLSTM2D(2, 3, padding="same", **ALL), clips),
    Case("conv lstm2d strided", lambda L: L.ConvLSTM2D(2, 2, 2, dropout=0.4, seed=1), clips, random=True),
    Case("conv lstm2d first", lambda L: L.ConvLSTM2D(2, 3, go_backwards=True, **ALL, **FIRST), c_clips),
    Case("conv lstm2d step by step", lambda L: L.ConvLSTM2D(2, 2, activation="gelu", dilation_rate=2), clips),
    Case("conv lstm3d", lambda L: L.ConvLSTM3D(2, 2), floats(2, 2, 3, 4, 3, 2)),
]

keys = floats(4, 5, 6, seed=7)
key_mask = ints(2, 4, 5, seed=8).astype(bool)
seen = ints(2, 4, 7, 5, seed=9).astype(bool)
SCORES = {"return_attention_scores": True}

ATTENTION = [
    Case("attention", lambda L: L.Attention(), [x3, keys]),
    Case("attention scaled", lambda L: L.Attention(True, "concat"), [x3, keys, keys], SCORES),
    Case("attention causal", lambda L: L.Attention(), [x3, x3], {"mask": [seconds, seconds], "use_causal_mask": True}),
    Case("attention dropout", lambda L: L.Attention(dropout=0.4, seed=1), [x3, keys], random=True),
    Case("additive attention", lambda L: L.AdditiveAttention(), [x3, keys], SCORES),
    Case("additive attention plain", lambda L: L.AdditiveAttention(False), [x3, keys], {"mask": [None, key_mask]}),
    Case("heads", lambda L: L.MultiHeadAttention(2, 3, use_bias=False), x3, {"value": keys}),
    # the gradient of the keys' bias is zero, up to rounding
    Case("heads with biases", lambda L: L.MultiHeadAttention(2, 3), x3, {"value": keys}, gradients=False),
    Case("heads scores", lambda L: L.MultiHeadAttention(2, 3, 4, use_bias=False), x3, {"value": keys, **SCORES}),
    Case(
        "heads masked",
        lambda L: L.MultiHeadAttention(2, 3, output_shape=(2, 2), use_gate=True, use_bias=False),
        x3,
        {"value": keys, "key": keys, "key_mask": key_mask, "attention_mask": seen},
    ),
    Case("heads window", lambda L: L.MultiHeadAttention(1, 3, sliding_window=2, use_bias=False), x3, {"value": x3}),
    Case(
        "heads dropout",
        lambda L: L.MultiHeadAttention(2, 3, dropout=0.4, use_bias=False),
        x3,
        {"value": keys},
        random=True,
    ),
    Case(
        "heads images", lambda L: L.MultiHeadAttention(2, 3, attention_axes=(1, 2), use_bias=False), x4, {"value": x4}
    ),
    Case(
        "heads one axis",
        lambda L: L.MultiHeadAttention(2, 3, attention_axes=2, use_bias=False),
        x4,
        {"value": x4, **SCORES},
    ),
    Case(
        "grouped queries",
        lambda L: L.GroupQueryAttention(3, 4, 2, use_bias=False),
        x3,
        {"value": keys, "value_mask": key_mask},
    ),
    Case(
        "grouped queries scores",
        lambda L: L.GroupQueryAttention(3, 4, 2, use_bias=False, use_gate=True),
        x3,
        {"value": x3, "use_causal_mask": True, **SCORES},
    ),
]


def _twice(params, state, inputs):
    return inputs @ params["w"], {"calls": state["calls"] + 1}


def _twice_init(rng, inputs):
    return {"w": jax.random.normal(rng, (inputs.shape[-1], 3))}, {"calls": np.zeros((), "float32")}


class _Linen(linen.Module):
    units: int

    @linen.compact
    def __call__(self, x, training=False):
        x = linen.BatchNorm(use_running_average=not training)(linen.Dense(self.units)(x))
        return linen.Dropout(0.4, deterministic=not training)(x)


CUSTOM = {"_double": _double, "_twice": _twice, "_twice_init": _twice_init, "_Linen": _Linen}

FOREIGN = [
    Case("jax function", lambda L: L.JaxLayer(_twice, _twice_init, seed=1), x2, low_precision=False),
    Case("flax module", lambda L: L.FlaxLayer(_Linen(3), seed=1), x2, random=True, low_precision=False),
]

LAYER_CASES = [
    *CORE, *CONVOLUTIONS, *POOLING, *NORMALIZATION, *MERGING, *RESHAPING, *REGULARIZATION,
    *ACTIVATIONS, *RECURRENT, *ATTENTION, *FOREIGN,
]  # fmt: skip
