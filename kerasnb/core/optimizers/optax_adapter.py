"""Both ways between optax and Keras's optimizers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..registered import carries_anything
from ..registry import from_config_value
from ..variable import Variable, binding, values
from .gradients import cast
from .optimizer import Optimizer


def is_transformation(value: Any) -> bool:
    """Whether a value looks like an ``optax.GradientTransformation`` (optax itself is not imported)."""
    return (
        isinstance(value, tuple) and callable(getattr(value, "init", None)) and callable(getattr(value, "update", None))
    )


class OptaxOptimizer(Optimizer):
    """An optax transformation in the form of a Keras optimizer: ``model.compile(optax.adam(1e-3), ...)``.

    Args:
        transformation: an ``optax.GradientTransformation``.
        learning_rate: its updates are multiplied by this number, 1 by default, so that callbacks and the live
            view can change the pace; a schedule is possible too.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: see ``Optimizer``.
    """

    def __init__(self, transformation: Any, learning_rate: Any = 1.0, name: str | None = None, **kwargs: Any):
        if not is_transformation(transformation):
            raise ValueError(f"OptaxOptimizer needs an optax.GradientTransformation, got {transformation!r}.")
        super().__init__(learning_rate, name=name, **kwargs)
        self.transformation = transformation

    def build(self, variables: Any) -> None:
        if self.built:
            return
        super().build(variables)
        state = self.transformation.init([v.value for v in self._trainable_variables])
        leaves, self._structure = jax.tree_util.tree_flatten(state)
        self._state = []
        for i, leaf in enumerate(leaves):
            value = np.asarray(leaf)
            self._state.append(self.add_variable(value.shape, value, value.dtype.name, name=f"optax_{i}"))

    def _backend_update_step(self, grads: list[Any], trainable_variables: list[Variable], learning_rate: Any) -> None:
        # optax sees all weights at once; a weight without a gradient gets a zero.
        own = self._trainable_variables
        by_id = {id(v): g for g, v in zip(grads, trainable_variables, strict=True)}
        all_grads = [cast(by_id[id(v)], v) if id(v) in by_id else jnp.zeros_like(v.value) for v in own]
        state = jax.tree_util.tree_unflatten(self._structure, values(self._state))
        updates, state = self.transformation.update(all_grads, state, [v.value for v in own])
        for variable, leaf in zip(self._state, jax.tree_util.tree_leaves(state), strict=True):
            variable.assign(leaf)
        for variable, update in zip(own, updates, strict=True):
            if id(variable) in by_id:
                variable.assign_add(cast(learning_rate, variable) * update)

    def get_config(self) -> dict[str, Any]:
        if carries_anything():
            return super().get_config()
        raise ValueError(
            "An optax transformation is a pair of functions and has no configuration, so this "
            "optimizer cannot be saved. "
            "Save the weights, or use an optimizer of keras.optimizers."
        )

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        import optax

        init, update = from_config_value(config["transformation"])
        rest = {k: v for k, v in config.items() if k != "transformation"}
        return cls(optax.GradientTransformation(init, update), **rest)


class OptaxState(NamedTuple):
    """State of ``to_optax``: the arrays of the Keras optimizer's variables."""

    variables: list[Any]


def to_optax(optimizer: Optimizer) -> Any:
    """An ``optax.GradientTransformation`` whose updates are those of a Keras optimizer.

    ``update`` needs the parameters. Names for ``exclude_from_weight_decay`` and ``Muon`` are the keys of the
    parameters' tree, such as "dense/kernel". Averages of ``use_ema`` stay in the state.
    """
    import optax

    def twin(params: Any) -> tuple[Optimizer, list[Variable]]:
        own = type(optimizer).from_config(optimizer.get_config())
        _exclude_alike(optimizer, own)
        variables = [_variable(path, leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(params)]
        own.build(variables)
        return own, variables

    def init(params: Any) -> OptaxState:
        own, _ = twin(params)
        return OptaxState(values(own.variables))

    def update(grads: Any, state: OptaxState, params: Any = None) -> tuple[Any, OptaxState]:
        if params is None:
            raise ValueError(
                "The transformation of to_optax() needs the parameters: call update(grads, state, params)."
            )
        own, variables = twin(params)
        leaves, structure = jax.tree_util.tree_flatten(params)
        with binding([*own.variables, *variables], [*state.variables, *leaves]):
            own.apply(structure.flatten_up_to(grads), variables)
            new, after = values(variables), values(own.variables)
        updates = [b - a for a, b in zip(leaves, new, strict=True)]
        return jax.tree_util.tree_unflatten(structure, updates), OptaxState(after)

    return optax.GradientTransformation(init, update)


def _variable(path: Sequence[Any], leaf: Any) -> Variable:
    name = jax.tree_util.keystr(tuple(path), simple=True, separator="_") if path else "param"
    return Variable(leaf, dtype=jnp.asarray(leaf).dtype.name, name=name.replace("/", "_") or "param")


def _exclude_alike(old: Optimizer, new: Optimizer) -> None:
    names = list(old._exclude_names)
    names += [f"{v.name}$" for v in old._exclude_variables]
    if names:
        new.exclude_from_weight_decay(var_names=names)
