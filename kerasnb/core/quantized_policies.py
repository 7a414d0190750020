"""Dtype policies of quantized layers: what archives and code say of them, ``MODE_from_SOURCE``.

They describe: kerasnb's layers compute in floating point and refuse such a policy as their ``dtype``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import policies, registry
from .policies import DTypePolicy, deserialize

MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizedDTypePolicy(DTypePolicy):
    """Weights in ``mode``, computing as the policy ``source_name`` does.

    Args:
        mode: "int8", "float8", "int4", "gptq" or "awq".
        source_name: the policy it was quantized from; the global one if None.

    >>> QuantizedDTypePolicy("int8", "mixed_bfloat16").name
    'int8_from_mixed_bfloat16'
    """

    def __init__(self, mode: str, source_name: str | None = None):
        source = policies.dtype_policy().name if source_name is None else source_name
        super().__init__(source)
        base = mode.split("/")[0] if isinstance(mode, str) else mode
        if base not in MODES:
            raise ValueError(
                f"{type(self).__name__}: mode must be one of {', '.join(map(repr, MODES))}, got mode={mode!r}."
                f"{registry.did_you_mean(str(base), MODES)}"
            )
        if base == "int8" and self.compute_dtype == "float16":
            raise ValueError(f"{type(self).__name__}: 8-bit integers overflow in float16; use bfloat16 or float32.")
        self._name, self._source_name, self._mode = f"{mode}_from_{source}", source, mode

    @property
    def quantization_mode(self) -> str:
        """How the weights are kept."""
        return self._mode.split("/")[0]

    def get_config(self) -> dict[str, Any]:
        """Mode and source."""
        return {"mode": self._mode, "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """8-bit floats, scaled by the largest values of the last steps.

    Args:
        mode, source_name: as in ``QuantizedDTypePolicy``.
        amax_history_length: how many steps are remembered.
    """

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024):
        super().__init__(mode, source_name)
        if isinstance(amax_history_length, bool) or not isinstance(amax_history_length, int):
            raise TypeError(
                f"QuantizedFloat8DTypePolicy: amax_history_length must be an integer, got {amax_history_length!r}."
            )
        self.amax_history_length = amax_history_length

    def get_config(self) -> dict[str, Any]:
        """Mode, source and length of the history."""
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


class _Parametrised(QuantizedDTypePolicy):
    """A policy whose mode carries numbers: ``name/number/...``."""

    kind: str
    numbers: tuple[str, ...]

    def __init__(self, mode: str, source_name: str | None = None):
        parts = mode.split("/") if isinstance(mode, str) else []
        form = "/".join([self.kind, *(f"<{n}>" for n in self.numbers)])
        wrong = f"{type(self).__name__}: mode must have the form {form!r}, got mode={mode!r}."
        if len(parts) != 1 + len(self.numbers) or parts[0] != self.kind:
            raise ValueError(wrong)
        for name, text in zip(self.numbers, parts[1:]):
            try:
                value = int(text)
            except ValueError:
                raise ValueError(wrong) from None
            if value == 0 or value < -1 or (name == "weight_bits" and value not in (2, 3, 4, 8)):
                raise ValueError(f"{type(self).__name__}: {name} cannot be {value}, got mode={mode!r}.")
            setattr(self, name, value)
        super().__init__(mode, source_name)
        self.mode = self.kind


class Int4DTypePolicy(_Parametrised):
    """4-bit integers in blocks with a scale each: mode "int4/<block_size>", -1 for one block per column."""

    kind, numbers = "int4", ("block_size",)
    block_size: int


class GPTQDTypePolicy(_Parametrised):
    """Weights chosen by GPTQ: mode "gptq/<weight_bits>/<group_size>" (Frantar et al. 2022)."""

    kind, numbers = "gptq", ("weight_bits", "group_size")
    weight_bits: int
    group_size: int


class AWQDTypePolicy(_Parametrised):
    """Weights chosen by AWQ: mode "awq/<weight_bits>/<group_size>" (Lin et al. 2023)."""

    kind, numbers = "awq", ("weight_bits", "group_size")
    weight_bits: int
    group_size: int


def get(identifier: Any) -> Any:
    """The policy that a name, dict, dtype or policy stands for, quantized ones among them.

    >>> get("int4/64_from_float32").block_size
    64
    """
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier in MODES:
        raise ValueError(
            f"{identifier!r} names no source: write for example '{identifier}_from_float32', or a float type."
        )
    if isinstance(identifier, str) and "_from_" in identifier:
        mode, _, source = identifier.partition("_from_")
        kind = mode.split("/")[0]
        if kind == "float8":
            return QuantizedFloat8DTypePolicy(mode, source)
        if "/" in mode or kind in ("gptq", "awq"):
            by_kind = {"int4": Int4DTypePolicy, "gptq": GPTQDTypePolicy, "awq": AWQDTypePolicy}
            return by_kind.get(kind, QuantizedDTypePolicy)(mode, source)
        return QuantizedDTypePolicy(mode, source)
    return policies.get(identifier)


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """A policy in archive form."""
    return registry.serialize_keras_object(dtype_policy)
