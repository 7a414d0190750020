"""keras.ops.linalg: linear algebra, as the table of ops has it."""

import kerasnb.core.ops  # noqa: F401  (fills the table)
from kerasnb.core.ops.dispatch import family as _family

globals().update(_family("linalg"))
__all__ = list(_family("linalg"))
