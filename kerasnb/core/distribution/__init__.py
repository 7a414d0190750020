"""More than one device, more than one process: meshes, layouts, and who holds what."""

from .costs import Costs, costs, costs_table
from .devices import get_device_count, initialize, list_devices
from .layouts import DeviceMesh, LayoutMap, TensorLayout, distribute_tensor
from .strategies import DataParallel, Distribution, ModelParallel, distribution, set_distribution

__all__ = [
    "Costs",
    "DataParallel",
    "DeviceMesh",
    "Distribution",
    "LayoutMap",
    "ModelParallel",
    "TensorLayout",
    "costs",
    "costs_table",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]
