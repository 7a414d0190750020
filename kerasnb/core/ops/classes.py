"""Recorded ops as Keras's archives have them, and back.

Keras keeps one class for each op. Part of the op's arguments are the class's (``axis``: its configuration), the
others belong to the call (the tensors). Which is which follows from the arguments' names, with few exceptions.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from .. import registry
from ..operation import FunctionOperation
from ..quantizers.fake_quant import fake_quant_with_min_max_vars
from ..symbolic import any_symbolic
from .dispatch import TABLE, Entry

# Arguments of the call; all others are the class's.
_TENSORS = frozenset(
    """a abs_ angle array axes_lengths b beta bias branches choicelist condition condlist constant_values coordinates
    data default depthwise_kernel elements elems end_points f false_fn fun gamma image1 image2 images index indices init
    init_val inputs key kernel loop_vars mask mean operands output output_length output_shape pattern pointwise_kernel
    pred predictions primals q query scale segment_ids sequence_lengths sorted_sequence start start_indices
    start_points step stop tangents target target_length targets tensor transform translation true_fn updates value
    values variable variance volumes x x1 x2 xs y""".split()
)
_ALSO_TENSORS = {
    "average": {"weights"},
    "batch_normalization": {"offset"},
    "digitize": {"bins"},
    "fake_quant_with_min_max_vars": {"max_vals", "min_vals"},
    "full": {"fill_value"},
    "full_like": {"fill_value"},
    "isclose": {"rtol", "atol"},
}
_NO_TENSORS = {"squareplus": {"b"}, "trapezoid": {"x"}}
# ``keras.activations.relu`` with a slope, cap or threshold has a class of its own.
_RELU = "keras.src.activations.activations"
# An op that stands in ``keras.quantizers`` and not in ``keras.ops``.
_FAKE_QUANT = Entry(fake_quant_with_min_max_vars, "keras.src.quantizers.quantizers", "FakeQuantWithMinMaxVars")


def _is_call_argument(op_name: str, argument: str) -> bool:
    if argument in _NO_TENSORS.get(op_name, ()):
        return False
    return argument in _TENSORS or argument in _ALSO_TENSORS.get(op_name, ())


def _find(function: Any) -> tuple[str, Entry]:
    from .. import activations

    if function is activations.relu:
        return "relu", Entry(function, _RELU, "ReLU")
    if function is fake_quant_with_min_max_vars:
        return "fake_quant_with_min_max_vars", _FAKE_QUANT
    for name, entry in TABLE.items():
        if entry.function is function:
            return name, entry._replace(module=f"keras.src.ops.{entry.module}")
    raise ValueError(
        f"The function {function!r} in this model cannot be saved: it is not one of keras.ops. "
        "Put it into a layer of your own, registered with @keras.saving.register_keras_serializable()."
    )


def split_call(operation: Any, args: Any, kwargs: Any) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """A recorded call of an op as (record of its class, arguments, keyword arguments)."""
    name, entry = _find(operation.function)
    bound = inspect.signature(entry.function).bind(*args, **kwargs)
    bound.apply_defaults()
    config: dict[str, Any] = {"name": operation.name}
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for argument, value in bound.arguments.items():
        kind = bound.signature.parameters[argument].kind
        of_call = _is_call_argument(name, argument)
        if kind is inspect.Parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif kind is inspect.Parameter.VAR_KEYWORD:
            keywords.update(value)
        elif of_call and not keywords:
            positional.append(value)
        elif of_call or any_symbolic(value):
            keywords[argument] = value
        else:
            config[argument] = value
    record = {
        "module": entry.module,
        "class_name": entry.class_name,
        "config": {k: registry.serialize_keras_object(v) for k, v in config.items()},
        "registered_name": entry.class_name,
    }
    return record, positional, keywords


class ConfiguredOperation(FunctionOperation):
    """An op with part of its arguments fixed, as archives describe it.

    Recorded nodes hold all arguments, as for any op, so ``complete`` is called once for each stored call.

    Args:
        op_name: a name of the table.
        function: the op.
        config: arguments by name, and the operation's ``name``.
    """

    def __init__(self, op_name: str, function: Any, config: Mapping[str, Any]):
        super().__init__(function, name=config.get("name"))
        parameters = inspect.signature(function).parameters
        self._op_name = op_name
        self._fixed = {k: registry.from_config_value(v) for k, v in config.items() if k in parameters}

    def complete(self, args: Any, kwargs: Any) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of a call with the fixed ones put in, in the op's own order."""
        args, kwargs = list(args), dict(kwargs)
        positional: list[Any] = []
        gap = False
        for argument, parameter in inspect.signature(self.function).parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                positional.extend(args)
                args = []
            elif argument not in kwargs and argument not in self._fixed and args:
                positional.append(args.pop(0))
            elif gap or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD):
                if argument in self._fixed:
                    kwargs.setdefault(argument, self._fixed[argument])
            elif argument in kwargs:
                positional.append(kwargs.pop(argument))
            elif argument in self._fixed:
                positional.append(self._fixed[argument])
            else:
                gap = True  # left at its default
        if self._op_name == "get_item" and isinstance(positional[1], list):
            positional[1] = tuple(positional[1])  # JSON has no tuples
        return positional, kwargs


def operation_from_record(record: Mapping[str, Any]) -> ConfiguredOperation:
    """The operation that a record ``{"module", "class_name", "config"}`` describes."""
    from .. import activations

    class_name, config = record["class_name"], record.get("config") or {}
    if class_name == "ReLU":
        return ConfiguredOperation("relu", activations.relu, config)
    if class_name == _FAKE_QUANT.class_name:
        return ConfiguredOperation("fake_quant_with_min_max_vars", _FAKE_QUANT.function, config)
    if class_name == "LayerNorm" and config.get("rms_scaling"):
        class_name = "RMSNorm"
    module = str(record.get("module", "")).rpartition(".")[2]
    found = [(n, e) for n, e in TABLE.items() if e.class_name == class_name]
    found = [(n, e) for n, e in found if e.module == module] or found
    if not found:
        raise TypeError(
            f"The archive uses the op {class_name!r}, which keras.ops does not have."
            + registry.did_you_mean(class_name, {e.class_name for e in TABLE.values()})
        )
    name, entry = found[0]
    return ConfiguredOperation(name, entry.function, config)


def __getattr__(class_name: str) -> Any:
    """Classes by the names that archives know, for loaders that look a class up in a module."""
    if class_name.startswith("_") or class_name not in {e.class_name for e in TABLE.values()}:
        raise AttributeError(class_name)

    def from_config(config: Mapping[str, Any]) -> ConfiguredOperation:
        return operation_from_record({"class_name": class_name, "config": config})

    return type(class_name, (ConfiguredOperation,), {"from_config": staticmethod(from_config)})
