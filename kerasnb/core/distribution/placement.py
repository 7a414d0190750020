"""Placing: how the engine's arrays come to lie where the distribution in force wants them.

Four places in the engine ask here: a model's Variables before a run, each batch that comes from the host, whatever
else goes into a program, and each batch inside it. Without a distribution all four do nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding

from .. import text
from . import processes, strategies


def place_variables(variables: Iterable[Any], slots: Iterable[Any] = ()) -> None:
    """Lay out a model's Variables, and an optimizer's slots like the Variables they belong to.

    In a run of several processes those that are not laid out yet get the values that process 0 has.

    Args:
        variables: weights, statistics, metric sums.
        slots: the optimizer's Variables; "adam/dense_kernel_momentum" belongs to "dense/kernel".
    """
    strategy = strategies.distribution()
    if strategy is None:
        return
    variables = list(variables)
    wanted = [(v, strategy.get_variable_layout(v).backend_layout) for v in variables]
    layouts = {id(v): layout for v, layout in wanted}
    owners = {(v.path.replace("/", "_"), tuple(v.shape)): v for v in variables}
    for slot in slots:
        name, shape = slot.name, tuple(slot.shape)
        owner = next((v for (path, of), v in owners.items() if of == shape and name.startswith(f"{path}_")), None)
        wanted.append((slot, whole() if owner is None else layouts[id(owner)]))
    wanted = [(v, layout) for v, layout in wanted if not _lies(v._raw_value, layout)]
    if processes.together():
        _share([(v, layout) for v, layout in wanted if v._raw_value.is_fully_addressable])
    for variable, layout in wanted:
        if not _lies(variable._raw_value, layout):
            variable.set_raw_value(jax.device_put(variable._raw_value, layout))


def _lies(value: Any, layout: Any) -> bool:
    """Whether an array lies as wanted; a layout may be written in several ways that mean the same."""
    return isinstance(value, jax.core.Tracer) or value.sharding.is_equivalent_to(layout, value.ndim)


def _share(fresh: list[tuple[Any, Any]]) -> None:
    """Lay out Variables that each process made for itself: with the values of process 0."""
    processes.check_same(
        "the weights of the model",
        [(tuple(v.shape), v._raw_value.dtype.name) for v, _ in fresh],
        "Build, compile and load the same model in each of them.",
    )
    if not fresh:
        return
    arrays = processes.from_first([np.asarray(v._raw_value) for v, _ in fresh])
    for (variable, layout), array in zip(fresh, arrays, strict=True):
        variable.set_raw_value(_made(array, layout))


def place_rest(tree: Any) -> Any:
    """Arrays that lie elsewhere, whole on every device of the mesh; what lies on the mesh stays as it is."""
    strategy = strategies.distribution()
    if strategy is None:
        return tree
    mesh = set(strategy.device_mesh.backend_mesh.devices.flat)
    together = processes.together()

    def place(a: Any) -> Any:
        if isinstance(a, jax.core.Tracer) or (isinstance(a, jax.Array) and a.sharding.device_set == mesh):
            return a
        if together:  # device_put would compare them among all processes, one by one
            return _made(np.asarray(a), whole())
        return jax.device_put(a, whole())

    return jax.tree.map(place, tree)


def place_batch(tree: Any) -> Any:
    """A batch from the host, its rows spread over the mesh; each process touches the rows of its own devices only.

    Rows that cannot be shared out evenly lie whole on every device. Where each process has data of its own
    (``auto_shard_dataset=False``) their rows together are the batch.

    Args:
        tree: arrays, or ``Rows``.
    """
    strategy = strategies.distribution()
    assert strategy is not None
    own = processes.together() and not strategy.auto_shard_dataset

    def place(a: Any) -> Any:
        if isinstance(a, jax.Array):
            if not a.is_fully_addressable:
                return a
            a = np.asarray(a)
        if isinstance(a, np.ndarray) and text.is_text(a):
            a = text.encode(a)
        layout = strategy.get_data_layout(a.shape).backend_layout if len(a.shape) else whole()
        if own:
            return _joined(a, layout, strategy)
        if len(a.shape) and a.shape[0] % strategy.num_model_replicas:
            layout = whole()
        return _made(a, layout)

    return jax.tree.map(place, tree)


def _joined(a: Any, layout: NamedSharding, strategy: Any) -> Any:
    a = a[:]
    if not a.ndim:
        return _made(a, layout)
    shares = strategy.num_data_shares
    if (len(a) * shares) % strategy.num_model_replicas:
        raise ValueError(
            f"A batch of {len(a)} rows in each process cannot be shared out: {shares} shares of it go to "
            f"{strategy.num_model_replicas} places. With auto_shard_dataset=False choose a batch size that is a "
            f"multiple of {max(1, strategy.num_model_replicas // shares)} and leave out a shorter last batch."
        )
    return jax.make_array_from_process_local_data(layout, a, (len(a) * shares, *a.shape[1:]))


def _made(a: Any, layout: Any) -> jax.Array:
    """A global array of which each process makes its own parts, without asking the others."""
    return jax.make_array_from_callback(tuple(a.shape), layout, lambda index: a[index])


class Rows:
    """Some rows of an array, read only where they are asked for.

    Args:
        array: the whole array.
        numbers: (rows,) which of its rows.
    """

    def __init__(self, array: Any, numbers: np.ndarray):
        self.array, self.numbers = array, numbers
        self.shape, self.dtype, self.ndim = (len(numbers), *array.shape[1:]), array.dtype, array.ndim

    def __getitem__(self, index: Any) -> np.ndarray:
        first, *rest = index if isinstance(index, tuple) else (index,)
        return np.asarray(self.array[self.numbers[first]])[(slice(None), *rest)]


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


def keep_layouts(variables: Iterable[Any], arrays: Iterable[Any]) -> list[Any]:
    """Inside a program: the Variables' new arrays where the old ones lie; the compiler might lay them out otherwise."""
    if strategies.distribution() is None:
        return list(arrays)
    found = []
    for variable, array in zip(variables, arrays, strict=True):
        layout = variable._raw_value.sharding
        found.append(jax.lax.with_sharding_constraint(array, layout if _on_mesh(layout) else whole()))
    return found


def _on_mesh(layout: Any) -> bool:
    strategy = strategies.distribution()
    assert strategy is not None
    return layout.device_set == set(strategy.device_mesh.backend_mesh.devices.flat)


def whole() -> NamedSharding:
    """The layout of an array that every device of the mesh holds whole."""
    strategy = strategies.distribution()
    assert strategy is not None
    return NamedSharding(strategy.device_mesh.backend_mesh, PartitionSpec())


def everywhere() -> Any:
    """The layout of an array that is whole on every device there is, whatever distribution is in force."""
    if strategies.distribution() is not None:
        return whole()
    if processes.several():
        return NamedSharding(Mesh(np.array(jax.devices()), ("all",)), PartitionSpec())
    return SingleDeviceSharding(jax.local_devices()[0])
