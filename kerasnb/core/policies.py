"""Dtype policies: which type a layer computes in and which its weights are kept in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
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


class DTypePolicyMap(registry.Configurable, MutableMapping):
    """Policies by layer path; the default policy where no key fits.

    Args:
        default_policy: for every layer that no key names; the global policy if None.
        policy_map: path, or regular expression for whole paths -> policy.

    >>> policies = DTypePolicyMap("float32", {"encoder/.*": DTypePolicy("mixed_bfloat16")})
    >>> policies["encoder/dense"].name, policies["head"].name
    ('mixed_bfloat16', 'float32')
    """

    def __init__(self, default_policy: Any = None, policy_map: Mapping[str, Any] | None = None):
        if policy_map is not None and not isinstance(policy_map, Mapping):
            raise TypeError(f"DTypePolicyMap: policy_map must be a dict from paths to policies, got {policy_map!r}.")
        self._default = default_policy if default_policy is None else get(default_policy)
        self._policies = {path: get(policy) for path, policy in (policy_map or {}).items()}

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of every layer that no key names."""
        return dtype_policy() if self._default is None else self._default

    def __getitem__(self, key: str) -> DTypePolicy:
        if key in self._policies:
            return self._policies[key]
        hits = [pattern for pattern in self._policies if re.fullmatch(pattern, key)]
        if len(hits) > 1:
            raise ValueError(
                f"DTypePolicyMap: path {key!r} matches several keys: {hits}. Make the expressions narrower."
            )
        return self._policies[hits[0]] if hits else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        if key in self._policies:
            raise ValueError(f"DTypePolicyMap: {key!r} has the policy {self._policies[key]} already; delete it first.")
        self._policies[key] = get(policy)

    def __delitem__(self, key: str) -> None:
        del self._policies[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policies

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)

    def __repr__(self) -> str:
        names = {path: policy.name for path, policy in self._policies.items()}
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, policies={names}>"

    def get_config(self) -> dict[str, Any]:
        """The default's name, and the map with its policies serialized."""
        return {
            "default_policy": None if self._default is None else self._default.name,
            "policy_map": {path: registry.serialize_keras_object(policy) for path, policy in self._policies.items()},
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
        return deserialize(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(config.standardize_dtype(identifier))
    except ValueError:
        raise ValueError(
            f"Cannot interpret dtype {identifier!r} as a policy: give a name such as 'float32' or "
            "'mixed_bfloat16', or a DTypePolicy."
        ) from None


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The policy that ``registry.serialize_keras_object`` described, also without the name of its module."""
    if isinstance(config, Mapping) and config.get("module") is None:
        config = {**config, "module": "keras.dtype_policies"}
    return registry.deserialize_keras_object(config, custom_objects)
