"""Dtype policies: which type a layer computes in and which its weights are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import config, registry

_global_policy: DTypePolicy | None = None


class DTypePolicy(registry.Configurable):
    """Compute and variable dtypes of a layer.

    Args:
        name: a dtype ("float32", "bfloat16", ...: both alike), "mixed_float16" or "mixed_bfloat16"
            (compute in 16 bits, keep weights in float32).
    """

    def __init__(self, name: str | None = None):
        name = config.floatx() if name is None else name
        if not isinstance(name, str):
            raise TypeError(f"DTypePolicy name must be a string such as 'mixed_bfloat16', got name={name!r}.")
        self._name = name
        self._compute_dtype, self._variable_dtype = self._parse(name)
        self._source_name: str | None = None

    @staticmethod
    def _parse(name: str) -> tuple[str, str]:
        if name in ("mixed_float16", "mixed_bfloat16"):
            return name.removeprefix("mixed_"), "float32"
        try:
            dtype = config.standardize_dtype(name)
        except ValueError:
            known = [*config.FLOAT_TYPES, "mixed_float16", "mixed_bfloat16"]
            raise ValueError(
                f"Cannot convert {name!r} to a dtype policy: expected a dtype, 'mixed_float16' or "
                f"'mixed_bfloat16'.{registry.did_you_mean(name, known)}"
            ) from None
        return dtype, dtype

    @property
    def name(self) -> str:
        """The name it was made with."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The type of inputs and arithmetic."""
        return self._compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The type of the weights."""
        return self._variable_dtype

    @property
    def quantization_mode(self) -> None:
        """Always None: weights are never quantized."""
        return None

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        """An input as a tensor, floats cast to ``dtype`` if ``autocast``."""
        from .conversion import convert_input

        return convert_input(x, autocast, dtype)

    def get_config(self) -> dict[str, Any]:
        """The name alone."""
        return {"name": self._name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self._name}">'


FloatDTypePolicy = DTypePolicy


class DTypePolicyMap(registry.Configurable, dict):
    """Policies by layer path; the default policy where no key fits."""

    def __init__(self, default_policy: Any = None, policy_map: Mapping[str, Any] | None = None):
        dict.__init__(self, {k: get(v) for k, v in (policy_map or {}).items()})
        self._default = default_policy

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of every layer that no key names."""
        return get(self._default)

    def __getitem__(self, key: str) -> DTypePolicy:
        if key in self.keys():
            return dict.__getitem__(self, key)
        hits = [k for k in self.keys() if key.startswith(k)]
        if len(hits) > 1:
            raise ValueError(f"DTypePolicyMap: path {key!r} matches several keys: {hits}.")
        return dict.__getitem__(self, hits[0]) if hits else self.default_policy

    def get_config(self) -> dict[str, Any]:
        """The default and the map, serialized."""
        default = None if self._default is None else registry.serialize_keras_object(get(self._default))
        return {
            "default_policy": default,
            "policy_map": {k: registry.serialize_keras_object(v) for k, v in self.items()},
        }


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none."""
    return _global_policy or DTypePolicy(config.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Choose the policy of layers that are given none; None returns to the default float type."""
    global _global_policy
    _global_policy = None if policy is None else get(policy)


def get(identifier: Any) -> Any:
    """The policy that a name, dict, dtype or policy stands for."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, (DTypePolicy, DTypePolicyMap)):
        return identifier
    if isinstance(identifier, Mapping):
        return registry.deserialize_keras_object(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(config.standardize_dtype(identifier))
    except ValueError:
        raise ValueError(
            f"Cannot interpret dtype {identifier!r} as a policy: give a name such as 'float32' or "
            "'mixed_bfloat16', or a DTypePolicy."
        ) from None
