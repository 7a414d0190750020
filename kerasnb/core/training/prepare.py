"""What must be known before the first compiled step: shapes, losses, slots, whether padding is safe."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ..layer import Layer
from ..operation import FunctionOperation
from ..registry import is_builtin
from ..symbolic import KerasTensor, infer_output
from .structure import leaves
from .targets import check_targets, missing_targets


def require_compiled(model: Any, verb: str) -> None:
    """A lesson for those who call ``fit`` before ``compile``."""
    if not model.compiled:
        raise ValueError(
            f"Call model.compile(optimizer, loss) before model.{verb}(): the model does not know yet how it should "
            "learn. For classes as integers: "
            "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])."
        )


def symbols(tree: Any) -> Any:
    """Symbolic tensors of the shapes of arrays, with a free batch axis."""
    return jax.tree.map(lambda a: KerasTensor((None, *a.shape[1:]), dtype=_dtype_name(a)), tree)


def _dtype_name(array: Any) -> str:
    return "string" if array.dtype.kind in "US" else jax.dtypes.canonicalize_dtype(array.dtype).name


def build(model: Any, x: Any, y: Any = None, need_loss: bool = True, check: bool = True) -> Any:
    """Build the model on the shapes of a batch, its loss and metrics on its outputs, its optimizer on its weights.

    Args:
        x, y: one batch, or all of the data.
        need_loss: whether the loss and metrics are wanted too.
        check: whether the targets are checked against the outputs (a step of the user's may mean others).

    Returns the outputs' symbols.
    """
    if check and need_loss and y is None and _wants_targets(model):
        raise missing_targets(model)
    check_inputs(model, x, y)
    check_word_numbers(model, x)
    inputs = symbols(x)
    if not model.built and getattr(inputs, "dtype", None) == "string" and getattr(model, "_stack", None):
        check_takes_text(model._stack[0])
        model._stack[0]._input_dtype_arg = "string"  # while tracing, numbers stand for text
    if isinstance(inputs, tuple):
        inputs = list(inputs)
    was_built = model.built
    key = jax.tree.map(lambda t: (t.shape, t.dtype), inputs, is_leaf=lambda t: isinstance(t, KerasTensor))
    remembered = model.__dict__.get("_output_symbols")
    if was_built and remembered is not None and remembered[0] == repr(key):
        outputs = remembered[1]
    elif (recorded := _recorded_outputs(model, inputs)) is not None:
        outputs = recorded
    else:
        outputs = infer_output(lambda v: model(v, training=False), (inputs,), {}, model.name)
        model._clear_losses()
        model.__dict__["_output_symbols"] = (repr(key), outputs)
        if not was_built and model._build_shapes is None and not isinstance(model, _graph_types()):
            shape = jax.tree.map(lambda t: t.shape, inputs, is_leaf=lambda t: isinstance(t, KerasTensor))
            model.__dict__["_build_shapes"] = {"input_shape": shape}
        model.built = True
    if need_loss:
        names = getattr(model, "output_names", None) if isinstance(model, _graph_types()) else None
        targets = symbols(y) if y is not None else None
        for part in (model._compile_loss, model._compile_metrics):
            if part is not None and not part.built:
                part.output_names = part.output_names or names
                part.build(targets, outputs)
        if check and y is not None and model._compile_loss is not None:
            check_targets(model, y, outputs)
    return outputs


def _channels_moved(first: tuple, last: tuple) -> bool:
    """Whether the second shape is the first with its channels at the end, and could not be taken for another."""
    if len(first) != len(last) or len(first) < 4 or None in first[1:] or None in last[1:]:
        return False
    return tuple(first[2:]) == tuple(last[1:-1]) and first[1] == last[-1]


def _recorded_outputs(model: Any, inputs: Any) -> Any:
    """The symbols that a graph of layers ends in, where the data are what it was drawn for; None elsewhere.

    To trace a deep network again only to learn its outputs' shapes is a fifth of the time to its first step.
    """
    if not model.built or not isinstance(model, _graph_types()) or not isinstance(inputs, KerasTensor):
        return None
    graph = model if hasattr(model, "_outputs_struct") else model._functional
    if graph is None or not any(type(model).call is known.call for known in _graph_types()) or len(graph.inputs) != 1:
        return None
    (wanted,) = graph.inputs
    if (inputs.shape, inputs.dtype) != (wanted.shape, wanted.dtype):
        return None
    return graph.compute_output_spec(inputs)


def _graph_types() -> tuple[type, ...]:
    from ..models.functional import Functional
    from ..models.sequential import Sequential

    return (Functional, Sequential)


def _wants_targets(model: Any) -> bool:
    """Whether the loss that ``compile`` was given is asked, and cannot do without targets."""
    from .trainer import Trainer

    loss = model._compile_loss
    return loss is not None and loss.user_loss is not None and type(model).compute_loss is Trainer.compute_loss


def check_takes_text(layer: Any) -> None:
    """Text goes to the few layers that read it."""
    if is_builtin(type(layer)) and type(layer).__name__ not in _READERS:
        raise ValueError(
            f"x holds text, but the first layer, {layer.name!r} ({type(layer).__name__}), takes numbers. Turn it into "
            "numbers first, e.g. with keras.layers.TextVectorization or keras.layers.StringLookup."
        )


_READERS = ("TextVectorization", "StringLookup", "Hashing", "HashedCrossing", "InputLayer", "Lambda", "Sequential",
            "Functional", "Model", "Pipeline")  # fmt: skip


def check_word_numbers(model: Any, x: Any) -> None:
    """Numbers beyond the table of an Embedding that comes first, where every look-up would give NaN."""
    layers = [layer for layer in getattr(model, "layers", ()) if type(layer).__name__ != "InputLayer"][:1]
    if not layers or type(layers[0]).__name__ != "Embedding" or not isinstance(x, np.ndarray) or not x.size:
        return
    if x.dtype.kind not in "iuf":
        return
    low, high, size = x.min(), x.max(), layers[0].input_dim
    if low < 0 or high >= size:
        raise ValueError(
            f"x has numbers from {low:g} to {high:g}, but the layer {layers[0].name!r} has rows for 0 to {size - 1} "
            f"(input_dim={size}). Mend: input_dim={int(high) + 1}, or fewer words (num_words=..., max_tokens=...)."
        )


def check_inputs(model: Any, x: Any, y: Any = None) -> None:
    """Inputs that cannot be those of the model, told in terms of ``x`` before anything is traced."""
    if not model.built or not isinstance(model, _graph_types()):
        return
    given, wanted = leaves(x), model.inputs
    if len(given) != len(wanted):
        return  # the model itself says which inputs it needs
    names = model.input_names
    pairs = list(zip(given, wanted, names))
    if isinstance(x, dict):
        if not set(names) <= set(x):
            return
        pairs = [(x[n], t, n) for t, n in zip(wanted, names)]
    for array, symbol, name in pairs:
        label = "x" if len(wanted) == 1 else f"The part of x for input {name!r}"
        head = f"{label} of shape {array.shape} does not fit model {model.name!r}: input {name!r} takes {symbol.shape}"
        if array.dtype.kind in "US" and symbol.dtype != "string":
            raise ValueError(
                f"{label} holds text, but input {name!r} of model {model.name!r} takes {symbol.dtype}. Turn it into "
                "numbers first, e.g. with keras.layers.TextVectorization or keras.layers.StringLookup."
            )
        if array.ndim == len(symbol.shape):
            if all(m in (None, n) for m, n in zip(symbol.shape[1:], array.shape[1:])):
                continue
        elif abs(array.ndim - len(symbol.shape)) == 1 and 1 in (array.shape[-1], symbol.shape[-1]):
            continue  # a last axis of size 1 comes or goes
        hint = f"Give the model keras.Input({array.shape[1:]}) if the data is right."
        rows = [len(part) for part in leaves(y) if getattr(part, "ndim", 0)] if y is not None else []
        if _channels_moved(array.shape, symbol.shape):
            hint = "The channels seem to be the first axis after the batch: np.moveaxis(x, 1, -1) puts them last."
        elif _channels_moved(symbol.shape, array.shape):
            hint = "The model takes the channels first: np.moveaxis(x, -1, 1) puts them there."
        elif array.shape == symbol.shape[1:] and array.ndim > 1 and rows[:1] == [len(array)]:
            hint = f"The batch axis does not belong into Input: write keras.Input({array.shape[1:]})."
        elif None not in symbol.shape[1:] and np.prod(symbol.shape[1:]) == np.prod(array.shape[1:]):
            hint = f"Reshape it: x.reshape({', '.join(map(str, (-1, *symbol.shape[1:])))})."
        elif array.shape == symbol.shape[1:]:
            hint = "That is one sample; a model takes batches: add an axis for it with x[None]."
        raise ValueError(f"{head}. {hint}")


def can_pad(model: Any) -> bool:
    """Whether rows of weight 0 at the end of a batch leave the loss of the others as it is.

    True only where everything is known: built-in layers that treat each row for itself, built-in
    losses and metrics, nothing overridden.
    """
    from .trainer import Trainer

    for name in ("train_step", "test_step", "compute_loss", "compute_metrics"):
        if getattr(type(model), name) is not getattr(Trainer, name):
            return False
    if not _knows_rows(model):
        return False
    parts = list(model._compile_loss.losses) if model._compile_loss is not None else []
    for metric in model.metrics:
        parts += getattr(metric, "metrics", [metric])
    parts = [p for p in parts if p is not None]
    if any(getattr(p, "mixes_rows", False) for p in parts):
        return False
    return all(is_builtin(type(p)) and is_builtin(getattr(p, "fn", None) or type(p)) for p in parts)


def _knows_rows(layer: Any) -> bool:
    """Whether in training too each row's outputs depend on that row alone, and nothing is added to the loss."""
    inner = [layer, *layer._all_sublayers()]
    if any(x.mixes_rows or x.activity_regularizer is not None or getattr(x, "mask_zero", False) for x in inner):
        return False
    if any(type(x).__name__ in ("Masking", "ActivityRegularization") for x in inner):
        return False
    return rows_stand_alone(layer)


def rows_stand_alone(layer: Any) -> bool:
    """Whether, in inference, each row's outputs are known to depend on that row alone."""
    if not is_builtin(type(layer)) or type(layer).__name__ in ("Lambda", "FlaxLayer", "JaxLayer"):
        return False
    if any(isinstance(o, FunctionOperation) for o in getattr(layer, "_operations", ())):
        return False
    functions = [v for v in vars(layer).values() if callable(v) and not isinstance(v, Layer)]
    if any(getattr(f, "__module__", None) and not is_builtin(f) and not is_builtin(type(f)) for f in functions):
        return False
    return all(rows_stand_alone(inner) for inner in layer._tracker.layers)
