"""The optimizers that sign the contract: one line each. ``test_optimizers.py`` plays every line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import optax


@dataclass(frozen=True)
class Case:
    """One optimizer under test.

    Args:
        name: shown by pytest.
        make: from the module ``optimizers`` and further arguments to a new optimizer.
        twin: an optax transformation that makes the same updates, where there is one.
        low_precision: whether it makes sense in 16 bits.
    """

    name: str
    make: Callable[..., Any]
    twin: Any = None
    low_precision: bool = True


def scheduled(M: ModuleType, **k: Any) -> Any:
    return M.SGD(M.schedules.ExponentialDecay(0.2, 10, 0.5), **k)


def several(M: ModuleType, **k: Any) -> Any:
    return M.MultiOptimizer(M.OptimizerMap(M.Adam(0.1), {"bias": M.SGD(0.2, momentum=0.5)}))


sgd, rate = optax.sgd, 0.1
OPTIMIZER_CASES = [
    Case("sgd", lambda M, **k: M.SGD(rate, **k), sgd(rate)),
    Case("momentum", lambda M, **k: M.SGD(rate, momentum=0.9, **k), sgd(rate, 0.9)),
    Case("nesterov", lambda M, **k: M.SGD(rate, momentum=0.9, nesterov=True, **k), sgd(rate, 0.9, True)),
    Case("schedule", scheduled, sgd(lambda step: 0.2 * 0.5 ** (step / 10))),
    Case("rmsprop", lambda M, **k: M.RMSprop(rate, **k), optax.rmsprop(rate, 0.9, 1e-7, eps_in_sqrt=True)),
    Case("rmsprop centered", lambda M, **k: M.RMSprop(rate, centered=True, momentum=0.3, **k)),
    Case("adam", lambda M, **k: M.Adam(rate, **k), optax.adam(rate, eps=1e-9)),
    Case("amsgrad", lambda M, **k: M.Adam(rate, amsgrad=True, **k)),
    Case("adamw", lambda M, **k: M.AdamW(rate, weight_decay=0.05, **k), optax.adamw(rate, eps=1e-9, weight_decay=0.05)),
    Case("adamax", lambda M, **k: M.Adamax(rate, **k), optax.adamax(rate, eps=1e-7)),
    Case("nadam", lambda M, **k: M.Nadam(rate, **k)),
    Case("adagrad", lambda M, **k: M.Adagrad(rate, **k), optax.adagrad(rate, 0.1, 1e-7)),
    Case("adadelta", lambda M, **k: M.Adadelta(30.0, **k), optax.adadelta(30.0, 0.95, 1e-7)),
    Case("adafactor", lambda M, **k: M.Adafactor(rate, relative_step=False, **k)),
    Case("ftrl", lambda M, **k: M.Ftrl(0.5, l2_regularization_strength=0.01, **k)),
    Case("lion", lambda M, **k: M.Lion(0.02, **k), optax.lion(0.02, 0.9, 0.99, weight_decay=0.0)),
    Case("lamb", lambda M, **k: M.Lamb(0.02, **k), optax.lamb(0.02, eps=1e-7, weight_decay=0.0)),
    Case("muon", lambda M, **k: M.Muon(0.05, **k)),
    Case("schedule-free", lambda M, **k: M.ScheduleFreeAdamW(rate, **k)),
    Case("loss scale", lambda M, **k: M.LossScaleOptimizer(M.SGD(rate, **k), initial_scale=8.0), low_precision=False),
    Case("several", several, low_precision=False),
    Case("optax", lambda M, **k: M.get(optax.chain(optax.clip(10.0), sgd(rate))), sgd(rate)),
]
