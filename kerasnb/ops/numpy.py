"""keras.ops.numpy: NumPy's functions, as the table of ops has them."""

import kerasnb.core.ops  # noqa: F401  (fills the table)
from kerasnb.core.ops.dispatch import family as _family

globals().update(_family("numpy"))
__all__ = list(_family("numpy"))
