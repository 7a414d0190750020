"""Variable: the one home of mutable numbers (weights, metric sums, seed states, optimizer slots).

Compiled programs trace ordinary object code: ``binding`` puts tracers into the Variables, the code
runs, ``values`` reads the new ones back, and leaving the context restores what was there before. So
Keras's stateful style is pure where it matters.
"""

from __future__ import annotations

import inspect
import math
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from . import config, naming
from .aligned import aligned

_local = threading.local()


class Changes:
    """How often anything about any layer changed: what was worked out before holds while the count stands still.

    Counted are attributes that are set or deleted, what layers own, and what of it is trainable; values of
    Variables are not.
    """

    count = 0


class Variable(nnx.Variable):
    """A named array that programs read and assign.

    Args:
        initializer: a value, or a callable ``(shape, dtype=...)`` that gives one.
        shape: needed with a callable initializer.
        dtype: float type by default; kept through every assignment.
        trainable: whether optimizers change it.
        autocast: whether layers under a mixed-precision policy read it in their compute dtype.
        aggregation, synchronization: accepted as in Keras; one process holds one copy.
        name: without "/"; "variable" by default.
        layout: a ``distribution.TensorLayout`` that says over which devices it lies; on one by default.
    """

    # Not in the metadata, hence not part of an nnx graph's identity.
    __slots__ = ("__weakref__", "_owner", "_scope_prefix", "constraint", "regularizer")

    def __init__(
        self,
        initializer: Any,
        shape: Sequence[int] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
        **metadata: Any,
    ):
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Variable name must be a string without '/', got name={name!r}.")
        value = initial_value(initializer, shape, dtype)
        if layout is not None:
            value = jax.device_put(value, getattr(layout, "backend_layout", layout))
        super().__init__(
            value,
            name=name or "variable",
            trainable=trainable,
            autocast=autocast,
            aggregation=aggregation or "none",
            **metadata,
        )
        for slot in ("_owner", "regularizer", "constraint"):
            object.__setattr__(self, slot, None)
        object.__setattr__(self, "_scope_prefix", naming.scope_prefix())

    # --- reading ---------------------------------------------------------------------------------

    @property
    def value(self) -> jax.Array:
        """The array as programs see it: cast to the compute dtype inside an autocast scope."""
        return self.get_value()

    @value.setter
    def value(self, value: Any) -> None:
        self.assign(value)

    def get_value(self, *, index: Any = ...) -> jax.Array:
        value = self._raw_value
        target = getattr(_local, "autocast", None)
        if target is not None and self._var_metadata.get("autocast") and value.dtype != target:
            if jnp.issubdtype(value.dtype, jnp.floating):
                value = value.astype(target)
        return value if index is ... else value[index]

    def numpy(self) -> np.ndarray:
        """A copy of the value as a NumPy array."""
        return np.array(self.__array__())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self._raw_value
        is_array = isinstance(value, jax.Array) and not isinstance(value, jax.core.Tracer)
        if is_array and not (
            value.is_fully_addressable or value.is_fully_replicated
        ):  # parts of it lie with other processes
            from .distribution.processes import host_array

            value = host_array(value)
        return np.asarray(value, dtype=dtype)

    def __len__(self) -> int:
        return len(self._raw_value)

    def __float__(self) -> float:
        return float(self._raw_value)

    def __int__(self) -> int:
        return int(self._raw_value)

    def __bool__(self) -> bool:
        return bool(self._raw_value)

    def __iter__(self) -> Any:
        return iter(self.get_value())

    __hash__ = object.__hash__  # type: ignore[assignment]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, fixed for life."""
        return tuple(self._raw_value.shape)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self._raw_value.shape)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod(self.shape))

    @property
    def dtype(self) -> str:
        """The dtype's name; the compute dtype inside an autocast scope."""
        target = getattr(_local, "autocast", None)
        name = self._raw_value.dtype.name
        if target is not None and self._var_metadata.get("autocast") and "float" in name:
            return target
        return name

    @property
    def name(self) -> str:
        """The name within its layer, such as "kernel"."""
        return self._var_metadata["name"]

    @property
    def path(self) -> str:
        """Owner and name, such as "dense/kernel"."""
        owner = getattr(self, "_owner", None)
        owner = owner() if owner is not None else None
        if owner is not None and owner.path:
            return f"{owner.path}/{self.name}"
        return f"{getattr(self, '_scope_prefix', '')}{self.name}"

    @property
    def trainable(self) -> bool:
        """Whether optimizers may change it; assignable."""
        return self._var_metadata["trainable"]

    @trainable.setter
    def trainable(self, value: bool) -> None:
        Changes.count += 1
        self._var_metadata["trainable"] = bool(value)

    @property
    def autocast(self) -> bool:
        """Whether mixed precision casts it on reading."""
        return self._var_metadata["autocast"]

    @property
    def aggregation(self) -> str:
        """Accepted as in Keras."""
        return self._var_metadata["aggregation"]

    overwrite_with_gradient = False

    # --- writing ---------------------------------------------------------------------------------

    def assign(self, value: Any) -> jax.Array:
        """Put in a new value of the same shape, converted to the Variable's dtype."""
        old = self._raw_value
        value = as_array(value, old.dtype)
        if value.shape != old.shape:
            raise ValueError(
                f"Cannot assign to variable {self.path!r}: its shape is {old.shape}, "
                f"the new value's shape is {value.shape}. Give a value of shape {old.shape}."
            )
        self.set_raw_value(value)
        return value

    def assign_add(self, value: Any) -> jax.Array:
        """Add to the value in place."""
        return self.assign(self._raw_value + as_array(value, self._raw_value.dtype))

    def assign_sub(self, value: Any) -> jax.Array:
        """Subtract from the value in place."""
        return self.assign(self._raw_value - as_array(value, self._raw_value.dtype))

    def set_value(self, value: Any, *, index: Any = ...) -> None:
        self.assign(value if index is ... else self._raw_value.at[index].set(value))

    def set_raw_value(self, value: Any, *, _unsafe_bypass_check: bool = False) -> None:
        # Binding contexts remember the first old value of whatever is written while they are open.
        journal = getattr(_local, "journal", None)
        if journal is not None and id(self) not in journal:
            journal[id(self)] = (self, self._raw_value)
        object.__setattr__(self, "_raw_value", value)

    def __setattr__(self, name: str, value: Any) -> None:
        # nnx guards against writes from another trace level; here binding contexts do that job.
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self._raw_value}>"

    __str__ = __repr__

    def __deepcopy__(self, memo: dict) -> Variable:
        twin = type(self)._new(jnp.array(self._raw_value), dict(self._var_metadata))
        for slot in ("_owner", "regularizer", "constraint"):
            object.__setattr__(twin, slot, getattr(self, slot, None))
        memo[id(self)] = twin
        return twin  # type: ignore[return-value]


# What help and completion show; nnx's metaclass would hide it.
Variable.__signature__ = inspect.Signature(list(inspect.signature(Variable.__init__).parameters.values())[1:])  # type: ignore[attr-defined]


class Weight(Variable, nnx.Param):
    """A trainable Variable; nnx filters find it as ``nnx.Param``."""


def as_array(value: Any, dtype: Any = None) -> jax.Array:
    """A jax array of the wanted dtype; NumPy input is copied, so later changes to it stay outside."""
    if isinstance(value, Variable):
        value = value.get_value()
    if isinstance(value, jax.Array):
        return value if dtype is None or value.dtype == dtype else value.astype(dtype)
    if isinstance(value, (list, tuple)) and any(isinstance(v, jax.Array) for v in value):
        return jnp.asarray(value, dtype)
    host = np.asarray(value)
    if dtype is None:
        wanted = config.floatx() if host.dtype.kind == "f" else host.dtype
        dtype = jax.dtypes.canonicalize_dtype(wanted)
    with jax.ensure_compile_time_eval():
        return jax.device_put(np.array(host, dtype=dtype))


def initial_value(initializer: Any, shape: Sequence[int] | None, dtype: Any) -> jax.Array:
    """The first value, made outside any trace so that layers may be built inside one."""
    if isinstance(initializer, str):
        from . import initializers

        initializer = initializers.get(initializer)
    with jax.ensure_compile_time_eval():
        if callable(initializer) and not isinstance(initializer, (jax.Array, Variable)):
            if shape is None:
                raise ValueError("Variable: with an initializer function the shape must be given, got shape=None.")
            dtype = config.standardize_dtype(dtype)
            shape = tuple(int(n) for n in shape)
            _spend(shape)
            blank = _blank(initializer, shape, dtype)
            if blank is not None:
                return blank
            value = initializer(shape, dtype=dtype)
        else:
            value = initializer
            if isinstance(value, Variable):
                value = value.get_value()
            if dtype is None and not hasattr(value, "dtype"):
                kind = np.asarray(value).dtype.kind
                dtype = config.floatx() if kind == "f" else {"i": "int32", "b": "bool"}.get(kind)
            if shape is not None and tuple(np.shape(value)) != tuple(shape):
                raise ValueError(f"Variable: value of shape {np.shape(value)} given, shape={tuple(shape)} asked for.")
        if isinstance(value, jax.core.Tracer):
            return value  # type: ignore[return-value]
        target = None if dtype is None else config.standardize_dtype(dtype)
        host = np.asarray(value)
        if target is None:
            target = jax.dtypes.canonicalize_dtype(host.dtype)
        # astype + device_put copies without compiling a program, which jnp.array(..., dtype) may do.
        return jax.device_put(np.array(host, dtype=jax.dtypes.canonicalize_dtype(target)))


@contextmanager
def size_limit(elements: int) -> Any:
    """Inside it, new Variables may have at most so many numbers in all, lest a stranger's file fill the memory."""
    outer = getattr(_local, "elements_left", None)
    _local.elements_left = elements
    try:
        yield
    finally:
        _local.elements_left = outer


BLANK_SIZE = 2**16  # numbers from which on it pays


@contextmanager
def blanks() -> Any:
    """Inside it large new Variables begin as zeros that take no memory; what is to be loaded needs no drawing.

    Gives a function that draws the values of those Variables of a list which still are blank.
    """
    outer = getattr(_local, "blanks", None)
    pending: dict[int, tuple[Any, Any, tuple, Any]] = {}
    _local.blanks = pending

    def fill(variables: Iterable[Any]) -> None:
        for variable in variables:
            entry = pending.pop(id(variable._raw_value), None)
            if entry is not None:
                _, initializer, shape, dtype = entry
                variable.assign(initializer(shape, dtype=dtype))

    try:
        yield fill
    finally:
        _local.blanks = outer


def _blank(initializer: Any, shape: tuple[int, ...], dtype: str) -> Any:
    pending = getattr(_local, "blanks", None)
    if pending is None or math.prod(shape) < BLANK_SIZE:
        return None
    value = jax.device_put(aligned(shape, jax.dtypes.canonicalize_dtype(dtype), zeros=True))
    pending[id(value)] = (value, initializer, shape, dtype)  # the value too, so that its id stays its own
    return value


def _spend(shape: tuple[int, ...]) -> None:
    left = getattr(_local, "elements_left", None)
    if left is not None:
        _local.elements_left = left - math.prod(shape)
        if _local.elements_left < 0:
            raise ValueError(
                f"The configuration asks for a weight of shape {shape}, more numbers than the file holds weights for: "
                "the file is damaged, or not to be trusted."
            )


# --- scopes -------------------------------------------------------------------------------------------


@contextmanager
def autocast_scope(dtype: str | None) -> Any:
    """Inside it, float Variables are read as ``dtype`` (None: as they are)."""
    outer = getattr(_local, "autocast", None)
    _local.autocast = None if dtype is None or "float" not in dtype else dtype
    try:
        yield
    finally:
        _local.autocast = outer


@contextmanager
def journal() -> Any:
    """Undo every assignment made inside, at exit: shape inference must leave no tracer behind."""
    outer = getattr(_local, "journal", None)
    _local.journal = mine = {}
    try:
        yield mine
    finally:
        _local.journal = outer
        for variable, old in mine.values():
            if outer is not None and id(variable) not in outer:
                outer[id(variable)] = (variable, old)
            object.__setattr__(variable, "_raw_value", old)


@contextmanager
def binding(variables: Iterable[Variable], arrays: Iterable[Any]) -> Any:
    """Let the Variables hold the given arrays (usually tracers); restore them at exit."""
    with journal():
        for variable, array in zip(variables, arrays, strict=True):
            variable.set_raw_value(array)
        yield


def values(variables: Iterable[Variable]) -> list[Any]:
    """The raw arrays of the Variables, uncast."""
    return [v._raw_value for v in variables]


def restore(variables: Iterable[Variable], arrays: Iterable[Any]) -> None:
    """Write arrays back without conversion (they came out of a program of the same dtypes)."""
    for variable, array in zip(variables, arrays, strict=True):
        object.__setattr__(variable, "_raw_value", array)


def unwrap(value: Any) -> Any:
    """The array of a Variable, anything else unchanged."""
    return value.get_value() if isinstance(value, Variable) else value


def is_tensor(value: Any) -> bool:
    """Whether a value is a jax array or tracer."""
    return isinstance(value, jax.Array)


Initializer = Callable[..., Any]
