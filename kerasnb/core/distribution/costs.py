"""What a distribution costs: bytes that each device holds and sends, computed from shapes alone.

Nothing runs and no device is asked for, so a cluster can be planned on a laptop: a ``DeviceMesh`` takes names of
devices that are not there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import strategies
from .strategies import Distribution


@dataclass(frozen=True)
class Costs:
    """Bytes of one training step, for the device that has most of them.

    Attributes:
        devices: how many there are.
        weights: the model's weights and statistics on one device.
        gradients: gradients on one device.
        optimizer: the optimizer's state on one device.
        batch: its rows of the inputs; 0 where the model does not say their shape.
        weights_sent: what it sends in a step to average gradients (and, where weights are spread over the axis of the
            batch, to gather them).
        results_sent: what it sends at most of layers' results and their gradients, because weights are spread.
    """

    devices: int
    weights: int
    gradients: int
    optimizer: int
    batch: int
    weights_sent: int
    results_sent: int

    @property
    def held(self) -> int:
        """All that one device holds, without the layers' results, which depend on what the compiler keeps."""
        return self.weights + self.gradients + self.optimizer + self.batch

    @property
    def sent(self) -> int:
        """All that one device sends in a step."""
        return self.weights_sent + self.results_sent


def costs(model: Any, distribution: Distribution | None = None, batch_size: int = 32) -> Costs:
    """Bytes held and sent by each device in one training step.

    Args:
        model: a built model; compiled, if the optimizer's state shall count.
        distribution: a ``DataParallel`` or ``ModelParallel``; the one in force if left out, one device without any.
        batch_size: rows of a step over all devices, at least 1.

    A reduction over n devices is counted as a ring: each sends ``2 (n - 1) / n`` times the bytes (Patarasuk and Yuan,
    "Bandwidth optimal all-reduce algorithms", 2009), a gathering half of that. What layers' results cost is an upper
    bound for layers with a kernel of (inputs, outputs): the compiler may find a way that sends less.

    >>> from kerasnb import distribution as d, layers, Sequential, Input
    >>> model = Sequential([Input((1000,)), layers.Dense(250)])
    >>> found = costs(model, d.DataParallel(devices=[f"gpu:{i}" for i in range(4)]), batch_size=64)
    >>> found.weights, found.weights_sent, found.batch
    (1001000, 1501500, 64000)
    """
    if not model.built:
        raise ValueError(f"costs: model {model.name!r} has no weights yet: build it, or call it on data, first.")
    if not isinstance(batch_size, (int, np.integer)) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"costs: batch_size must be an integer of at least 1, got batch_size={batch_size!r}.")
    strategy = strategies.distribution() if distribution is None else distribution
    sizes = {"": 1} if strategy is None else dict(zip(strategy.device_mesh.axis_names, strategy.device_mesh.shape))
    batch_axis = "" if strategy is None else strategy.batch_dim_name
    replicas = sizes[batch_axis]
    rows = -(-batch_size // replicas)
    trainable = {id(v) for v in model.trainable_variables}
    held = {v.path: _local(v, axes, sizes) for v, axes in _axes(model.variables, strategy)}
    weights = gradients = sent = 0
    for variable, axes in _axes(model.variables, strategy):
        own = held[variable.path]
        weights += own
        if id(variable) not in trainable:
            continue
        gradients += own
        if batch_axis in axes:  # gathered forwards and backwards, and its gradient scattered
            sent += 3 * (replicas - 1) * own
        else:
            sent += 2 * (replicas - 1) * own // replicas
    optimizer = 0
    if getattr(model, "optimizer", None) is not None:
        model.optimizer.build(model.trainable_variables)
        owners = {(v.path.replace("/", "_"), tuple(v.shape)): v for v in model.trainable_variables}
        for slot in model.optimizer.variables:
            owner = next((v for (p, s), v in owners.items() if s == slot.shape and slot.name.startswith(f"{p}_")), None)
            optimizer += slot.size * slot._raw_value.dtype.itemsize if owner is None else held[owner.path]
    return Costs(
        devices=math.prod(sizes.values()), weights=weights, gradients=gradients, optimizer=optimizer,
        batch=sum(rows * math.prod(t.shape[1:]) * np.dtype(t.dtype).itemsize for t in _inputs(model)),
        weights_sent=sent, results_sent=0 if strategy is None else _results(model, strategy, sizes, batch_axis, rows),
    )  # fmt: skip


def _axes(variables: Any, strategy: Distribution | None) -> list[tuple[Any, tuple]]:
    return [(v, () if strategy is None else strategy.get_variable_layout(v).axes) for v in variables]


def _local(variable: Any, axes: tuple, sizes: dict[str, int]) -> int:
    """Bytes of a Variable's part on one device."""
    shape = list(variable.shape)
    for i, name in enumerate(axes):
        if name is not None:
            shape[i] = -(-shape[i] // sizes[name])
    return math.prod(shape) * variable._raw_value.dtype.itemsize


def _inputs(model: Any) -> list[Any]:
    found = getattr(model, "inputs", None) or []
    return [t for t in found if None not in t.shape[1:] and t.dtype != "string"]


def _results(model: Any, strategy: Distribution, sizes: dict[str, int], batch_axis: str, rows: int) -> int:
    """What is sent at most of layers' results because kernels are spread over another axis than the batch's."""
    total = 0.0
    for layer in model._flatten_layers():
        if layer._tracker.layers:
            continue
        for variable, axes in _axes(layer.trainable_variables, strategy):
            if len(variable.shape) < 2:
                continue
            *_, before, after = (*axes, *[None] * (len(variable.shape) - len(axes)))
            places = rows * _positions(layer) * variable._raw_value.dtype.itemsize
            inputs, outputs = variable.shape[-2:]
            if after not in (None, batch_axis):  # outputs are gathered, the inputs' gradients added up
                n = sizes[after]
                total += (n - 1) / n * places * (outputs + 2 * inputs)
            if before not in (None, batch_axis):  # outputs are added up, the inputs' gradients gathered
                n = sizes[before]
                total += (n - 1) / n * places * (2 * outputs + inputs)
    return round(total)


def _positions(layer: Any) -> int:
    """How many vectors a layer gives for each row, such as the words of a text; 1 where it is not known."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError, RuntimeError):
        return 1
    return math.prod(n or 1 for n in shape[1:-1])


def costs_table(model: Any, distributions: dict[str, Distribution | None], batch_size: int = 32) -> str:
    """The costs under several distributions as a table in Markdown, in millions of bytes.

    Args:
        model: a built model.
        distributions: by the name of their row; None for one device.
        batch_size: rows of a step over all devices.
    """
    heads = ["distribution", "devices", "weights", "gradients", "optimizer", "batch", "held", "sent a step"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name, strategy in distributions.items():
        found = _alone(model, batch_size) if strategy is None else costs(model, strategy, batch_size)
        numbers = (found.weights, found.gradients, found.optimizer, found.batch, found.held, found.sent)
        lines.append(f"| {name} | {found.devices} | {' | '.join(f'{n / 1e6:.1f}' for n in numbers)} |")
    return "\n".join(lines)


def _alone(model: Any, batch_size: int) -> Costs:
    """The costs on one device, whatever distribution is in force."""
    from .layouts import DeviceMesh

    return costs(model, Distribution(DeviceMesh((1,), ["batch"], ["cpu:0"])), batch_size)
