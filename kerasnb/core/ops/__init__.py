"""The functions of ``keras.ops``, family by family; ``dispatch.TABLE`` holds them all by name."""

# ruff: noqa: F403
from . import image as image
from .activations import *
from .arithmetic import *
from .attention import *
from .complexes import *
from .control import *
from .conversion import *
from .convolution import *
from .creation import *
from .crossentropy import *
from .ctc import *
from .einops import *
from .elementwise import *
from .fourier import *
from .indexing import *
from .linalg import *
from .matrices import *
from .normalization import *
from .products import *
from .reductions import *
from .scattering import *
from .segments import *
from .shaping import *
from .statistics import *
