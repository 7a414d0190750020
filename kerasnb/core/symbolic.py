"""Symbolic tensors: shapes that flow through layers and functions before there is data."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from . import config, naming
from .context import get_keras_mask, set_keras_mask
from .operation import FunctionOperation, Node
from .tracing_errors import in_own_words, without_note
from .variable import Variable, journal

__all__ = [
    "KerasTensor",
    "Input",
    "any_symbolic",
    "symbolic_op",
    "infer_output",
    "flatten",
    "get_keras_mask",
    "set_keras_mask",
]

# Sizes that stand in for unknown dimensions while a function is traced. Two runs with different
# sizes tell which output dimensions depend on them. Primes betray a size that was only factored in;
# where a reshape needs a divisible size, the second pair divides by nearly everything small.
FILLS = ((83, 89), (5040, 10080))


class KerasTensor:
    """A placeholder with shape and dtype, made by ``Input`` and by calling layers on symbols.

    Args:
        shape: dimensions, None where unknown; the first is the batch.
        dtype: the dtype's name.
        sparse, ragged: accepted as in Keras; tensors here are dense.
        record_history: whether it remembers where it came from.
        name: shown in error messages.
    """

    def __init__(
        self,
        shape: Sequence[int | None],
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        self._shape = tuple(None if n is None else int(n) for n in shape)
        self._dtype = config.standardize_dtype(dtype)
        self.sparse, self.ragged, self.record_history = bool(sparse), bool(ragged), record_history
        self.name = name or naming.auto_name("KerasTensor")

    @property
    def dtype(self) -> str:
        """The dtype's name."""
        return self._dtype

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Dimensions, None where unknown."""
        return self._shape

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self._shape)

    rank = ndim

    @property
    def size(self) -> int | None:
        """Number of elements where the shape is fully known."""
        return None if None in self._shape else int(np.prod(self._shape))

    def reshape(self, *newshape: Any) -> Any:
        """As ``ops.reshape``."""
        shape = newshape[0] if len(newshape) == 1 and not isinstance(newshape[0], int) else newshape
        return _ops().reshape(self, shape)

    def squeeze(self, axis: Any = None) -> Any:
        """As ``ops.squeeze``."""
        return _ops().squeeze(self, axis)

    @property
    def T(self) -> Any:
        """The transpose."""
        return _ops().transpose(self)

    def __repr__(self) -> str:
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, "
            f"sparse={self.sparse}, ragged={self.ragged}, name={self.name}>"
        )

    def _no_value(self, what: str) -> TypeError:
        return TypeError(
            f"{what} needs numbers, but {self.name!r} is a symbolic tensor of shape {self.shape}: it has none "
            "before the model runs. Use keras.ops functions or layers on it, or put the code in a layer's call()."
        )

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise ValueError(str(self._no_value("NumPy")))

    def __jax_array__(self) -> Any:
        raise ValueError(str(self._no_value("A jax.numpy function")))

    def __bool__(self) -> bool:
        raise self._no_value("A Python condition (if, while, and, or)")

    def __float__(self) -> float:
        raise self._no_value("float()")

    def __int__(self) -> int:
        raise self._no_value("int()")

    def __len__(self) -> int:
        raise self._no_value("len()")

    def __iter__(self) -> Any:
        raise TypeError(
            "Iterating over a symbolic tensor is not possible. Use ops.unstack or slicing, or ops.vectorized_map."
        )

    def __getitem__(self, key: Any) -> Any:
        return _ops().get_item(self, key)

    def __or__(self, other: Any) -> Any:
        if callable(other):  # the pipe: Input((784,)) | Dense(10)
            return other(self)
        return _ops().logical_or(self, other)

    def __round__(self, ndigits: int | None = None) -> Any:
        return _ops().round(self, ndigits or 0)

    __hash__ = object.__hash__


def _ops() -> Any:
    from . import ops

    return ops


def _install_operators() -> None:
    """Python operators as the functions of ``ops`` (two operands and their reflected forms)."""
    binary = {
        "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "true_divide", "mod": "mod",
        "floordiv": "floor_divide", "pow": "power", "matmul": "matmul", "and": "logical_and", "xor": "logical_xor",
    }  # fmt: skip
    compare = {
        "lt": "less",
        "le": "less_equal",
        "gt": "greater",
        "ge": "greater_equal",
        "ne": "not_equal",
    }
    unary = {"neg": "negative", "abs": "absolute", "invert": "logical_not"}

    def two(name: str, reflected: bool) -> Callable:
        def operator(self: Any, other: Any) -> Any:
            function = getattr(_ops(), name)
            return function(other, self) if reflected else function(self, other)

        return operator

    def one(name: str) -> Callable:
        return lambda self: getattr(_ops(), name)(self)

    for python, name in binary.items():
        setattr(KerasTensor, f"__{python}__", two(name, False))
        setattr(KerasTensor, f"__r{python}__", two(name, True))
    for python, name in compare.items():
        setattr(KerasTensor, f"__{python}__", two(name, False))
    # ``==`` stays identity, as in Keras: symbolic tensors are looked for in lists and kept in sets.
    for python, name in unary.items():
        setattr(KerasTensor, f"__{python}__", one(name))
    KerasTensor.__ror__ = two("logical_or", True)


_install_operators()


def flatten(tree: Any) -> list[Any]:
    """The leaves of nested lists, tuples and dicts, None kept out."""
    return jax.tree.leaves(tree, is_leaf=lambda t: isinstance(t, KerasTensor))


def any_symbolic(args: Any) -> bool:
    """Whether a symbolic tensor stands anywhere in nested arguments."""
    if isinstance(args, KerasTensor):
        return True
    if isinstance(args, (list, tuple)):
        return any(any_symbolic(a) for a in args)
    if isinstance(args, dict):
        return any(any_symbolic(a) for a in args.values())
    return False


def symbolic_op(function: Callable) -> Callable:
    """Decorator: record calls on symbolic tensors, run the function on everything else."""

    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        if any_symbolic(args) or any_symbolic(kwargs):
            return FunctionOperation(dispatch).symbolic_call(*args, **kwargs)
        return function(*args, **kwargs)

    dispatch.direct = function  # type: ignore[attr-defined]
    return dispatch


def infer_output(function: Callable, args: tuple, kwargs: dict, name: str = "") -> Any:
    """Symbolic outputs of a function: traced abstractly, unknown dimensions filled in.

    Assignments to Variables made while tracing are undone.
    """
    symbols = [t for t in flatten((args, kwargs)) if isinstance(t, KerasTensor)]
    unknown = any(None in t.shape for t in symbols)
    if not unknown:
        return jax.tree.map(lambda s: _symbol(s.shape, s.dtype), _trace(function, args, kwargs, 1))
    problem: Exception | None = None
    for low, high in FILLS:
        try:
            first, second = (_trace(function, args, kwargs, n) for n in (low, high))
        except Exception as error:  # the first fill's error is the one that tells
            problem = problem or error
            continue
        return jax.tree.map(_merge_specs, first, second)
    assert problem is not None
    own = in_own_words(problem, f"{name!r}" if name else "a function of yours")
    if own is not None:
        raise own from problem
    without_note(problem)
    raise problem


def _trace(function: Callable, args: tuple, kwargs: dict, fill: int) -> Any:
    """Shapes and dtypes of the outputs when every unknown dimension is ``fill``."""
    leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=lambda t: isinstance(t, KerasTensor))
    positions = [i for i, t in enumerate(leaves) if isinstance(t, KerasTensor)]
    specs = [
        jax.ShapeDtypeStruct(tuple(fill if n is None else n for n in leaves[i].shape), abstract_dtype(leaves[i].dtype))
        for i in positions
    ]

    def run(*arrays: Any) -> Any:
        filled = list(leaves)
        for i, array in zip(positions, arrays, strict=True):
            filled[i] = array
        a, k = jax.tree.unflatten(tree, filled)
        return jax.tree.map(
            lambda v: v.get_value() if isinstance(v, Variable) else v,
            function(*a, **k),
            is_leaf=lambda v: isinstance(v, Variable),
        )

    with journal():
        return jax.eval_shape(run, *specs)


def abstract_dtype(dtype: str) -> Any:
    """The dtype a symbolic tensor has while traced (strings stand as int32 codes)."""
    return "int32" if dtype == "string" else jax.dtypes.canonicalize_dtype(dtype)


def _symbol(shape: Sequence[int | None], dtype: Any) -> KerasTensor:
    return KerasTensor(shape, dtype=dtype.name if hasattr(dtype, "name") else str(dtype))


def _merge_specs(a: Any, b: Any) -> KerasTensor:
    return _symbol([m if m == n else None for m, n in zip(a.shape, b.shape, strict=True)], a.dtype)


def record(operation: Any, args: tuple, kwargs: dict, outputs: Any) -> None:
    """Note a call in the graph."""
    Node(operation, args, kwargs, outputs)


def Input(*args: Any, **kwargs: Any) -> Any:
    """A symbolic input; see ``kerasnb.core.layers.input_layer.Input``."""
    from .layers.input_layer import Input as make

    return make(*args, **kwargs)
