"""Recurrent layers: the written-out gradient, masks, kept states, directions, errors."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.core.layers.recurrent_cell import RecurrentCell

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
x = np.random.RandomState(0).standard_normal((3, 5, 4)).astype("float32")
mask = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 1, 0], [1, 1, 1, 0, 0]], bool)
MAKERS = [layers.SimpleRNN, layers.LSTM, layers.GRU]
every_kind = pytest.mark.parametrize("make", MAKERS, ids=lambda m: m.__name__)


def built(layer, seed=1):
    layer(x)
    draw = np.random.RandomState(seed)
    layer.set_weights([0.5 * draw.standard_normal(w.shape).astype("float32") for w in layer.get_weights()])
    return layer


def states_of(layer):
    return [np.full((3, 2), 0.3 + 0.2 * i, "float32") for i in range(2 if isinstance(layer, layers.LSTM) else 1)]


@every_kind
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_all_steps_at_once_equal_one_by_one(make, backwards, training, monkeypatch):
    """Values and gradients, with masks, dropout of inputs and states, and given first states."""
    options = {"dropout": 0.3, "recurrent_dropout": 0.3, "seed": 1} if training else {}
    layer = built(make(2, return_sequences=True, return_state=True, go_backwards=backwards, **options))
    fixed = [v.value for v in layer.non_trainable_variables]

    def run(weights, x, states):
        (outputs, *last), _ = layer.stateless_call(
            weights, fixed, x, initial_state=states, mask=mask, training=training
        )
        scale = jnp.arange(1.0, 1 + outputs.size).reshape(outputs.shape)
        return (outputs * scale).sum() + sum((i + 2) * s.sum() for i, s in enumerate(last)), outputs

    def results():
        run_all = jax.jit(lambda *a: jax.value_and_grad(run, (0, 1, 2), has_aux=True)(*a), compiler_options=QUICK)
        return run_all([v.value for v in layer.trainable_variables], x, states_of(layer))

    at_once = results()
    monkeypatch.setattr(RecurrentCell, "math", lambda self: None)
    monkeypatch.setattr(type(layer.cell), "math", lambda self: None)
    for a, b in zip(jax.tree.leaves(at_once), jax.tree.leaves(results()), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@every_kind
def test_second_derivatives_forwards_over_backwards(make, monkeypatch):
    layer = built(make(2))
    weights = [v.value for v in layer.trainable_variables]
    fixed = [v.value for v in layer.non_trainable_variables]

    def curvature():
        slope = jax.grad(lambda w: jnp.sum(jnp.sin(layer.stateless_call(w, fixed, x)[0])))
        return jax.jvp(slope, (weights,), (weights,))[1]

    at_once = curvature()
    monkeypatch.setattr(RecurrentCell, "math", lambda self: None)
    monkeypatch.setattr(type(layer.cell), "math", lambda self: None)
    for a, b in zip(at_once, curvature(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@every_kind
def test_masked_steps_are_passed_over(make):
    """A sequence with gaps ends where the sequence without the gaps ends."""
    layer = built(make(2))
    for row in range(3):
        short = x[row, mask[row]][None]
        np.testing.assert_allclose(layer(x, mask=mask)[row], layer(short)[0], rtol=1e-5, atol=1e-6)


def test_masked_outputs_repeat_or_are_zero():
    layer = built(layers.LSTM(2, return_sequences=True))
    y = np.asarray(layer(x, mask=mask))
    np.testing.assert_array_equal(y[0, 2], y[0, 1])
    np.testing.assert_array_equal(y[1, :2], 0)  # nothing before: the first state
    layer.zero_output_for_mask = True
    assert (np.asarray(layer(x, mask=mask))[~mask] == 0).all()


def test_mask_travels_through_embedding():
    tokens = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    embed, layer = layers.Embedding(5, 4, mask_zero=True), layers.GRU(2, return_sequences=True)
    y = layer(embed(tokens))
    np.testing.assert_array_equal(y._keras_mask, tokens != 0)
    np.testing.assert_allclose(y[0, 3], y[0, 1])


@every_kind
def test_kept_states_go_on_until_reset(make):
    layer = built(make(2, stateful=True))
    layer.reset_state()
    halves = [np.asarray(layer(part)) for part in (x[:, :2], x[:, 2:])]
    whole = make(2)
    whole(x)
    whole.set_weights(layer.get_weights())
    np.testing.assert_allclose(halves[1], whole(x), rtol=1e-5, atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(x[:, :2]), halves[0], rtol=1e-6)
    assert len(layer.weights) == 3, "kept states are no weights"


def test_kept_states_need_a_batch_size():
    with pytest.raises(ValueError, match=r"stateful=True.*batch"):
        layers.LSTM(2, stateful=True)(keras.Input((5, 4)))
    layer = layers.LSTM(2, stateful=True)
    layer(x)
    with pytest.raises(ValueError, match="keeps states for batches of 3"):
        layer(x[:2])


@every_kind
def test_unknown_length(make):
    outputs = make(2, return_sequences=True)(keras.Input((None, 4)))
    assert outputs.shape == (None, None, 2)
    model = keras.Sequential([keras.Input((None, 4)), make(2)])
    assert model(x).shape == model(x[:, :3]).shape == (3, 2)


class Counter(layers.Layer):
    """A cell of one's own: how many steps, and their sum; it draws random numbers on the way."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = [4, 1]
        self.drop = layers.Dropout(0.5, seed=1)

    def call(self, inputs, states, training=False):
        total, count = states
        return total + inputs, [total + self.drop(inputs, training=training) * 0 + inputs, count + 1]


def test_cell_of_ones_own():
    layer = layers.RNN(Counter(), return_state=True)
    y, total, count = layer(x, training=True)
    np.testing.assert_allclose(y, x.sum(1), rtol=1e-5)
    np.testing.assert_allclose(total, x.sum(1), rtol=1e-5)
    assert count.tolist() == [[5.0]] * 3
    assert layer.cell.drop.seed_generator.state.numpy()[1] == 5, "every step drew its own numbers"
    assert layers.RNN(Counter(), return_sequences=True)(keras.Input((None, 4))).shape == (None, None, 4)


def test_bidirectional_is_two_layers():
    both = layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode=None)
    ahead, back = both(x)
    np.testing.assert_allclose(ahead, both.forward_layer(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(back, np.flip(both.backward_layer(x), 1), rtol=1e-5, atol=1e-6)
    both.forward_layer.set_weights(both.backward_layer.get_weights())
    np.testing.assert_allclose(both(x)[0][:, -1], both(x[:, ::-1])[1][:, 0], rtol=1e-5, atol=1e-6)


def test_bidirectional_states_and_first_weights():
    half = built(layers.GRU(2)).get_weights()
    both = layers.Bidirectional(layers.GRU(2, return_state=True), "sum", weights=[*half, *half])
    y, ahead, back = both(x)
    np.testing.assert_allclose(y, ahead + back, rtol=1e-6)
    again = both(x, initial_state=[ahead, back])
    np.testing.assert_allclose(again[1], built(layers.GRU(2))(x, initial_state=ahead), rtol=1e-5)


def test_time_distributed_statistics_go_step_by_step():
    layer = layers.TimeDistributed(layers.BatchNormalization(momentum=0.5))
    layer(x, training=True)
    mean = np.zeros(4)
    for t in range(5):
        mean = 0.5 * mean + 0.5 * x[:, t].mean(0)
    np.testing.assert_allclose(layer.layer.moving_mean.numpy(), mean, rtol=1e-4, atol=1e-6)


def test_time_distributed_takes_models():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    np.testing.assert_allclose(layers.TimeDistributed(model)(x)[:, 1], model(x[:, 1]), rtol=1e-5)


MISTAKES = {
    "LSTMCell: units": lambda: layers.LSTM(-1),
    "GRUCell: units": lambda: layers.GRU(2.5),
    "dropout must lie from 0 to 1": lambda: layers.SimpleRNN(2, dropout=1.5),
    "ConvLSTM2D: filters": lambda: layers.ConvLSTM2D(0, 3),
    "ConvLSTM1D: padding": lambda: layers.ConvLSTM1D(2, 3, padding="causal"),
    "ConvLSTM2D: strides > 1": lambda: layers.ConvLSTM2D(2, 3, 2, dilation_rate=2),
    "too small for kernel_size": lambda: layers.ConvLSTM1D(2, 9)(x[..., None]),
    "sizes and channels .* must be known": lambda: layers.ConvLSTM2D(2, 3)(keras.Input((3, None, 8, 1))),
    "cell must have a method call": lambda: layers.RNN(3),
    "attribute state_size": lambda: layers.RNN(layers.Dense(3)),
    "list of at least one cell": lambda: layers.StackedRNNCells([]),
    "every cell must have": lambda: layers.StackedRNNCells([layers.Dense(3)]),
    "initial_state must be states of shapes": lambda: layers.LSTM(2)(x, initial_state=[np.zeros((3, 2))]),
    "expected ndim=3": lambda: layers.GRU(2)(x[0]),
    "features .* must be known": lambda: layers.LSTM(2)(keras.Input((5, None))),
    "have no steps": lambda: layers.LSTM(2)(x[:, :0]),
    "layer must be a recurrent layer": lambda: layers.Bidirectional(layers.Dense(2)),
    "Did you mean 'concat'": lambda: layers.Bidirectional(layers.LSTM(2), merge_mode="concatenate"),
    "opposite directions": lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)),
    "the same return_sequences": lambda: layers.Bidirectional(
        layers.LSTM(2), backward_layer=layers.LSTM(2, go_backwards=True, return_sequences=True)
    ),
    "at least 3 axes": lambda: layers.TimeDistributed(layers.Dense(2))(x[0]),
    "wraps a Layer": lambda: layers.TimeDistributed("dense"),
    "does not know the argument": lambda: layers.LSTM(2, time_major=True),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes(message):
    with pytest.raises(ValueError, match=message):
        MISTAKES[message]()
