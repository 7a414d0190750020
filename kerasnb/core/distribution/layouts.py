"""Meshes of devices, and layouts: which axis of a tensor is spread over which axis of the mesh."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from .devices import find_device, list_devices


class DeviceMesh:
    """Devices arranged in a grid with named axes.

    Args:
        shape: of the grid, such as ``(2, 4)``.
        axis_names: a name for each axis, such as ``("batch", "model")``.
        devices: names (or jax devices), as many as the grid has places; all of the default platform if left out.
    """

    def __init__(self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None):
        if not shape or not axis_names:
            raise ValueError(f"DeviceMesh: shape and axis_names cannot be empty, got {shape=}, {axis_names=}.")
        if len(shape) != len(axis_names):
            raise ValueError(f"DeviceMesh: shape and axis_names must be of one length, got {shape=}, {axis_names=}.")
        devices = list_devices() if devices is None else devices
        flat = np.array(devices).flatten()
        places = int(np.prod(shape))
        if places != flat.size:
            raise ValueError(
                f"DeviceMesh: shape={tuple(shape)} has {places} places, but there are {flat.size} devices: "
                f"{list(flat)}. Choose a shape whose product is {flat.size}, or pass devices=."
            )
        self._shape, self._axis_names = tuple(shape), list(axis_names)
        self._devices = flat.reshape(self._shape)
        self._mesh: Mesh | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid's shape."""
        return self._shape

    @property
    def axis_names(self) -> list[str]:
        """The names of its axes."""
        return self._axis_names

    @property
    def devices(self) -> np.ndarray:
        """The devices' names in the grid's shape."""
        return self._devices

    @property
    def backend_mesh(self) -> Mesh:
        """The same as a ``jax.sharding.Mesh``."""
        if self._mesh is None:
            grid = np.array([find_device(d) for d in self._devices.flat], object).reshape(self._shape)
            self._mesh = Mesh(grid, tuple(self._axis_names))
        return self._mesh

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """For each axis of a tensor the mesh axis it is spread over, None for axes that every device holds whole.

    Args:
        axes: such as ``(None, "model")``; empty means that every device holds the whole tensor.
        device_mesh: the mesh; a ``LayoutMap`` fills in its own.
    """

    def __init__(self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None):
        self._axes, self._mesh = tuple(axes), device_mesh
        self._check()

    @property
    def axes(self) -> tuple[str | None, ...]:
        """Names of mesh axes, or None."""
        return self._axes

    @property
    def device_mesh(self) -> DeviceMesh | None:
        """The mesh."""
        return self._mesh

    @device_mesh.setter
    def device_mesh(self, mesh: DeviceMesh) -> None:
        if self._mesh is not None:
            raise ValueError(f"TensorLayout: device_mesh is set already, to {self._mesh}; make a new layout instead.")
        self._mesh = mesh
        self._check()

    @property
    def backend_layout(self) -> NamedSharding:
        """The same as a ``jax.sharding.NamedSharding``."""
        if self._mesh is None:
            raise ValueError("TensorLayout: device_mesh is not set; pass TensorLayout(axes, device_mesh=...).")
        return NamedSharding(self._mesh.backend_mesh, PartitionSpec(*self._axes))

    def _check(self) -> None:
        if self._mesh is None:
            return
        unknown = [a for a in self._axes if a is not None and a not in self._mesh.axis_names]
        if unknown:
            raise ValueError(
                f"TensorLayout: axes {unknown} are no axes of the mesh, which has {self._mesh.axis_names}; "
                f"got axes={self._axes}."
            )

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(MutableMapping):
    """Layouts by patterns of variables' paths, such as ``"dense.*kernel"``.

    A path is looked up as it stands first, then as a regular expression (``re.search``) in the order in which patterns
    were put in.

    Args:
        device_mesh: filled into layouts that have none; a plain tuple of axes becomes a layout.
    """

    def __init__(self, device_mesh: DeviceMesh):
        self._mesh = device_mesh
        self._layouts: dict[str, TensorLayout] = {}

    @property
    def device_mesh(self) -> DeviceMesh:
        """The mesh."""
        return self._mesh

    def __getitem__(self, key: str) -> TensorLayout | None:  # type: ignore[override]
        if key in self._layouts:
            return self._layouts[key]
        matching = [pattern for pattern in self._layouts if re.search(pattern, key)]
        if len(matching) > 1:
            raise ValueError(
                f"LayoutMap: the path {key!r} matches several patterns, {matching}. Make each path match one of them."
            )
        return self._layouts[matching[0]] if matching else None

    def __setitem__(self, key: str, layout: TensorLayout | Sequence[str | None]) -> None:
        if key in self._layouts:
            raise ValueError(f"LayoutMap: {key!r} is there already; delete it first (`del layout_map[{key!r}]`).")
        if isinstance(layout, tuple):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"LayoutMap: {key!r} must get a TensorLayout or a tuple of axes, got {layout!r}.")
        if layout.device_mesh is None:
            layout.device_mesh = self._mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)


def distribute_tensor(tensor: Any, layout: Any) -> Any:
    """The tensor laid out over the mesh; inside a compiled program a constraint on where it lies.

    Args:
        tensor: an array.
        layout: a ``TensorLayout`` or a jax sharding.
    """
    sharding = layout.backend_layout if isinstance(layout, TensorLayout) else layout
    if isinstance(tensor, jax.core.Tracer):
        return jax.lax.with_sharding_constraint(tensor, sharding)
    return jax.device_put(tensor, sharding)
