"""Learning-rate schedules: the rate as a function of the step, traceable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp

from ..registry import Configurable, deserialize_keras_object, serialize_keras_object


class LearningRateSchedule(Configurable):
    """Base of schedules; a subclass writes ``__call__(step)`` and, to be saved, ``get_config``."""

    def __call__(self, step: Any) -> Any:
        """The learning rate at a step, counted from 0."""
        raise NotImplementedError(f"Learning rate schedule '{type(self).__name__}' must write __call__(self, step).")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        if type(self).__init__ is object.__init__:
            raise NotImplementedError(
                f"Learning rate schedule '{type(self).__name__}' must write get_config() in order to be serializable."
            )
        return super().get_config()


class ExponentialDecay(LearningRateSchedule):
    """``initial_learning_rate * decay_rate ** (step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: after so many steps the rate was multiplied by ``decay_rate`` once; positive.
        decay_rate: the factor.
        staircase: whether the exponent grows in whole numbers only.
        name: of the schedule.

    >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        _positive(decay_steps, "decay_steps")
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        rate, power = _floats(self.initial_learning_rate, _progress(step, self.decay_steps, self.staircase))
        return rate * jnp.power(jnp.asarray(self.decay_rate, rate.dtype), power)


class InverseTimeDecay(LearningRateSchedule):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: unit in which steps count; positive.
        decay_rate: how fast the denominator grows.
        staircase: whether it grows in whole units only.
        name: of the schedule.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        _positive(decay_steps, "decay_steps")
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> Any:
        rate, power = _floats(self.initial_learning_rate, _progress(step, self.decay_steps, self.staircase))
        return rate / (1 + self.decay_rate * power)


class PolynomialDecay(LearningRateSchedule):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, then constant.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: step at which ``end_learning_rate`` is reached; positive.
        end_learning_rate: the last rate.
        power: 1 for a straight line.
        cycle: whether ``decay_steps`` is stretched to its next multiple instead of staying at the end.
        name: of the schedule.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        _positive(decay_steps, "decay_steps")
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step: Any) -> Any:
        rate, step = _floats(self.initial_learning_rate, step)
        span = jnp.asarray(self.decay_steps, rate.dtype)
        if self.cycle:
            span = span * jnp.where(step == 0, 1.0, jnp.ceil(step / self.decay_steps))
        left = 1 - jnp.minimum(step, span) / span
        return (rate - self.end_learning_rate) * jnp.power(left, self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a cosine from the initial rate down to ``alpha`` times it (Loshchilov & Hutter 2017),
    after an optional straight warm-up.

    Args:
        initial_learning_rate: the rate at step 0.
        decay_steps: length of the decay, without the warm-up; positive.
        alpha: last rate as a share of the highest.
        name: of the schedule.
        warmup_target: rate reached at the end of the warm-up; None for no warm-up.
        warmup_steps: length of the warm-up.

    Source: https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ):
        _positive(decay_steps, "decay_steps")
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.name, self.warmup_target, self.warmup_steps = name, warmup_target, warmup_steps

    def __call__(self, step: Any) -> Any:
        start, step = _floats(self.initial_learning_rate, step)
        if self.warmup_target is None:
            return self._decayed(start, step)
        top = jnp.asarray(self.warmup_target, start.dtype)
        warm = start + (top - start) * step / max(self.warmup_steps, 1)
        return jnp.where(step < self.warmup_steps, warm, self._decayed(top, step - self.warmup_steps))

    def _decayed(self, top: Any, step: Any) -> Any:
        done = jnp.minimum(step, self.decay_steps) / self.decay_steps
        wave = 0.5 * (1.0 + jnp.cos(math.pi * done))
        return top * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine decay that starts again, each period ``t_mul`` times as long and ``m_mul`` as high.

    Args:
        initial_learning_rate: the rate at step 0.
        first_decay_steps: length of the first period; positive.
        t_mul: factor from each period's length to the next one's, at least 1.
        m_mul: factor from each period's highest rate to the next one's.
        alpha: lowest rate as a share of the initial one.
        name: of the schedule.

    Source: https://arxiv.org/abs/1608.03983
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        _positive(first_decay_steps, "first_decay_steps")
        self.initial_learning_rate, self.first_decay_steps = initial_learning_rate, first_decay_steps
        self.t_mul, self.m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def __call__(self, step: Any) -> Any:
        rate, step = _floats(self.initial_learning_rate, step)
        done = step / self.first_decay_steps  # in lengths of the first period
        if self.t_mul == 1.0:
            period = jnp.floor(done)
            share = done - period
        else:
            # The first n periods last (1 - t^n) / (1 - t) together; solved for n.
            t = float(self.t_mul)
            period = jnp.floor(jnp.log(1.0 - done * (1.0 - t)) / math.log(t))
            before = (1.0 - jnp.power(t, period)) / (1.0 - t)
            share = (done - before) / jnp.power(t, period)
        height = jnp.power(jnp.asarray(self.m_mul, rate.dtype), period)
        wave = 0.5 * height * (1.0 + jnp.cos(math.pi * share))
        return rate * ((1 - self.alpha) * wave + self.alpha)


class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[0]`` up to step ``boundaries[0]``, then ``values[1]`` up to ``boundaries[1]``, ...

    Args:
        boundaries: increasing steps; a value holds up to and including its boundary.
        values: one more than boundaries.
        name: of the schedule.
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay needs one value more than boundaries, "
                f"got {len(boundaries)} boundaries {list(boundaries)} and {len(values)} values {list(values)}."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        # Only integer boundaries may meet an integer step exactly; floats are compared as floats.
        step = jnp.asarray(getattr(step, "value", step))
        values = jnp.asarray(list(self.values), jnp.float32)
        passed = sum((step > b).astype(jnp.int32) for b in self.boundaries) if self.boundaries else 0
        return values[passed]


def _positive(value: float, name: str) -> None:
    if value <= 0:
        raise ValueError(f"{name} must be > 0, got {name}={value}.")


def _floats(rate: Any, step: Any) -> tuple[Any, Any]:
    rate = jnp.asarray(rate, jnp.float32)
    return rate, jnp.asarray(getattr(step, "value", step), rate.dtype)


def _progress(step: Any, decay_steps: float, staircase: bool) -> Any:
    done = jnp.asarray(getattr(step, "value", step), jnp.float32) / decay_steps
    return jnp.floor(done) if staircase else done


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """The configuration of a schedule, as archives hold it."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The schedule of a configuration; a bare ``{"class_name", "config"}`` is enough."""
    from . import schedules

    if isinstance(config, Mapping) and "module" not in config:
        known = getattr(schedules, str(config.get("class_name")), None)
        if isinstance(known, type) and issubclass(known, LearningRateSchedule):
            return known.from_config(dict(config.get("config") or {}))
    return deserialize_keras_object(config, custom_objects=custom_objects)
