"""keras.ops: NumPy's functions, and those of neural networks, on tensors, symbolic tensors and Variables."""

from kerasnb.core.ops import *  # noqa: F403
from kerasnb.ops import image as image
from kerasnb.ops import linalg as linalg
from kerasnb.ops import nn as nn
from kerasnb.ops import numpy as numpy
