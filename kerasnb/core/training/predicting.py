"""predict: outputs for any number of rows through one or two compiled programs.

Rows go through in batches of fixed shape, the last one filled up with copies of a row, so that
another number of rows compiles nothing. Many rows go in groups of batches, one call per group.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import jax
import numpy as np

from .. import config
from ..callbacks.callback_list import CallbackList
from ..distribution import processes
from ..distribution.processes import host_array
from ..distribution.strategies import distribution
from ..symbolic import KerasTensor
from ..variable import Changes, restore, values
from . import programs as programs_module
from . import steps
from .feed import as_arrays, check_batch_size, check_lengths, is_array_like
from .prepare import build, rows_stand_alone
from .process_feed import for_processes
from .progress import reporter_for
from .spans import span
from .streams import StreamFeed, on_devices
from .trainer import Trainer
from .troubles import explained

GROUP_ROWS = 1024  # rows per call where there are many
ROW_BYTES = 16 * 2**20  # memory of intermediate results that one step of a long prediction may take
AHEAD = 2  # calls under way while the results of the one before are fetched
SINGLES = 8  # predictions of one row that are made with the batch's program


def run_predict(model: Any, x: Any, batch_size: Any, verbose: Any, limit: int | None, callbacks: Any) -> Any:
    """``Model.predict``."""
    if x is None:
        raise ValueError("predict needs x: the inputs to compute outputs for.")
    limit = config.bounded(limit, "max_steps_per_epoch")
    if callbacks is None and limit is None and verbose in ("auto", 0):
        quick = _quick.get(model)
        if quick is not None and (outputs := quick.outputs(x, batch_size)) is not None:
            return outputs
    with span("predict"), programs_module.eager_mode(model), explained(model, "predict", batch_size):
        return _predict(model, x, batch_size, verbose, limit, callbacks)


def _predict(model: Any, x: Any, batch_size: Any, verbose: Any, limit: int | None, callbacks: Any) -> Any:
    calls = callbacks if isinstance(callbacks, CallbackList) else CallbackList(callbacks)
    calls.set_model(model)
    calls.on_predict_begin()
    reporter = reporter_for(model, 0 if verbose == "auto" else verbose, "predict")
    if is_array_like(x):
        x = as_arrays(x, "x")
        outputs = _over_arrays(model, x, batch_size, limit, calls, reporter)
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
        before: what it takes the place of.
    """

    def __init__(self, predictor: Predictor, x: np.ndarray, batch_size: int, before: QuickPredict | None = None):
        self.predictor, self.shape, self.dtype, self.batch_size = predictor, x.shape[1:], x.dtype, batch_size
        self.changes, self.singles = Changes.count, 0 if before is None else before.singles

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


def _over_arrays(model: Any, x: Any, batch_size: Any, limit: int | None, calls: CallbackList, reporter: Any) -> Any:
    rows, given = check_lengths(x, None, None), batch_size
    batch_size = check_batch_size(batch_size)
    if limit is not None:
        rows = min(rows, limit * batch_size)
    together = processes.together()
    if together:
        processes.check_same(
            "the number of rows to predict and the batch size", (rows, batch_size), "Give each of them as many rows."
        )
    predictor = Predictor(model, x)
    text = any(getattr(a, "dtype", np.dtype("f4")).kind in "US" for a in jax.tree.leaves(x))
    if type(x) is np.ndarray and not text and not programs_module.is_eager(model) and not together:
        _quick[model] = QuickPredict(predictor, x, batch_size, _quick.get(model))
    live = calls.predict_batch_callbacks
    at_once = rows_at_once(model) if given is None else batch_size
    group = max(at_once, GROUP_ROWS // at_once * at_once)  # whole steps
    pieces: list[Piece] = []
    at = step = 0
    while at < rows:
        # The first batch is a small one, so that a small prediction later finds its program.
        alone = live or predictor.custom or text or together
        many = at and rows - at > 2 * batch_size and group > batch_size and not alone
        want = group if many else batch_size
        count = min(want, rows - at)
        part = jax.tree.map(lambda a, at=at, count=count: a[at : at + count], x)
        for c in live:
            c.on_predict_batch_begin(step)
        if text:
            outputs = predictor.model(part, training=False)
        else:
            part = jax.tree.map(lambda a, want=want: _filled(a, want), part)
            if many and at_once < group:
                part = jax.tree.map(lambda a: a.reshape(-1, at_once, *a.shape[1:]), part)
                outputs = predictor.group(part)
            else:
                outputs = predictor.one(on_devices(part) if together else part)
        pieces.append(Piece(outputs, count, bool(many) and at_once < group))
        for c in live:
            c.on_predict_batch_end(step, {"outputs": pieces[-1].fetch()})
        if len(pieces) > AHEAD:  # the device works on these; the one before them is fetched
            pieces[-AHEAD - 1].fetch()
        at, step = at + count, step + 1
    return _joined([piece.fetch() for piece in pieces])


class Piece:
    """Outputs of one call, on the device until they are fetched.

    Args:
        outputs: arrays, perhaps with copies of a row at their end.
        rows: how many rows are real.
        stacked: whether they are (batches, batch, ...).
    """

    def __init__(self, outputs: Any, rows: int, stacked: bool):
        self.outputs, self.rows, self.stacked, self.here = outputs, rows, stacked, False

    def fetch(self) -> Any:
        """NumPy arrays of the real rows."""
        if not self.here:
            self.outputs = jax.tree.map(self._real_rows, self.outputs)
            self.here = True
        return self.outputs

    def _real_rows(self, array: Any) -> np.ndarray:
        host = own_rows(array)
        return (host.reshape(-1, *host.shape[2:]) if self.stacked else host)[: self.rows]


def own_rows(array: Any) -> np.ndarray:
    """Outputs as a NumPy array; where each process has data of its own, those of its rows."""
    host = host_array(array)
    strategy = distribution()
    if strategy is None or strategy.auto_shard_dataset or not processes.together() or not host.ndim:
        return host
    share = len(host) // strategy.num_data_shares
    return host[strategy.data_shard_id * share :][:share]


def rows_at_once(model: Any) -> int:
    """Rows that are worth one step of a long prediction: more where a row is small and stands alone."""
    if not rows_stand_alone(model) or not hasattr(model, "outputs") or not model.built:
        return 32
    numbers = [t for t in _tensors(model) if None not in t[1:]]
    if len(numbers) < len(_tensors(model)):
        return 32
    row = 4 * sum(math.prod(shape[1:]) for shape in numbers)
    return max(32, min(GROUP_ROWS, ROW_BYTES // max(row, 1) // 32 * 32))


def _tensors(model: Any) -> list[tuple]:
    """Shapes of everything that a graph's layers put out, nested models included."""
    graph = getattr(model, "_functional", None) or model
    found: list[tuple] = []
    for node in graph._nodes:
        found += [t.shape for t in node.outputs]
        if hasattr(node.operation, "outputs") and not node.is_input:
            found += _tensors(node.operation)
    return found


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
    feed = for_processes(feed)
    predictor = Predictor(model, feed.sample[0])
    pieces = []
    live = calls.predict_batch_callbacks
    for step, (x, _, _) in enumerate(feed.epoch(limit)):
        for c in live:
            c.on_predict_batch_begin(step)
        outputs = jax.tree.map(own_rows, predictor.one(x))
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
