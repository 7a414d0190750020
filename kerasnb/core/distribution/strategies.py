"""Distributions: data parallel and model parallel, and which one is in force.

A distribution says where tensors lie; the programs stay the same, and XLA (GSPMD) adds what must be exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np

from ..variable import Changes
from .devices import list_devices
from .layouts import DeviceMesh, LayoutMap, TensorLayout

_current: Distribution | None = None


def distribution() -> Distribution | None:
    """The distribution in force, None where there is none."""
    return _current


def set_distribution(value: Distribution | None) -> None:
    """Put a distribution in force for what is built from here on; None ends it."""
    global _current
    if value is not None and not isinstance(value, Distribution):
        raise ValueError(f"set_distribution: value must be a DataParallel, ModelParallel or None, got {value!r}.")
    _current = value
    Changes.count += 1  # programs that were found before were made for another layout


class Distribution:
    """Base: where variables and batches lie.

    Args:
        device_mesh: the devices.
        batch_dim_name: the mesh axis over which batches are spread.
        auto_shard_dataset: True: every process is given the same data and takes its share of each batch. False:
            every process is given data of its own, and their batches together are one.
    """

    def __init__(self, device_mesh: DeviceMesh, batch_dim_name: str | None = None, auto_shard_dataset: bool = True):
        self._mesh = device_mesh
        self.batch_dim_name = batch_dim_name or device_mesh.axis_names[0]
        if self.batch_dim_name not in device_mesh.axis_names:
            raise ValueError(
                f"{type(self).__name__}: batch_dim_name={self.batch_dim_name!r} is no axis of the mesh, "
                f"which has {device_mesh.axis_names}."
            )
        self.auto_shard_dataset = auto_shard_dataset

    @property
    def device_mesh(self) -> DeviceMesh:
        """The devices."""
        return self._mesh

    @property
    def num_processes(self) -> int:
        """How many processes take part."""
        return jax.process_count()

    @property
    def num_model_replicas(self) -> int:
        """Over how many places a batch is spread."""
        return self._mesh.shape[self._mesh.axis_names.index(self.batch_dim_name)]

    @property
    def num_data_shares(self) -> int:
        """Into how many shares the processes divide a batch; fewer than processes where some see the same rows."""
        return len(set(self._places_of_processes()))

    @property
    def data_shard_id(self) -> int:
        """Which share of the data this process reads."""
        places = self._places_of_processes()
        own = jax.process_index()
        return sorted(set(places)).index(places[own]) if own < len(places) else 0

    def _places_of_processes(self) -> list[tuple[int, ...]]:
        """For each process the places on the batch's axis that its devices have."""
        if self.num_processes == 1:
            return [(0,)]
        axis = self._mesh.axis_names.index(self.batch_dim_name)
        rows = np.moveaxis(self._mesh.backend_mesh.devices, axis, 0)
        owners = [{d.process_index for d in np.ravel(row)} for row in rows]
        return [tuple(i for i, found in enumerate(owners) if p in found) for p in range(self.num_processes)]

    def get_data_layout(self, data_shape: Sequence[int | None]) -> TensorLayout:
        """The layout of a batch: its first axis spread, the rest whole."""
        axes = [self.batch_dim_name, *[None] * (len(data_shape) - 1)] if len(data_shape) else []
        return TensorLayout(axes, self._mesh)

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout of a variable: whole on every device."""
        return TensorLayout([None] * len(variable.shape), self._mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of an intermediate tensor; None leaves it to the compiler."""
        return None

    def distribute_dataset(self, dataset: Any) -> Any:
        """This process's share of a data set: its part of each batch's rows (``fit`` takes it by itself)."""
        if self.num_data_shares == 1 or not self.auto_shard_dataset:
            return dataset
        return _Share(dataset, self.data_shard_id, self.num_data_shares)

    distribute_tf_dataset = distribute_dataset

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Context in which this distribution is in force."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self._mesh}>"


class DataParallel(Distribution):
    """Every device holds the whole model and sees its share of each batch; gradients are averaged.

    Args:
        device_mesh: a mesh with one axis; made from ``devices`` if left out.
        devices: names of devices; all if left out.
        auto_shard_dataset: True: every process is given the same data and takes its share of each batch. False:
            every process is given data of its own, and their batches together are one.
    """

    def __init__(self, device_mesh: DeviceMesh | None = None, devices: Any = None, auto_shard_dataset: bool = True):
        if device_mesh is None:
            names = list_devices() if devices is None else list(np.array(devices).flatten())
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        elif not isinstance(device_mesh, DeviceMesh):
            raise ValueError(f"DataParallel: device_mesh must be a DeviceMesh, got {device_mesh!r}.")
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)


class ModelParallel(Distribution):
    """Variables are spread over devices as a ``LayoutMap`` says; batches over the axis ``batch_dim_name``.

    Args:
        layout_map: layouts of variables by patterns of their paths; variables that match none are held whole.
        batch_dim_name: the mesh axis of the batch; the mesh's first by default.
        auto_shard_dataset: True: every process is given the same data and takes its share of each batch. False:
            every process is given data of its own, and their batches together are one.
    """

    def __init__(
        self,
        *,
        layout_map: LayoutMap | None = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
        **kwargs: Any,
    ):
        if kwargs:
            raise ValueError(f"ModelParallel does not know the argument(s) {sorted(kwargs)}.")
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(f"ModelParallel: layout_map must be a LayoutMap, got layout_map={layout_map!r}.")
        super().__init__(layout_map.device_mesh, batch_dim_name, auto_shard_dataset)
        self._layout_map = layout_map

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """What the map says of the variable's path, else whole."""
        found = self._layout_map[variable.path]
        if found is None:
            return super().get_variable_layout(variable)
        if len(found.axes) > len(variable.shape):
            raise ValueError(
                f"ModelParallel: the layout {found.axes} of {variable.path!r} has more axes than its shape, "
                f"{tuple(variable.shape)}."
            )
        return found

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """What the map says of the path."""
        return self._layout_map[path]


class _Share:
    """The rows of a data set's batches that belong to one process."""

    def __init__(self, dataset: Any, number: int, count: int):
        self._dataset, self._number, self._count = dataset, number, count

    def __iter__(self) -> Iterator[Any]:
        for batch in self._dataset:
            yield jax.tree.map(self._rows, batch)

    def _rows(self, array: Any) -> Any:
        share = len(array) // self._count
        return array[self._number * share : (self._number + 1) * share]
