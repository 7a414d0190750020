"""The workloads as somebody writes them who knows JAX: optax, one jitted ``lax.scan`` per epoch.

This is what kerasnb is measured against: no layers, no callbacks, data on the device, metrics
summed inside the loop and read once per epoch. A model is a pair of functions, ``init(rng) ->
params`` and ``apply(params, x, key) -> outputs``; key is None outside training. Outputs are logits.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from workloads import Workload

# --- pieces ---------------------------------------------------------------------------------------


def glorot(rng, *shape) -> np.ndarray:
    limit = np.sqrt(6 / (np.prod(shape[:-2], dtype=int) * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, shape).astype("float32")


def dense_init(rng, n_in: int, n_out: int) -> tuple:
    return glorot(rng, n_in, n_out), np.zeros(n_out, "float32")


def dense(p, x):
    return x @ p[0] + p[1]


def dropout(x, rate: float, key):
    if key is None:
        return x
    keep = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(keep, x / (1 - rate), 0)


def keys(key, n: int):
    return [None] * n if key is None else jax.random.split(key, n)


def norm(p, x):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + 1e-3) * p[0] + p[1]


def table(rng, words: int, width: int) -> np.ndarray:
    return rng.uniform(-0.05, 0.05, (words, width)).astype("float32")


# --- models ---------------------------------------------------------------------------------------


def mnist_mlp():
    def init(rng):
        return [dense_init(rng, *sizes) for sizes in ((784, 256), (256, 128), (128, 10))]

    def apply(p, x, key):
        k1, k2 = keys(key, 2)
        x = dropout(jax.nn.relu(dense(p[0], x)), 0.4, k1)
        x = dropout(jax.nn.relu(dense(p[1], x)), 0.3, k2)
        return dense(p[2], x)

    return init, apply


def boston():
    def init(rng):
        return [dense_init(rng, *sizes) for sizes in ((13, 64), (64, 64), (64, 1))]

    def apply(p, x, key):
        x = jax.nn.relu(dense(p[1], jax.nn.relu(dense(p[0], x))))
        return dense(p[2], x)[:, 0]

    return init, apply


def imdb():
    def init(rng):
        return table(rng, 10_000, 16), dense_init(rng, 16, 16), dense_init(rng, 16, 1)

    def apply(p, x, key):
        x = p[0][x].mean(1)  # (batch, 16)
        return dense(p[2], jax.nn.relu(dense(p[1], x)))[:, 0]

    return init, apply


def cnn():
    def convolve(p, x):
        y = lax.conv_general_dilated(x, p[0], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        return jax.nn.relu(y + p[1])

    def init(rng):
        return [
            (glorot(rng, 3, 3, 1, 32), np.zeros(32, "float32")),
            (glorot(rng, 3, 3, 32, 64), np.zeros(64, "float32")),
            dense_init(rng, 12 * 12 * 64, 128),
            dense_init(rng, 128, 10),
        ]

    def apply(p, x, key):
        k1, k2 = keys(key, 2)
        x = convolve(p[1], convolve(p[0], x))  # (batch, 24, 24, 64)
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = dropout(x, 0.25, k1).reshape(len(x), -1)
        x = dropout(jax.nn.relu(dense(p[2], x)), 0.5, k2)
        return dense(p[3], x)

    return init, apply


def recurrent(gates: int, cell):
    """Embedding, one recurrent layer whose input product is taken before the loop, one output."""

    def init(rng):
        kernel = dense_init(rng, 128, gates * 128)
        inner = np.concatenate([np.linalg.qr(rng.standard_normal((128, 128)))[0]] * gates, axis=1)
        # Keras's GRU has a second bias, inside the reset gate's reach; its LSTM has one
        inner_bias = np.zeros(gates * 128 if gates == 3 else 0, "float32")
        head = dense_init(rng, 128, 1)
        return table(rng, 20_000, 128), kernel, (inner.astype("float32"), inner_bias), head

    def apply(p, x, key):
        projected = dense(p[1], p[0][x])  # (batch, time, gates * 128)
        zeros = jnp.zeros((len(x), 128))
        state, _ = lax.scan(
            lambda state, row: (cell(state, row, p[2]), None),
            (zeros, zeros),
            projected.swapaxes(0, 1),
        )
        return dense(p[3], state[0])[:, 0]

    return init, apply


def lstm():
    def cell(state, row, p):
        h, c = state
        i, f, g, o = jnp.split(row + h @ p[0], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return jax.nn.sigmoid(o) * jnp.tanh(c), c

    return recurrent(4, cell)


def gru():
    def cell(state, row, p):
        h, unused = state
        xz, xr, xh = jnp.split(row, 3, axis=-1)
        hz, hr, hh = jnp.split(dense(p, h), 3, axis=-1)
        z = jax.nn.sigmoid(xz + hz)
        candidate = jnp.tanh(xh + jax.nn.sigmoid(xr + hr) * hh)
        return z * h + (1 - z) * candidate, unused

    return recurrent(3, cell)


def transformer():
    def ones():
        return np.ones(64, "float32"), np.zeros(64, "float32")

    def block_init(rng):
        return {
            "qkv": dense_init(rng, 64, 3 * 64),
            "out": dense_init(rng, 64, 64),
            "forward": [dense_init(rng, 64, 128), dense_init(rng, 128, 64)],
            "norms": [ones(), ones()],
        }

    def init(rng):
        return table(rng, 10_000, 64), [block_init(rng), block_init(rng)], dense_init(rng, 64, 1)

    def block(p, x):
        shape = (*x.shape[:2], 2, 32)
        q, k, v = (a.reshape(shape) for a in jnp.split(dense(p["qkv"], x), 3, axis=-1))
        share = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(32), axis=-1)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", share, v).reshape(x.shape)
        x = norm(p["norms"][0], x + dense(p["out"], mixed))
        inner = dense(p["forward"][1], jax.nn.relu(dense(p["forward"][0], x)))
        return norm(p["norms"][1], x + inner)

    def apply(p, x, key):
        x = p[0][x]  # (batch, time, 64)
        for layer in p[1]:
            x = block(layer, x)
        return dense(p[2], x.mean(1))[:, 0]

    return init, apply


# --- the loop -------------------------------------------------------------------------------------


def loss_and_metric(kind: str):
    """Loss and metric per row, from outputs and labels."""
    if kind == "mse":
        return lambda out, y: ((out - y) ** 2, jnp.abs(out - y))
    if kind == "binary_crossentropy":
        return lambda out, y: (
            optax.sigmoid_binary_cross_entropy(out, y),
            (out > 0) == (y > 0.5),
        )
    return lambda out, y: (
        optax.softmax_cross_entropy_with_integer_labels(out, y),
        out.argmax(-1) == y,
    )


def padded_rows(order: np.ndarray, batch: int) -> np.ndarray:
    """Row numbers (steps, batch); the last step is filled up with -1."""
    steps = -(-len(order) // batch)
    return np.pad(order, (0, steps * batch - len(order)), constant_values=-1).reshape(steps, batch)


def prepare(workload: Workload, module: str = "") -> Callable[[], None]:
    """A call that does the timed work once."""
    if workload.variant:
        raise NotImplementedError(f"No hand-written loop for {workload.name}.")
    init, apply = globals()[workload.model]()
    x, y = workload.data()
    params = jax.tree.map(jnp.asarray, init(np.random.default_rng(0)))
    if workload.unit == "predict":
        predict = jax.jit(lambda p, x: jax.nn.softmax(apply(p, x, None)))
        return lambda: np.asarray(predict(params, x[: workload.rows]))

    make = {"rmsprop": optax.rmsprop, "adam": optax.adam}[workload.optimizer]
    extra = {"decay": 0.9} if workload.optimizer == "rmsprop" else {}
    optimizer = make(1e-3, eps=1e-7, **extra)
    per_row = loss_and_metric(workload.loss)
    held_back = int(len(x) * (1 - workload.validation))
    x, y = jnp.asarray(x), jnp.asarray(y)

    def sums(out, labels, rows):
        """Loss, metric and number of rows; rows of number -1 count nothing."""
        weight = (rows >= 0).astype("float32")
        loss, metric = per_row(out, labels)
        return jnp.stack([(loss * weight).sum(), (metric * weight).sum(), weight.sum()])

    def train_step(carry, rows):
        params, state, key, total = carry
        key, now = jax.random.split(key)

        def objective(params):
            found = sums(apply(params, x[rows], now), y[rows], rows)
            return found[0] / found[2], found

        (_, found), gradient = jax.value_and_grad(objective, has_aux=True)(params)
        update, state = optimizer.update(gradient, state, params)
        return (optax.apply_updates(params, update), state, key, total + found), None

    @jax.jit
    def train_epoch(params, state, key, rows):
        return lax.scan(train_step, (params, state, key, jnp.zeros(3)), rows)[0]

    if workload.model == "cnn" and jax.default_backend() == "cpu":
        # XLA's CPU backend computes kernel gradients naively inside a while loop, many times
        # slower than outside: here the loop over the steps stays in Python.
        jitted_step = jax.jit(train_step)

        def train_epoch(params, state, key, rows):
            carry = (params, state, key, jnp.zeros(3))
            for step_rows in rows:
                carry, _ = jitted_step(carry, step_rows)
            return carry

    @jax.jit
    def validate(params, rows):
        def step(total, rows):
            return total + sums(apply(params, x[rows], None), y[rows], rows), None

        return lax.scan(step, jnp.zeros(3), rows)[0]

    rng = np.random.default_rng(0)
    validation_rows = padded_rows(np.arange(held_back, len(x)), workload.batch)

    def fit():
        p, state, key = params, optimizer.init(params), jax.random.key(0)
        history = []
        for _ in range(workload.epochs):
            rows = padded_rows(rng.permutation(held_back), workload.batch)
            p, state, key, total = train_epoch(p, state, key, rows)
            row = [np.asarray(total)]
            if workload.validation:
                row.append(np.asarray(validate(p, validation_rows)))
            history.append([float(s[i] / s[2]) for s in row for i in (0, 1)])
        return history

    return fit
