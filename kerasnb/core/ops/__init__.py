"""The functions of ``keras.ops``, family by family; ``dispatch.TABLE`` holds them all by name."""

# ruff: noqa: F403
from .activations import *
from .arithmetic import *
from .conversion import *
from .creation import *
from .elementwise import *
from .indexing import *
from .products import *
from .reductions import *
from .shaping import *
