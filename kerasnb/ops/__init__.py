"""keras.ops: NumPy's functions, and those of neural networks, on tensors, symbolic tensors and Variables."""

from kerasnb.core.ops import *  # noqa: F403
