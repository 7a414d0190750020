"""Config: settings with names, as attributes and as keys, that can be frozen."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from ..registry import did_you_mean


class Config:
    """A dictionary whose entries are attributes too.

    >>> config = Config(units=32, activation="relu")
    >>> config.units, config["activation"]
    (32, 'relu')
    >>> config.freeze().units
    32
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, **kwargs: Any):
        object.__setattr__(self, "_config", dict(kwargs))
        object.__setattr__(self, "_frozen", False)

    def _change(self) -> dict[str, Any]:
        if self._frozen:
            raise ValueError("This Config is frozen: call unfreeze() before changing it, or make a new one.")
        return self._config

    def __setattr__(self, name: str, value: Any) -> None:
        self._change()[name] = value

    __setitem__ = __setattr__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._config:
            raise AttributeError(f"Config has no entry {name!r}.{did_you_mean(name, self.__dict__.get('_config', {}))}")
        return self._config[name]

    def __getitem__(self, name: str) -> Any:
        return self._config[name]

    def __delattr__(self, name: str) -> None:
        if name not in self._config:
            raise AttributeError(f"Config has no entry {name!r}.{did_you_mean(name, self._config)}")
        del self._change()[name]

    def __delitem__(self, name: str) -> None:
        del self._change()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._config

    def __iter__(self) -> Iterator[str]:
        return iter(self._config)

    def __len__(self) -> int:
        return len(self._config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and other._config == self._config

    def __repr__(self) -> str:
        return f"<Config {self._config}>"

    def freeze(self) -> Config:
        """Refuse changes from now on; returns the config."""
        object.__setattr__(self, "_frozen", True)
        return self

    def unfreeze(self) -> Config:
        """Take changes again; returns the config."""
        object.__setattr__(self, "_frozen", False)
        return self

    @property
    def frozen(self) -> bool:
        """Whether changes are refused."""
        return self._frozen

    def as_dict(self) -> dict[str, Any]:
        """A copy as a plain dict."""
        return dict(self._config)

    def to_json(self) -> str:
        """The entries as a JSON text."""
        return json.dumps(self._config)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._config.keys()

    def values(self) -> ValuesView[Any]:
        """The values."""
        return self._config.values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of name and value."""
        return self._config.items()

    def get(self, name: str, value: Any = None) -> Any:
        """An entry, or ``value`` where there is none."""
        return self._config.get(name, value)

    def pop(self, *args: Any) -> Any:
        """Take an entry out."""
        return self._change().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take over the entries of a dict, of pairs, or of keyword arguments."""
        self._change().update(*args, **kwargs)
