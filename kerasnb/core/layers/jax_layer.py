"""JaxLayer: any JAX function as a layer, with its parameters as weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..call_arguments import CallSpec
from ..layer import Layer
from ..random import SeedGenerator
from ..registry import did_you_mean, serialize_keras_object
from ..symbolic import KerasTensor, infer_output
from ..variable import Variable, Weight

KNOWN = ("params", "state", "rng", "inputs", "training")


class JaxLayer(Layer):
    """A JAX function as a layer.

    Args:
        call_fn: a function of the arguments it names, out of ``params``, ``state``, ``rng``, ``inputs``
            (this one it must name) and ``training``. It returns the outputs, or with ``state`` the
            pair (outputs, new state). ``rng`` is a key for ``jax.random`` in training, else None.
        init_fn: a function of ``rng``, ``inputs`` and, if it names it, ``training``, that makes the
            parameters (with ``state`` the pair of parameters and state) at the first call.
        params, state: the parameters and the state themselves, if there is no ``init_fn``: any nesting
            of arrays. The parameters are trained, the state is replaced at every call.
        seed: an integer that makes the draws reproducible.
        native_serialization_platforms: accepted as in Keras.

    Shapes: those of the function. A configuration names the functions; to load it, register them or
    pass ``custom_objects``.

    >>> import jax.numpy as jnp
    >>> layer = JaxLayer(lambda params, inputs: inputs @ params["w"], params={"w": jnp.ones((3, 2))})
    >>> layer(jnp.ones((4, 3))).shape
    (4, 2)
    """

    def __init__(
        self,
        call_fn: Callable,
        init_fn: Callable | None = None,
        params: Any = None,
        state: Any = None,
        seed: int | None = None,
        native_serialization_platforms: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        where = type(self).__name__
        self._takes = _argument_names(call_fn, "call_fn", KNOWN, where)
        known = ("rng", "inputs", "training")
        self._init_takes = [] if init_fn is None else _argument_names(init_fn, "init_fn", known, where)
        if init_fn is params is state is None and {"params", "state"} & set(self._takes):
            raise ValueError(
                f"{where}: call_fn takes {' and '.join({'params', 'state'} & set(self._takes))}, so give params "
                "(and state), or an init_fn that makes them."
            )
        self.call_fn, self.init_fn = call_fn, init_fn
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        self.native_serialization_platforms = native_serialization_platforms
        self._params: Any = None
        self._state: Any = None
        if params is not None or state is not None:
            self._keep(params, state)

    # --- parameters and state as Variables -------------------------------------------------------

    def _keep(self, params: Any, state: Any) -> None:
        self._params, self._state = self._variables(params, Weight), self._variables(state, Variable)

    def _variables(self, tree: Any, kind: type) -> tuple[list, Any]:
        """The arrays of a nesting as Variables (in a tracked list) and the nesting itself."""
        leaves, structure = jax.tree_util.tree_flatten_with_path(tree)
        held = []
        for path, leaf in leaves:
            if not isinstance(leaf, (jax.Array, np.ndarray, np.generic, float, complex)):
                held.append(leaf)
                continue
            name = "_".join(_plain_key(k) for k in path) or "variable"
            trainable = kind is Weight
            held.append(kind(leaf, trainable=trainable and self.trainable, name=name))
            self._tracker.track(held[-1])
        return held, structure

    @staticmethod
    def _values(kept: Any) -> Any:
        if kept is None:
            return None
        held, structure = kept
        return jax.tree.unflatten(structure, [v.get_value() if isinstance(v, Variable) else v for v in held])

    @property
    def params(self) -> Any:
        """The parameters as they stand, in their nesting."""
        return self._values(self._params)

    @property
    def state(self) -> Any:
        """The state as it stands, in its nesting."""
        return self._values(self._state)

    def _maybe_build(self, spec: CallSpec) -> None:
        self._make(spec.first, spec.arguments.get("training"))
        self.built = True

    def build(self, input_shape: Any) -> None:
        is_shape = lambda s: isinstance(s, tuple) and all(n is None or isinstance(n, int) for n in s)  # noqa: E731
        symbols = jax.tree.map(lambda s: KerasTensor(s, dtype=self.compute_dtype), input_shape, is_leaf=is_shape)
        self._make(symbols, False)

    def _make(self, inputs: Any, training: Any) -> None:
        """Parameters and state from ``init_fn``, for inputs of these shapes."""
        if self._build_shapes is None:
            shapes = jax.tree.map(lambda x: tuple(x.shape), inputs, is_leaf=lambda x: isinstance(x, KerasTensor))
            self.__dict__["_build_shapes"] = {"input_shape": shapes}
        if self._params is not None or self._state is not None or self.init_fn is None:
            return
        with jax.ensure_compile_time_eval():
            sample = jax.tree.map(
                lambda x: jnp.ones([n or 1 for n in x.shape], x.dtype),
                inputs,
                is_leaf=lambda x: isinstance(x, KerasTensor),
            )
            given = {"rng": self.seed_generator.next(), "inputs": sample, "training": bool(training)}
            made = self.init_fn(*(given[k] for k in self._init_takes))
        params, state = made if "state" in self._takes else (made, None)
        self._keep(params, state)

    # --- the call --------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool = False) -> Any:
        given = {
            "params": self.params, "state": self.state, "inputs": inputs, "training": bool(training),
            "rng": self.seed_generator.next() if training and "rng" in self._takes else None,
        }  # fmt: skip
        result = self.call_fn(*(given[k] for k in self._takes))
        if "state" not in self._takes:
            return result
        if not isinstance(result, tuple) or len(result) != 2:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: call_fn takes a state, so it must return (outputs, state), got "
                f"{type(result).__name__}."
            )
        outputs, state = result
        held, structure = self._state
        leaves, found = jax.tree.flatten(state)
        if found != structure:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: call_fn must return a state of the same structure as it got, "
                f"{structure}, got {found}."
            )
        for variable, value in zip(held, leaves, strict=True):
            if isinstance(variable, Variable):
                variable.assign(value)
        return outputs

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        return infer_output(self.call, (inputs,), {"training": training}, self.name)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("params", "state", "seed"):
            config.pop(name, None)
        config["call_fn"] = serialize_keras_object(self.call_fn)
        config["init_fn"] = serialize_keras_object(self.init_fn)
        return config


def _plain_key(key: Any) -> str:
    return str(getattr(key, "key", getattr(key, "idx", getattr(key, "name", key)))).replace("/", "_")


def _argument_names(function: Any, what: str, known: tuple[str, ...], where: str) -> list[str]:
    if not callable(function):
        raise TypeError(f"{where}: {what} must be a function, got {function!r}.")
    names = list(inspect.signature(function).parameters)
    for name in names:
        if name not in known:
            raise ValueError(
                f"{where}: {what} names the argument {name!r}; known are {', '.join(known)}.{did_you_mean(name, known)}"
            )
    for name in known:
        if name == "inputs" and name not in names:
            raise ValueError(f"{where}: {what} must name the argument 'inputs', it has {names}.")
    return names
