"""Diagnosis: why a run did not learn, looked for in data and weights when the losses have said that it did not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..distribution.processes import host_array
from .endings import endings
from .feed import Part
from .hints import Hint
from .progress import number
from .targets import loss_name

LARGE = 30.0  # inputs beyond it are not scaled
FAR = 100.0  # so many times its own unit: a target that a fresh network is far from
ROWS = 256  # rows that are sent through the network
MOST = 2**24  # numbers of an array that are looked at
GUESS = 0.98  # of the loss of guessing, from which on nothing was learned
TROUBLES = ("not finite", "divergence", "no progress", "guessing")
# Layers that bring their inputs into range themselves, or take them as names.
_SCALING = ("Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Embedding", "Hashing",
            "CategoryEncoding", "Discretization", "IntegerLookup", "StringLookup", "TextVectorization",
            "HashedCrossing")  # fmt: skip


def diagnose(fit: Any, history: dict[str, list[Any]], said: list[Hint]) -> list[Hint]:
    """What the data and the weights of a run say where its losses show trouble.

    Args:
        fit: the run, with its data still at hand.
        history: its numbers, one list a name.
        said: what the losses say by themselves.
    """
    found = guessing(fit.model, history)
    kinds = {hint.kind for hint in [*said, *found]}
    if fit.warning:
        kinds.add("not finite")
    if not kinds & set(TROUBLES) or fit.together or not isinstance(fit.feed, Part):
        return found
    x, y, weight = fit.feed.feed.host
    if "not finite" in kinds:
        holes = [h for h in (_holes("x", x), _holes("y", y), _holes("sample_weight", weight)) if h is not None]
        if holes:
            return found + holes
    found += [*_of_scale(fit.model, x), *_of_targets(fit.model, y)]
    if "no progress" in kinds or "guessing" in kinds:
        found += [*_of_zeros(fit.model), *_of_dead_units(fit.model, x)]
    return found


def guessing(model: Any, history: dict[str, list[Any]]) -> list[Hint]:
    """A crossentropy that is no better than if all classes were called equally likely."""
    losses, loss = history.get("loss", []), model._compile_loss
    if len(losses) < 3 or loss is None or not loss.built or len(loss.losses) != 1 or loss.losses[0] is None:
        return []
    ends, name = endings(model), loss_name(loss.losses[0])
    if len(ends) != 1 or name not in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        return []
    units = ends[0][2]
    last = np.mean(losses[-1])
    if not units or units < 2 or not np.isfinite(last) or last < GUESS * math.log(units):
        return []
    return [
        Hint(
            "guessing",
            f"No better than guessing: the loss is {number(last)}, and to call {units} classes equally likely costs "
            f"{number(math.log(units))}.",
            "Check that x is scaled and that the rows of y belong to those of x; try another learning rate.",
            len(losses),
        )
    ]


# --- data --------------------------------------------------------------------------------------------------------


def _holes(name: str, tree: Any) -> Hint | None:
    """NaN or infinite values, with their place."""
    if not isinstance(tree, np.ndarray) or tree.dtype.kind != "f" or not tree.size:
        return None
    flat = tree.reshape(len(tree), -1)
    step = max(1, MOST // flat.shape[1])
    rows: list[int] = []
    columns: set[int] = set()
    for first in range(0, len(flat), step):  # so that no second array of the data's size is made
        bad = ~np.isfinite(flat[first : first + step])
        if bad.any():
            rows += (np.flatnonzero(bad.any(1)) + first).tolist()
            columns |= set(np.flatnonzero(bad.any(0)).tolist())
    if not rows:
        return None
    what = "NaN" if np.isnan(flat[rows[0]]).any() else "infinite values"
    where = f"first in row {rows[0]}"
    if 1 < flat.shape[1] and tree.ndim == 2:
        shown = ", ".join(map(str, sorted(columns)[:5])) + (", ..." if len(columns) > 5 else "")
        where += f"; in column {shown}" if len(columns) == 1 else f"; in columns {shown}"
    return Hint(
        "data",
        f"{name} holds {what} in {len(rows)} of {len(flat)} rows ({where}): one such number spoils all weights.",
        f"Find them with np.isnan({name}); fill them in with np.nan_to_num({name}), or leave the rows out (of a frame: "
        "frame.dropna()).",
        1,
    )


def _of_scale(model: Any, x: Any) -> list[Hint]:
    """Inputs far from 0."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fiu" or not x.size or _scales_itself(model):
        return []
    some = x[:: max(1, x.size // MOST)]
    low, high = float(np.nanmin(some)), float(np.nanmax(some))
    if max(-low, high) <= LARGE or not np.isfinite([low, high]).all():
        return []
    if low >= 0 and high <= 255 and (x.ndim > 2 or x.shape[-1] > 16):
        return [_scale(f"x has values from {low:g} to {high:g} and is not scaled.", "Mend: x = x / 255.")]
    place = "x"
    if x.ndim == 2 and x.shape[1] > 1:
        sizes = np.nanmax(np.abs(some), axis=0)
        wide = np.flatnonzero(sizes > LARGE)
        worst = int(np.argmax(sizes))
        low, high = float(np.nanmin(some[:, worst])), float(np.nanmax(some[:, worst]))
        place = f"column {worst} of x" + (f" (and {len(wide) - 1} more)" if len(wide) > 1 else "")
    return [
        _scale(
            f"{place} goes from {low:.4g} to {high:.4g} and is not scaled.",
            "Mend: put keras.layers.Normalization() first, adapted to x_train, or take (x - x.mean(0)) / x.std(0).",
        )
    ]


def _scales_itself(model: Any) -> bool:
    layers = [layer for layer in getattr(model, "layers", []) if type(layer).__name__ != "InputLayer"]
    return not layers or any(type(layer).__name__ in _SCALING for layer in layers[:3])


def _of_targets(model: Any, y: Any) -> list[Hint]:
    """Numbers to be learned that a fresh network is far from."""
    if not isinstance(y, np.ndarray) or y.dtype.kind != "f" or not y.size or y.size > MOST:
        return []
    loss = model._compile_loss
    if loss is None or any(fn is None or "crossentropy" in loss_name(fn) for fn in loss.losses):
        return []
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    if max(-low, high) <= FAR:
        return []
    return [
        _scale(
            f"y goes from {low:.4g} to {high:.4g}: the network begins near 0, and the optimizer moves each weight "
            "only a little at every step.",
            "Mend: divide y by its standard deviation (and subtract its mean), and multiply predictions by it again.",
        )
    ]


def _scale(evidence: str, advice: str) -> Hint:
    return Hint("data", evidence, advice, 1)


# --- weights -----------------------------------------------------------------------------------------------------


def _of_zeros(model: Any) -> list[Hint]:
    """Kernels that are still all zeros: with those no layer before or after them can learn."""
    for layer in model._all_sublayers():
        kernel = getattr(layer, "kernel", None)
        if kernel is None or not getattr(kernel, "trainable", False) or len(kernel.shape) < 2:
            continue
        if not np.any(host_array(kernel._raw_value)):
            return [
                Hint(
                    "weights",
                    f"All weights of the kernel of {layer.name!r} are zero, so all its units give and learn the same.",
                    "Leave kernel_initializer at its default, which draws them at random.",
                    1,
                )
            ]
    return []


def _of_dead_units(model: Any, x: Any) -> list[Hint]:
    """Layers whose ReLUs give 0 for every row."""
    if not isinstance(x, np.ndarray) or not getattr(model, "layers", None):
        return []
    from ..models.activations import Activations

    try:
        found = Activations(model, x[:: max(1, len(x) // ROWS)][:ROWS]).statistics()
    except Exception:  # a model that cannot be looked into this way: there is nothing to say then
        return []
    for layer in found:
        if layer.dead is not None and len(layer.dead) >= 0.9 * layer.units:
            return [
                Hint(
                    "dying relu",
                    f"Dead: {len(layer.dead)} of {layer.units} relu units of {layer.key!r} are always 0, whatever row "
                    "is given, so no gradient reaches them.",
                    "Build the model anew with a smaller learning rate, activation='leaky_relu', or scaled inputs, and "
                    "leave the initializers at their defaults.",
                    1,
                )
            ]
    return []
