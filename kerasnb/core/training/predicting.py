"""predict: outputs for any number of rows through one or two compiled programs.

Rows go through in batches of fixed shape, the last one filled up with copies of a row, so that
another number of rows compiles nothing. Many rows go in groups of batches, one call per group.
"""

from __future__ import annotations

import weakref
from typing import Any

import jax
import numpy as np

from ..callbacks.callback_list import CallbackList
from ..symbolic import KerasTensor
from ..variable import Changes, restore, values
from . import programs as programs_module
from . import steps
from .feed import as_arrays, check_batch_size, check_lengths, is_array_like
from .prepare import build
from .progress import reporter_for
from .streams import StreamFeed
from .trainer import Trainer

GROUP_ROWS = 1024  # rows per call where there are many
SINGLES = 8  # predictions of one row that are made with the batch's program


def run_predict(model: Any, x: Any, batch_size: Any, verbose: Any, limit: int | None, callbacks: Any) -> Any:
    """``Model.predict``."""
    if x is None:
        raise ValueError("predict needs x: the inputs to compute outputs for.")
    if callbacks is None and limit is None and verbose in ("auto", 0):
        quick = _quick.get(model)
        if quick is not None and (outputs := quick.outputs(x, batch_size)) is not None:
            return outputs
    if model.run_eagerly or model.jit_compile is False:
        with jax.disable_jit():
            return _predict(model, x, batch_size, verbose, limit, callbacks)
    return _predict(model, x, batch_size, verbose, limit, callbacks)


def _predict(model: Any, x: Any, batch_size: Any, verbose: Any, limit: int | None, callbacks: Any) -> Any:
    calls = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks)
    calls.set_model(model)
    calls.on_predict_begin()
    reporter = reporter_for(model, 0 if verbose == "auto" else verbose, "predict")
    if is_array_like(x):
        x = as_arrays(x, "x")
        outputs = _over_arrays(model, x, check_batch_size(batch_size), limit, calls, reporter)
    else:
        outputs = _over_stream(model, StreamFeed(x, batch_size=batch_size, steps=limit), limit, calls)
    calls.on_predict_end()
    return outputs


class Predictor:
    """A model's forward pass over batches of one shape; layers that draw random numbers draw on."""

    def __init__(self, model: Any, x: Any):
        build(model, x, need_loss=False)
        self._model, self.slots = weakref.ref(model), steps.Slots(model, with_optimizer=False)
        self.slots.metrics = []
        self.programs = programs_module.programs_for(model, trusting=True)
        self.custom = type(model).predict_step is not Trainer.predict_step

    @property
    def model(self) -> Any:
        """The model, which the predictor does not keep alive."""
        return self._model()

    def group(self, data: Any) -> Any:
        """Outputs of (batches, batch, ...) inputs."""
        return self._run("predict", data)

    def one(self, data: Any) -> Any:
        """Outputs of one batch."""
        return self._run("custom_predict", (data,)) if self.custom else self._run("predict_one", data)

    def _run(self, kind: str, data: Any) -> Any:
        fixed, rest = values(self.slots.trainable), values(self.slots.rest)
        rest, outputs = self.programs.call(self.model, self.slots, kind, fixed, rest, data)
        restore(self.slots.rest, rest)
        return outputs


class QuickPredict:
    """Predictions for a few rows of a plain array, without working out again what has not changed.

    Args:
        predictor: a predictor that has run.
        x: the inputs it ran on.
        batch_size: rows per batch; fewer are filled up to it.
    """

    def __init__(self, predictor: Predictor, x: np.ndarray, batch_size: int):
        self.predictor, self.shape, self.dtype, self.batch_size = predictor, x.shape[1:], x.dtype, batch_size
        self.changes, self.singles = Changes.count, 0

    def outputs(self, x: Any, batch_size: Any) -> Any:
        """The outputs, or None where the long way must be gone."""
        if type(x) is not np.ndarray or x.shape[1:] != self.shape or not x.ndim or self.changes != Changes.count:
            return None
        rows = x.shape[0]
        if not 0 < rows <= self.batch_size or (batch_size or 32) != self.batch_size:
            return None
        if x.dtype != self.dtype:
            if x.dtype.kind != "f" or self.dtype.kind != "f":
                return None
            x = x.astype(self.dtype)
        if rows == 1:  # who asks for single rows again and again gets a program of their own
            self.singles += 1
        size = 1 if rows == 1 and self.singles > SINGLES else self.batch_size
        outputs = self.predictor.one(x if rows == size else _filled(x, size))
        if isinstance(outputs, jax.Array):
            return np.array(outputs if rows == size else np.asarray(outputs)[:rows])
        return jax.tree.map(lambda a: np.array(np.asarray(a)[:rows]), outputs)


_quick: weakref.WeakKeyDictionary[Any, QuickPredict] = weakref.WeakKeyDictionary()


def _over_arrays(model: Any, x: Any, batch_size: int, limit: int | None, calls: CallbackList, reporter: Any) -> Any:
    rows = check_lengths(x, None, None)
    if limit is not None:
        rows = min(rows, limit * batch_size)
    predictor = Predictor(model, x)
    if type(x) is np.ndarray and x.dtype.kind in "fiub" and not (model.run_eagerly or model.jit_compile is False):
        _quick[model] = QuickPredict(predictor, x, batch_size)
    live = calls.predict_batch_callbacks
    text = any(getattr(a, "dtype", np.dtype("f4")).kind in "US" for a in jax.tree.leaves(x))
    group = max(1, GROUP_ROWS // batch_size)
    pieces: list[Any] = []
    at = step = 0
    while at < rows:
        many = rows - at > 2 * batch_size and group > 1 and not live and not predictor.custom and not text
        want = group * batch_size if many else batch_size
        count = min(want, rows - at)
        part = jax.tree.map(lambda a, at=at, count=count: a[at : at + count], x)
        if text:
            outputs = predictor.model(part, training=False)
        else:
            part = jax.tree.map(lambda a, want=want: _filled(a, want), part)
            if many:
                shaped = jax.tree.map(lambda a: a.reshape(group, batch_size, *a.shape[1:]), part)
                outputs = jax.tree.map(_unstacked, predictor.group(shaped))
            else:
                for c in live:
                    c.on_predict_batch_begin(step)
                outputs = predictor.one(part)
        kept = jax.tree.map(lambda a, count=count: np.asarray(a)[:count], outputs)
        for c in live:
            c.on_predict_batch_end(step, {"outputs": kept})
        pieces.append(kept)
        at, step = at + count, step + 1
    return _joined(pieces)


def _unstacked(array: Any) -> np.ndarray:
    """(batches, batch, ...) as (rows, ...), on the host."""
    host = np.asarray(array)
    return host.reshape(-1, *host.shape[2:])


def _filled(array: Any, rows: int) -> Any:
    """An array with its first row repeated up to so many rows."""
    missing = rows - array.shape[0]
    if not missing:
        return array
    if isinstance(array, np.ndarray):
        whole = np.empty((rows, *array.shape[1:]), array.dtype)
        whole[: array.shape[0]] = array
        whole[array.shape[0] :] = array[:1]
        return whole
    return jax.numpy.concatenate([array, jax.numpy.repeat(array[:1], missing, axis=0)])


def _over_stream(model: Any, feed: StreamFeed, limit: int | None, calls: CallbackList) -> Any:
    predictor = Predictor(model, feed.sample[0])
    pieces = []
    live = calls.predict_batch_callbacks
    for step, (x, _, _) in enumerate(feed.epoch(limit)):
        for c in live:
            c.on_predict_batch_begin(step)
        outputs = jax.tree.map(np.asarray, predictor.one(x))
        for c in live:
            c.on_predict_batch_end(step, {"outputs": outputs})
        pieces.append(outputs)
    return _joined(pieces)


def _joined(pieces: list[Any]) -> Any:
    """Outputs of all batches in one array per output; float types beyond NumPy's become float32."""
    if not pieces:
        raise ValueError("predict got no batches.")
    joined = pieces[0] if len(pieces) == 1 else jax.tree.map(lambda *parts: np.concatenate(parts), *pieces)
    return jax.tree.map(lambda a: np.array(a), joined, is_leaf=lambda a: isinstance(a, KerasTensor))
