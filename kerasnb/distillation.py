"""keras.distillation: a student that learns from a teacher."""

from kerasnb.core.distillation.distiller import Distiller
from kerasnb.core.distillation.losses import DistillationLoss, FeatureDistillation, LogitsDistillation

__all__ = ["DistillationLoss", "Distiller", "FeatureDistillation", "LogitsDistillation"]
