"""Activations: what each layer puts out on samples, and statistics of it: dead, saturated and broken units.

One compiled forward pass gives the outputs of all layers for a few samples; another goes over many samples and keeps
nothing but sums, so that a deep model on large images needs no more memory than a prediction.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..context import call_scope
from ..layer import Layer
from ..symbolic import flatten
from ..training.feed import as_arrays, check_lengths
from ..training.prepare import build
from ..variable import values
from .dataflow import _opens, kind_of

BATCH = 32
NEAR = 0.01  # share of the range from which an output counts as saturated

# Activation -> (low, high): where its output goes flat.
FLAT_ENDS = {
    "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0), "relu6": (-math.inf, 6.0),
}  # fmt: skip


@dataclass
class Output:
    """One call of a layer inside the model.

    Attributes:
        key: the layer's name with those of the models around it; with ":2" and so on for later calls.
        layer, kind: the layer and its class.
        values: (samples, ...) what comes out; of several outputs the first. What is the same for all samples (an
            embedding of places) is there once for each.
        scores: (samples, heads, queries, keys) of an attention layer, else None.
    """

    key: str
    layer: Any
    kind: str
    values: np.ndarray
    scores: np.ndarray | None = None


@dataclass
class LayerStatistics:
    """What a layer puts out over all samples.

    Attributes:
        key, layer, kind: as in ``Output``.
        shape: of one sample's output; of the whole where it has no axis of samples.
        units: size of the channel axis.
        mean, spread, low, high: of the finite outputs; spread is the standard deviation.
        zeros: share of outputs that are exactly 0.
        dead: numbers of the units whose output is 0 at every place of every sample; None where 0 means nothing.
        saturated: share of outputs at a flat end of the activation; None where it has none.
        broken: how many outputs are NaN or infinite.
        shared: the output has no axis of samples: it is the same for all of them.
    """

    key: str
    layer: Any
    kind: str
    shape: tuple[int, ...]
    units: int
    mean: float
    spread: float
    low: float
    high: float
    zeros: float
    dead: list[int] | None = None
    saturated: float | None = None
    broken: int = 0
    shared: bool = False


@dataclass
class _Call:
    key: str
    layer: Any
    kind: str
    shape: tuple[int, ...] = ()
    axis: int = -1
    has_scores: bool = False
    shared: bool = False


@dataclass
class _Watch:
    """Collects what the wanted layers put out during one forward pass."""

    names: dict[int, str]
    trace: Any
    scores: bool
    calls: list[_Call] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    attention: list[Any] = field(default_factory=list)
    met: dict[int, int] = field(default_factory=dict)

    def __call__(self, layer: Any, args: Any, kwargs: Any, outputs: Any) -> None:
        name = self.names.get(id(layer))
        found = [t for t in flatten(outputs) if hasattr(t, "dtype") and jnp.issubdtype(t.dtype, jnp.floating)]
        # Inside of a loop or of a program within the program: its tensors live there only.
        if name is None or not found or getattr(found[0], "_trace", None) is not self.trace or not found[0].ndim:
            return
        number = self.met[id(layer)] = self.met.get(id(layer), 0) + 1
        key = name if number == 1 else f"{name}:{number}"
        first = getattr(layer, "data_format", None) == "channels_first" and found[0].ndim > 2
        self.calls.append(_Call(key, layer, kind_of(layer), axis=1 if first else -1))
        self.outputs.append(found[0])
        scores = _scores(layer, args, kwargs) if self.scores else None
        if scores is not None:
            self.calls[-1].has_scores = True
            self.attention.append(scores)


def _scores(layer: Any, args: Any, kwargs: Any) -> Any:
    """An attention layer's weights, (batch, heads, queries, keys); None for other layers."""
    if "return_attention_scores" not in inspect.signature(type(layer).call).parameters:
        return None
    options = {k: v for k, v in kwargs.items() if k not in ("return_attention_scores", "training")}
    if kwargs.get("training") is not None:
        options["training"] = False
    try:
        _, scores = layer.call(*args, **options, return_attention_scores=True)
    except ValueError:  # flash_attention=True keeps none
        return None
    if scores.ndim == 3:  # Attention has one head
        return scores[:, None]
    half = (scores.ndim - 2) // 2
    queries, keys = math.prod(scores.shape[2 : 2 + half]), math.prod(scores.shape[2 + half :])
    return scores.reshape(*scores.shape[:2], queries, keys)


class Activations:
    """Looks inside a model.

    Args:
        model: a model of any kind; one that is not built yet is built for ``x``.
        x: samples: an array, or a list or dict of them.

    Raises:
        ValueError: no samples, or samples that do not fit the model.

    >>> import kerasnb as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu", name="hidden")])
    >>> inside = Activations(model, np.ones((5, 4), "float32"))
    >>> [(o.key, o.values.shape) for o in inside.outputs([0, 1])]
    [('hidden', (2, 3))]
    """

    def __init__(self, model: Any, x: Any):
        if not isinstance(model, Layer) or not hasattr(model, "layers"):
            raise ValueError(f"inspect: expected a model, got {type(model).__name__}.")
        self.model, self.x = model, as_arrays(x, "x")
        leaves = jax.tree.leaves(self.x)
        if not leaves or not leaves[0].ndim or not len(leaves[0]):
            raise ValueError(
                "inspect: x holds no samples. Pass at least one: x must have the shape (samples, ...), such as x[:100]."
            )
        self.rows: int = check_lengths(self.x, None, None)
        self.text = any(a.dtype.kind in "US" for a in leaves)
        build(model, self.x, need_loss=False)
        self.names = dict(_inside(model))
        self._programs: dict[bool, Any] = {}
        self._calls: dict[bool, list[_Call]] = {}
        self._per_sample: list[int] | None = None

    def __len__(self) -> int:
        return self.rows

    def outputs(self, rows: Any) -> list[Output]:
        """What every layer puts out for samples of these numbers, in the order in which they run."""
        part = jax.tree.map(lambda a: a[np.asarray(rows, int)], self.x)
        found, attention = self._run(False, part)
        calls, scores = self._calls[False], iter(attention)
        found_scores = [np.asarray(next(scores)) if c.has_scores else None for c in calls]
        return [
            Output(c.key, c.layer, c.kind, np.asarray(v, np.float32), s)
            for c, v, s in zip(calls, found, found_scores, strict=True)
        ]

    def statistics(self, batch_size: int = BATCH, most: int | None = None) -> list[LayerStatistics]:
        """Statistics of every layer over all samples, in the order in which layers run.

        Args:
            batch_size: samples that go through at once.
            most: only so many samples from the first on.
        """
        rows = self.rows if most is None else min(self.rows, most)
        total: list[dict[str, np.ndarray]] | None = None
        for at in range(0, rows, batch_size):
            count = min(batch_size, rows - at)
            fill = batch_size if rows > batch_size else count
            index = np.minimum(np.arange(at, at + fill), rows - 1)
            part = jax.tree.map(lambda a, index=index: a[index], self.x)
            found = self._run(True, part, (np.arange(fill) < count).astype(np.float32))
            sums = [{k: np.asarray(v, _WIDE.get(k)) for k, v in s.items()} for s in found]
            total = sums if total is None else [_joined(a, b) for a, b in zip(total, sums, strict=True)]
        return [_finished(call, sums) for call, sums in zip(self._calls[True], total or [], strict=True)]

    def _watched(self, weights: Any, x: Any, scores: bool) -> _Watch:
        """One forward pass, and what was seen."""
        inputs = list(x) if isinstance(x, tuple) else x
        leaf = jax.tree.leaves(weights) or jax.tree.leaves(x)
        watch = _Watch(self.names, getattr(leaf[0], "_trace", None), scores)
        with call_scope(self.model, False) as context:
            context.watcher = watch
            try:
                self.model.stateless_call(*weights, inputs, training=False)
            finally:
                context.watcher = None
        return watch

    def _rows_per_sample(self, weights: Any) -> list[int]:
        """For each call how much longer its first axis gets with one sample more; 0: it has no axis of samples.

        A length alone says nothing: an embedding of 32 places has the shape that 32 samples would have.
        """
        if self._per_sample is None:

            def look(weights: Any, x: Any) -> list[Any]:
                return self._watched(weights, x, scores=False).outputs

            parts = [jax.tree.map(lambda a, n=n: a[np.zeros(n, int)], self.x) for n in (2, 3)]
            seen = [look(weights, x) if self.text else jax.eval_shape(look, weights, x) for x in parts]
            self._per_sample = [b.shape[0] - a.shape[0] for a, b in zip(*seen, strict=True)]
        return self._per_sample

    def _run(self, summed: bool, x: Any, mask: Any = None) -> Any:
        model = self.model
        weights = values(model.trainable_variables), values(model.non_trainable_variables)
        steps = self._rows_per_sample(weights)

        def forward(weights: Any, x: Any, mask: Any) -> Any:
            watch = self._watched(weights, x, scores=not summed)
            rows = len(jax.tree.leaves(x)[0])
            outputs = [_by_sample(v, rows, step) for v, step in zip(watch.outputs, steps, strict=True)]
            for call, output, step in zip(watch.calls, outputs, steps, strict=True):
                call.shape, call.shared = tuple(output.shape[1:]), step == 0
            self._calls[summed] = watch.calls
            if not summed:
                return outputs, [_by_sample(s, rows, int(len(s) == rows)) for s in watch.attention]
            return [_sums(v, c, mask) for v, c in zip(outputs, watch.calls, strict=True)]

        if self.text:
            return forward(weights, x, mask)
        if summed not in self._programs:
            self._programs[summed] = jax.jit(forward)
        return self._programs[summed](weights, x, mask)


def _inside(model: Any, prefix: str = "") -> Iterator[tuple[int, str]]:
    """(id, name) of the layers inside, those that are made of layers opened up."""
    for layer in model._tracker.layers if not hasattr(model, "layers") else model.layers:
        name = f"{prefix}{layer.name}"
        if _opens(layer):
            yield from _inside(layer, f"{name}/")
        else:
            yield id(layer), name


def _by_sample(output: Any, rows: int, step: int) -> Any:
    """An output with samples along its first axis.

    Args:
        output: (rows * step, ...), or of any shape where ``step`` is 0: the same for all samples.
        rows: samples that went in.
        step: entries along the first axis that belong to one sample.
    """
    if step == 1:
        return output
    if step == 0:
        return jnp.broadcast_to(output, (rows, *output.shape))
    return output.reshape(rows, step, *output.shape[1:])  # a layer inside that takes all places as samples


def _sums(values: Any, call: _Call, mask: Any) -> dict[str, Any]:
    """Sums of one batch; ``mask`` is 0 for rows that only fill it up."""
    y = jnp.moveaxis(values.astype(jnp.float32), call.axis, -1) if values.ndim > 1 else values[:, None]
    real = jnp.broadcast_to(mask.reshape(-1, *[1] * (y.ndim - 1)) > 0, y.shape)
    good = real & jnp.isfinite(y)
    axes = tuple(range(y.ndim - 1))
    kept = jnp.where(good, y, 0.0)
    ends = FLAT_ENDS.get(_activation(call.layer))
    found = {
        "sum": kept.sum(), "squares": (kept**2).sum(), "good": good.sum(), "real": real.sum(),
        "zeros": (good & (y == 0)).sum(), "fires": (real & (y != 0)).any(axes),
        "low": jnp.where(good, y, jnp.inf).min(), "high": jnp.where(good, y, -jnp.inf).max(),
    }  # fmt: skip
    if ends is not None:
        low, high = ends
        edge = NEAR * (high - low if math.isfinite(low) else 0.0)
        found["flat"] = (good & ((y >= high - edge) | (y <= low + edge))).sum()
    return found


_WIDE = {"sum": np.float64, "squares": np.float64, **dict.fromkeys(("good", "real", "zeros", "flat"), np.int64)}
_JOIN = {"low": np.minimum, "high": np.maximum, "fires": np.logical_or}


def _joined(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {k: _JOIN.get(k, np.add)(a[k], b[k]) for k in a}


def _finished(call: _Call, sums: dict[str, np.ndarray]) -> LayerStatistics:
    good, real = int(sums["good"]), int(sums["real"])
    mean = float(sums["sum"]) / good if good else float("nan")
    variance = float(sums["squares"]) / good - mean**2 if good else float("nan")
    low, high = (float(sums[k]) if good else float("nan") for k in ("low", "high"))
    dead = np.flatnonzero(~sums["fires"]).tolist() if _can_die(call.layer) else None
    flat = float(sums["flat"]) / good if "flat" in sums and good else None
    zeros = float(sums["zeros"]) / good if good else 0.0
    spread = math.sqrt(max(variance, 0.0)) if good else float("nan")
    return LayerStatistics(
        call.key, call.layer, call.kind, call.shape, int(sums["fires"].size), mean, spread, low, high, zeros, dead,
        flat, real - good, call.shared,
    )  # fmt: skip


def _activation(layer: Any) -> str:
    """The name of a layer's activation, where what comes out is what the activation gave."""
    if hasattr(layer, "recurrent_activation") or hasattr(layer, "cell"):
        return ""  # a gate stands behind it
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", "") or type(layer).__name__.lower() if activation else ""


def _can_die(layer: Any) -> bool:
    """Whether a 0 of this layer is its own doing: it has weights or an activation, and is no lookup or norm."""
    if any(word in type(layer).__name__ for word in ("Embedding", "Normalization", "Flatten", "Pooling")):
        return False
    has_matrix = layer.built and any(len(v.shape) > 1 for v in layer.weights)
    return has_matrix or getattr(layer, "activation", None) is not None or type(layer).__name__ in ("ReLU", "PReLU")
