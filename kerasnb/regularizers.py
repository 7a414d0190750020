"""keras.regularizers: penalties of weights."""

from kerasnb.core.missing_names import missing_names
from kerasnb.core.regularizers import (
    L1,
    L1L2,
    L2,
    OrthogonalRegularizer,
    Regularizer,
    deserialize,
    get,
    l1_l2,
    serialize,
)

# Keras's lower-case names of the same classes.
l1 = L1
l2 = L2
orthogonal_regularizer = OrthogonalRegularizer

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

__getattr__ = missing_names(__name__, __all__)
