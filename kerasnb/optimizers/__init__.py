"""keras.optimizers: how gradients become new weights."""

from kerasnb.core.missing_names import missing_names
from kerasnb.core.optimizers import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lamb,
    Lion,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    OptaxOptimizer,
    Optimizer,
    OptimizerMap,
    RMSprop,
    ScheduleFreeAdamW,
    deserialize,
    get,
    serialize,
)  # fmt: skip
from kerasnb.optimizers import legacy, schedules

__all__ = [
    "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "LossScaleOptimizer",
    "MultiOptimizer", "Muon", "Nadam", "OptaxOptimizer", "Optimizer", "OptimizerMap", "RMSprop", "ScheduleFreeAdamW",
    "deserialize", "get", "legacy", "schedules", "serialize",
]  # fmt: skip

__getattr__ = missing_names(__name__, __all__)
