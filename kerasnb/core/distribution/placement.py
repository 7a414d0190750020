"""Placing: how the engine's arrays come to lie where the distribution in force wants them.

Three places in the engine ask here: a model's Variables before a run, whatever else goes into a program, and each
batch inside it. Without a distribution all three do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
from jax.sharding import NamedSharding, PartitionSpec

from . import strategies


def place_variables(variables: Iterable[Any], slots: Iterable[Any] = ()) -> None:
    """Lay out a model's Variables, and an optimizer's slots like the Variables they belong to.

    Args:
        variables: weights, statistics, metric sums.
        slots: the optimizer's Variables; "adam/dense_kernel_momentum" belongs to "dense/kernel".
    """
    strategy = strategies.distribution()
    if strategy is None:
        return
    variables = list(variables)
    for variable in variables:
        _place(variable, strategy.get_variable_layout(variable).backend_layout)
    owners = {(v.path.replace("/", "_"), tuple(v.shape)): v for v in variables}
    for slot in slots:
        name, shape = slot.name, tuple(slot.shape)
        owner = next((v for (path, of), v in owners.items() if of == shape and name.startswith(f"{path}_")), None)
        _place(slot, whole() if owner is None else owner._raw_value.sharding)


def place_rest(tree: Any) -> Any:
    """Arrays that lie elsewhere, whole on every device of the mesh; what lies on the mesh stays as it is."""
    strategy = strategies.distribution()
    if strategy is None:
        return tree
    mesh = set(strategy.device_mesh.backend_mesh.devices.flat)

    def place(a: Any) -> Any:
        if isinstance(a, jax.core.Tracer) or (isinstance(a, jax.Array) and a.sharding.device_set == mesh):
            return a
        return jax.device_put(a, whole())

    return jax.tree.map(place, tree)


def spread_batch(tree: Any) -> Any:
    """Inside a program: each batch's rows spread over the mesh, where they can be shared out evenly."""
    strategy = strategies.distribution()
    if strategy is None:
        return tree

    def spread(a: Any) -> Any:
        if not a.ndim or a.shape[0] % strategy.num_model_replicas:
            return a
        return jax.lax.with_sharding_constraint(a, strategy.get_data_layout(a.shape).backend_layout)

    return jax.tree.map(spread, tree)


def whole() -> NamedSharding:
    """The layout of an array that every device of the mesh holds whole."""
    strategy = strategies.distribution()
    assert strategy is not None
    return NamedSharding(strategy.device_mesh.backend_mesh, PartitionSpec())


def _place(variable: Any, sharding: Any) -> None:
    value = variable._raw_value
    if isinstance(value, jax.core.Tracer) or value.sharding == sharding:
        return
    variable.set_raw_value(jax.device_put(value, sharding))
