"""keras.ops.image: functions of images, as the table of ops has them."""

import kerasnb.core.ops  # noqa: F401  (fills the table)
from kerasnb.core.ops.dispatch import family as _family

globals().update(_family("image"))
__all__ = list(_family("image"))
