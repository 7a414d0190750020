"""Suspicions: what ``fit`` can say before the first step about settings and data that seldom are meant.

None of it stops a run. Looks at settings cost nothing; looks at data read the targets once, and of the inputs a few
numbers of every row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .endings import endings
from .feed import Part
from .hints import Hint
from .repeated_rows import repeated_rows
from .targets import loss_name

MOST = 2**22  # numbers of y that are looked at
FEW_ROWS = 10  # of fewer nothing is said


def suspicions(fit: Any, class_weight: Any = None) -> list[Hint]:
    """All that can be said before the first step of a run."""
    found = [*of_settings(fit.model), *_of_trainable(fit.model)]
    if isinstance(fit.feed, Part):
        found += of_data(fit, class_weight)
    return found


# --- settings ----------------------------------------------------------------------------------------------------


def of_settings(model: Any) -> list[Hint]:
    """The last layers beside the losses."""
    loss = model._compile_loss
    if loss is None or not loss.built:
        return []
    ends = endings(model)
    if len(ends) != len(loss.losses):
        return []
    hints = [_of_ending(*end, fn) for end, fn in zip(ends, loss.losses, strict=True) if fn is not None]
    return [hint for hint in hints if hint is not None]


def _of_ending(layer: Any, activation: str | None, units: int | None, fn: Any) -> Hint | None:
    """One output's last layer and its loss."""
    name, logits = loss_name(fn), bool(getattr(fn, "from_logits", False))
    if "crossentropy" not in name or activation is None or not type(fn).__module__.startswith("kerasnb."):
        return None
    where = f"The last layer, {layer.name!r},"
    binary = name.startswith("binary")
    wanted = "sigmoid" if binary else "softmax"
    if activation == "softmax" and units == 1:
        return _hint(
            f"{where} is a softmax over 1 unit, which gives always 1: nothing can be learned.",
            "For two classes: activation='sigmoid' with loss='binary_crossentropy', or 2 units.",
        )
    if units == 1 and name.startswith("categorical"):
        return _hint(
            f"Loss {name!r} compares several classes, and the last layer, {layer.name!r}, has 1 unit: the loss is 0 "
            "whatever it gives.",
            "For two classes: activation='sigmoid' with loss='binary_crossentropy'.",
        )
    if logits and activation in ("softmax", "sigmoid"):
        return _hint(
            f"{where} ends in {activation}, and loss {name!r} with from_logits=True applies it once more: twice.",
            f"Mend: remove from_logits=True, or activation={activation!r}.",
        )
    if logits:
        return None
    if activation == "linear":
        return _hint(
            f"{where} has no activation, so it gives any numbers (logits), and loss {name!r} takes probabilities.",
            f"Mend: activation={wanted!r} in the last layer, or from_logits=True in the loss.",
        )
    if activation in ("relu", "leaky_relu", "elu", "gelu", "selu", "silu", "swish", "relu6", "softplus", "tanh"):
        return _hint(
            f"{where} ends in {activation}, and loss {name!r} takes probabilities, from 0 to 1.",
            f"Mend: activation={wanted!r} in the last layer.",
        )
    if activation == "sigmoid" and name.startswith("categorical"):
        return _hint(
            f"{where} ends in sigmoid, whose outputs need not add up to 1, and loss {name!r} compares classes that "
            "exclude one another.",
            "Mend: activation='softmax'; if a row may have several classes, loss='binary_crossentropy'.",
        )
    if activation == "softmax" and binary and units is not None and units > 2:
        return _hint(
            f"{where} is a softmax over {units} classes, and loss {name!r} asks of each class by itself: yes or no.",
            "Mend: loss='categorical_crossentropy' (for class numbers 'sparse_categorical_crossentropy').",
        )
    return None


def _of_trainable(model: Any) -> list[Hint]:
    if model.variables and not model.trainable_variables:
        return [
            _hint(
                f"Model {model.name!r} has no trainable weights: nothing will be learned.",
                "Mend: set model.trainable = True (or that of the layers that shall learn) and compile again.",
            )
        ]
    known = model.__dict__.get("_trainable_at_compile")
    if known and known != flags(model):
        return [
            _hint(
                "A layer's trainable was changed after compile: it counts from this fit on.",
                "Keras elsewhere goes on as compiled: call model.compile(...) after such a change to be sure.",
            )
        ]
    return []


def flags(model: Any) -> list[bool]:
    """Which of the model's weights are trained."""
    return [bool(v.trainable) for v in model.variables] if model.built else []


# --- data --------------------------------------------------------------------------------------------------------


def of_data(fit: Any, class_weight: Any) -> list[Hint]:
    """Targets beside the last layers and losses; training data beside validation data."""
    x, y, _ = fit.feed.feed.host
    part, validation = fit.feed, fit.validation_feed
    found: list[Hint | None] = []
    loss, ends = fit.model._compile_loss, endings(fit.model)
    single = isinstance(y, np.ndarray) and y.dtype.kind in "fiub" and 0 < y.size <= MOST
    if single and loss is not None and loss.built and len(loss.losses) == 1:
        fn = loss.losses[0]
        if fn is not None:
            found += _of_targets(y, ends[0] if len(ends) == 1 else (None, None, None), fn, fit.model)
        found.append(_of_class_weight(class_weight, y))
        if isinstance(validation, Part) and validation.feed is part.feed:
            found.append(_of_split(y, part, validation))
    if isinstance(validation, Part) and validation.feed is not part.feed:
        found.append(_of_repeated(x, validation.feed.host[0]))
    return [hint for hint in found if hint is not None]


def _of_targets(y: np.ndarray, end: tuple, fn: Any, model: Any) -> list[Hint | None]:
    """What values y has, and whether loss and last layer can be right for them."""
    layer, activation, _ = end
    name, low, high = loss_name(fn), float(y.min()), float(y.max())
    found: list[Hint | None] = []
    if low == high and len(y) >= FEW_ROWS:
        found.append(
            _hint(
                f"y has the same value, {low:g}, in all {len(y)} rows: there is nothing to tell apart.",
                "Look at how it was loaded; sorted data must be shuffled before it is cut into parts.",
            )
        )
    binary = name in ("binary_crossentropy", "binary_focal_crossentropy")
    if binary and (low < 0 or high > 1):
        if low == -1 and high == 1:
            mend = "Mend: y = (y + 1) / 2, or loss='hinge' with activation='tanh'."
        elif _whole(y) and high > 1:
            count = int(high) + 1
            mend = f"Mend: for {count} classes {count} units, softmax and loss='sparse_categorical_crossentropy'."
        else:
            mend = "Mend: scale y to 0 to 1, or use loss='mse' for numbers."
        found.append(_hint(f"y goes from {low:g} to {high:g}, and loss {name!r} takes targets from 0 to 1.", mend))
    if layer is not None and "crossentropy" not in name and "hinge" not in name:
        limits = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, np.inf)}
        ends = limits.get(activation or "")
        if ends and (low < ends[0] or high > ends[1]):
            reach = f"it gives numbers from {ends[0]:g} to {ends[1]:g} only"
            if activation == "relu":
                reach = "numbers below 0 cannot be reached"
            found.append(
                _hint(
                    f"y goes from {low:g} to {high:g}, and the last layer, {layer.name!r}, ends in {activation}: "
                    f"{reach}.",
                    "Mend: activation=None in the last layer, or scale y.",
                )
            )
        if activation == "linear" and not _whole(y) and _names_accuracy(model):
            found.append(
                _hint(
                    f"Metric accuracy counts exact hits, and y holds numbers, from {low:g} to {high:g} (regression): "
                    "it stays near 0.",
                    "Use metrics=['mae'], the mean distance.",
                )
            )
    return found


def _whole(y: np.ndarray) -> bool:
    return y.dtype.kind != "f" or bool((y == np.floor(y)).all())


def _names_accuracy(model: Any) -> bool:
    given = (model._compile_arguments or {}).get("metrics")
    return any(m in ("accuracy", "acc") for m in (given if isinstance(given, (list, tuple)) else [given]) if m)


def _of_class_weight(class_weight: Any, y: np.ndarray) -> Hint | None:
    if not class_weight:
        return None
    labels = _labels(y)
    missing = [] if labels is None else [int(c) for c in np.flatnonzero(np.bincount(labels)) if c not in class_weight]
    if not missing:
        return None
    lacking = ", ".join(map(str, missing[:5]))
    return _hint(
        f"class_weight has no weight for class {lacking}, which counts with 1.0.",
        f"Say so to be clear: {{..., {missing[0]}: 1.0}}.",
    )


def _labels(y: np.ndarray) -> np.ndarray | None:
    """Class numbers out of labels or one-hot rows, None where y is something else."""
    if y.ndim == 2 and y.shape[-1] > 1:
        y = y.argmax(-1)
    flat = y.reshape(-1)
    if len(flat) != len(y) or not _whole(flat) or not len(flat) or flat.min() < 0 or flat.max() > 10_000:
        return None
    return flat.astype(np.int64)


def _of_split(y: np.ndarray, part: Part, validation: Part) -> Hint | None:
    """A validation_split of sorted rows holds classes that training never sees."""
    labels = _labels(y)
    if labels is None or validation.rows < FEW_ROWS:
        return None
    if 5 * len(np.unique(labels)) > len(labels):  # whole numbers with so many values are quantities, not classes
        return None
    share = f"validation_split={validation.rows / (part.rows + validation.rows):.2g}"
    advice = "Shuffle them first: order = np.random.permutation(len(x)); x, y = x[order], y[order]."
    if labels[0] != labels[-1] and (np.diff(labels) >= 0).all():
        return _hint(
            f"The rows are sorted by class, and {share} takes the last rows: they are of class "
            + str(labels[validation.first])
            + (f" to {labels[-1]}." if labels[validation.first] != labels[-1] else " alone."),
            advice,
        )
    trained = np.bincount(labels[part.first : part.last], minlength=int(labels.max()) + 1)
    held = np.bincount(labels[validation.first : validation.last], minlength=int(labels.max()) + 1)
    unseen = np.flatnonzero((held > 0) & (trained == 0))
    if not len(unseen) or held[unseen].sum() < validation.rows / 10:  # a rare class may fall on one side
        return None
    return _hint(
        f"{share} takes the last rows, and training sees no row of class {unseen[0]}, of which "
        f"{held[unseen[0]]} are among them: the rows seem to be sorted.",
        advice,
    )


def _of_repeated(x: Any, held: Any) -> Hint | None:
    """Rows of the validation data that training sees too."""
    if not (isinstance(x, np.ndarray) and isinstance(held, np.ndarray)):
        return None
    found = repeated_rows(x, held)
    if found is None:
        return None
    same, looked_at = found
    return _hint(
        f"{same} of {looked_at} rows of the validation data are also in the training data: how well the model does on "
        "them says nothing about new data.",
        "Keep rows for validation that are not trained on: validation_split=0.2, or "
        "sklearn.model_selection.train_test_split.",
    )


def _hint(evidence: str, advice: str) -> Hint:
    return Hint("suspicion", evidence, advice, 1)
