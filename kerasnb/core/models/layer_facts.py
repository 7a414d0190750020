"""What there is to say of a layer: its settings, its weights and how their values are spread. Numbers only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import numpy as np

from ..configurable import constructor_parameters, passed_arguments
from ..layer import Layer

BINS = 24
LOOKED_AT = 65_536  # values of one weight that are looked at; of more, every n-th
FETCHED_BYTES = 64 * 2**20  # of weights that lie on an accelerator, for one card
LONGEST = 72  # letters of a setting
_LEFT_OUT = ("name", "trainable", "dtype")
_SAID_BY_DEFAULT = ("linear", "channels_last", None)  # what None, as a default, becomes


def settings(operation: Any) -> list[tuple[str, str]]:
    """The constructor's arguments as text: those without a default, and those that differ from it.

    >>> from kerasnb import layers
    >>> settings(layers.Dense(3, "relu", kernel_regularizer="l2"))
    [('units', '3'), ('activation', 'relu'), ('kernel_regularizer', 'L2(l2=0.01)')]
    """
    if not isinstance(operation, Layer) or hasattr(operation, "_nodes") or hasattr(operation, "_functional"):
        return []
    parameters = _parameters(type(operation))
    try:
        config = operation.get_config()
    except Exception:  # a class of the user's own whose arguments have no written form
        config = passed_arguments(operation)
    found = []
    for name, value in config.items():
        if name in _LEFT_OUT:
            continue
        parameter = parameters.get(name)
        if value == {}:
            continue
        if parameter is not None and parameter.default is not parameter.empty and _same(value, parameter.default):
            continue
        found.append((name, text_of(value)))
    policy = getattr(operation, "dtype_policy", None)
    if policy is not None and policy.name != "float32":
        found.append(("dtype", policy.name))
    return found


@lru_cache(maxsize=256)
def _parameters(cls: type) -> dict[str, Any]:
    return constructor_parameters(cls)


def _same(value: Any, default: Any) -> bool:
    if value is default or (isinstance(value, type(default)) and value == default):
        return True
    if default is None:
        return isinstance(value, str) and value in _SAID_BY_DEFAULT
    if isinstance(value, (tuple, list)) and isinstance(default, (int, float)):
        return all(v == default for v in value)
    if isinstance(value, (tuple, list)) and isinstance(default, (tuple, list)):
        return list(value) == list(default)
    if isinstance(value, dict) and isinstance(default, str):
        return _plain(value.get("class_name")) == _plain(default)
    return False


def _plain(name: Any) -> str:
    return str(name).replace("_", "").lower()


def text_of(value: Any) -> str:
    """A value of a configuration in few words."""
    if isinstance(value, dict) and "class_name" in value:
        inner = value.get("config")
        if value["class_name"] == "__lambda__" or not isinstance(inner, dict):
            return "a function" if value["class_name"] == "__lambda__" else str(value["class_name"])
        said = [f"{k}={text_of(v)}" for k, v in inner.items() if type(v) in (int, float) and v]
        return f"{value['class_name']}({', '.join(said[:3])})"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (list, tuple)):
        text = f"({', '.join(text_of(v) for v in value)})"
    else:
        text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


@dataclass
class WeightFacts:
    """One weight.

    Attributes:
        name, shape, dtype, count, trainable: of the variable.
        looked_at: how many values the statistics rest on; 0 where none were fetched.
        mean, spread, low, high: of the finite values; spread is the standard deviation.
        zeros: share of values that are exactly 0.
        broken: how many of the values looked at are NaN or infinite.
        counts: values in equal bins from low to high.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    trainable: bool
    looked_at: int = 0
    mean: float = float("nan")
    spread: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    zeros: float = 0.0
    broken: int = 0
    counts: list[int] = field(default_factory=list)


class Budget:
    """Bytes that may still be fetched from an accelerator."""

    def __init__(self, fetched: int = FETCHED_BYTES):
        self.left = fetched

    def allows(self, value: Any) -> bool:
        """Whether this array may be looked at; on a CPU looking costs nothing."""
        if jax.default_backend() == "cpu":
            return True
        self.left -= value.nbytes
        return self.left >= 0


def weight_facts(variables: Iterable[Any], budget: Budget | None = None) -> list[WeightFacts]:
    """Shape, statistics and histogram of each weight.

    Args:
        variables: Variables with values.
        budget: bytes that may be fetched from an accelerator; what does not fit is listed without statistics.
    """
    budget = budget or Budget()
    found = []
    for variable in variables:
        value = variable._raw_value
        facts = WeightFacts(
            variable.name, tuple(value.shape), str(value.dtype), int(variable.size), bool(variable.trainable)
        )
        found.append(facts)
        if value.size and jax.dtypes.issubdtype(value.dtype, np.number) and budget.allows(value):
            _look(facts, value)
    return found


def _look(facts: WeightFacts, value: Any) -> None:
    flat = np.asarray(value).reshape(-1)
    flat = flat[:: -(-flat.size // LOOKED_AT)].astype(np.float32)
    finite = flat[np.isfinite(flat)]
    facts.looked_at, facts.broken = flat.size, flat.size - finite.size
    if not finite.size:
        return
    facts.mean, facts.spread = float(finite.mean()), float(finite.std())
    facts.low, facts.high = float(finite.min()), float(finite.max())
    facts.zeros = float((finite == 0).mean())
    if facts.high > facts.low:
        facts.counts = np.histogram(finite, BINS, (facts.low, facts.high))[0].tolist()
