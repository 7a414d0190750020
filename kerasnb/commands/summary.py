"""``%kerasnb summary NAME``: the card of a model in this notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasnb.commands import nearest


def summary(names: Mapping[str, Any], name: str = "") -> Any:
    """The model of that name; without a name the only one there is.

    Args:
        names: the notebook's variables.
        name: a variable.
    """
    found = models(names)
    if name:
        if name not in names:
            raise ValueError(f"There is no variable {name!r} here.{nearest(name, found)}{there(found)}")
        if name not in found:
            raise ValueError(f"{name!r} is a {type(names[name]).__name__}, no model.{there(found)}")
        return names[name]
    distinct = {id(names[n]) for n in found}
    if len(distinct) != 1:
        raise ValueError(f"%kerasnb summary takes the name of a model.{there(found)}")
    return names[found[0]]


def there(found: list[str]) -> str:
    """Which models there are, in words."""
    return f" Models here: {', '.join(found)}." if found else " There is no model in this notebook yet."


def models(names: Mapping[str, Any]) -> list[str]:
    """Variables that hold models."""
    import sys

    module = sys.modules.get("kerasnb.core.models.model")
    if module is None:
        return []
    return [n for n, v in list(names.items()) if isinstance(v, module.Model) and not n.startswith("_")]
