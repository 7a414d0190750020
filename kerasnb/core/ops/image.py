"""Functions of images; the ops of ``keras.ops.image``."""

# ruff: noqa: F403
from .image_color import *
from .image_filters import *
from .image_sizes import *
from .image_warps import *
