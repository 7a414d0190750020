"""keras.mixed_precision: 16-bit arithmetic over 32-bit weights, by a global policy."""

from kerasnb.core.optimizers.loss_scale import LossScaleOptimizer
from kerasnb.core.policies import DTypePolicy, dtype_policy, set_dtype_policy

# The names of Keras 2.
Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy", "set_dtype_policy",
    "set_global_policy",
]  # fmt: skip
