"""keras.ops.nn: functions of neural networks, as the table of ops has them."""

import kerasnb.core.ops  # noqa: F401  (fills the table)
from kerasnb.core.ops.dispatch import family as _family

globals().update(_family("nn"))
__all__ = list(_family("nn"))
