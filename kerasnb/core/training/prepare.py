"""What must be known before the first compiled step: shapes, losses, slots, whether padding is safe."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ..layer import Layer
from ..operation import FunctionOperation
from ..registry import is_builtin
from ..symbolic import KerasTensor, infer_output
from .structure import leaves, targets_for


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
    check_inputs(model, x)
    inputs = symbols(x)
    if not model.built and getattr(inputs, "dtype", None) == "string" and getattr(model, "_stack", None):
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
        try:
            outputs = infer_output(lambda v: model(v, training=False), (inputs,), {}, model.name)
        except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as error:
            error.add_note(
                f"While tracing model {model.name!r}: use keras.ops instead of NumPy or Python conditions on tensors."
            )
            raise
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


def check_inputs(model: Any, x: Any) -> None:
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
        if None not in symbol.shape[1:] and np.prod(symbol.shape[1:]) == np.prod(array.shape[1:]):
            hint = f"Reshape it: x.reshape({', '.join(map(str, (-1, *symbol.shape[1:])))})."
        elif array.shape == symbol.shape[1:]:
            hint = "That is one sample; a model takes batches: add an axis for it with x[None]."
        raise ValueError(f"{head}. {hint}")


def check_targets(model: Any, y: Any, outputs: Any) -> None:
    """Labels out of range and targets of the wrong shape, told before anything compiles."""
    parts = targets_for(y, outputs, model._compile_loss.output_names)
    for fn, target, output in zip(model._compile_loss.losses, parts, leaves(outputs), strict=True):
        if fn is None or target is None:
            continue
        if getattr(target, "dtype", np.dtype("f4")).kind in "US":
            raise ValueError(
                "y holds text, and a loss needs numbers: turn class names into integers first, "
                "e.g. with keras.layers.StringLookup or np.unique(y, return_inverse=True)[1]."
            )
        name = getattr(fn, "name", type(fn).__name__)
        if "sparse_categorical" in name and not isinstance(target, KerasTensor):
            axis = getattr(fn, "axis", -1)
            classes = output.shape[-1 if axis in (-1, None) else axis]
            check_label_range(target, classes, name, getattr(fn, "ignore_class", None))
        elif "categorical" in name and "sparse" not in name and len(target.shape) == len(output.shape) - 1:
            raise ValueError(
                f"Loss {name!r} expects one-hot targets of shape {('batch', *output.shape[1:])}, got y of shape "
                f"{target.shape}. For integer classes use loss='sparse_categorical_crossentropy', "
                "or one-hot them with keras.utils.to_categorical(y)."
            )


def check_label_range(target: Any, classes: int | None, name: str, ignored: int | None) -> None:
    """Integer labels must number the classes from 0."""
    labels = np.asarray(target)
    if ignored is not None:
        labels = labels[labels != ignored]
    if not labels.size or classes is None:
        return
    low, high = labels.min(), labels.max()
    if low < 0 or high >= classes:
        hint = (
            "subtract 1 from y (labels start at 0)"
            if low >= 1 and high == classes
            else f"give the last layer {int(high) + 1} units, or check y"
        )
        raise ValueError(
            f"y has labels from {int(low)} to {int(high)}, but the model gives {classes} classes, so loss {name!r} "
            f"needs labels from 0 to {classes - 1}. Mend: {hint}."
        )


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
