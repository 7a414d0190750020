"""Signatures as the pages show them: names and defaults, without annotations."""

from __future__ import annotations

import inspect
from typing import Any

PLAIN = (int, float, str, bool, type(None), tuple, list, dict)


def signature(value: Any) -> inspect.Signature | None:
    """Of a function, or of a class's constructor; None where Python cannot tell."""
    try:
        if inspect.isclass(value):
            found = inspect.signature(value.__init__)
            parameters = list(found.parameters.values())[1:]
            return found.replace(parameters=parameters)
        return inspect.signature(value)
    except (TypeError, ValueError):
        return None


def text(value: Any) -> str:
    """Such as ``(units, activation=None, **kwargs)``."""
    found = signature(value)
    if found is None:
        return "(...)"
    parts, star = [], False
    for p in found.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        if p.kind is p.VAR_POSITIONAL:
            star = True
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        parts.append(f"{prefix}{p.name}{'' if p.default is p.empty else '=' + shown(p.default)}")
        if p.kind is p.POSITIONAL_ONLY and _last_positional_only(found, p):
            parts.append("/")
    return f"({', '.join(parts)})"


def _last_positional_only(found: inspect.Signature, parameter: inspect.Parameter) -> bool:
    return [p for p in found.parameters.values() if p.kind is p.POSITIONAL_ONLY][-1] is parameter


def shown(default: Any) -> str:
    """A default as one writes it."""
    if isinstance(default, PLAIN):
        return repr(default)
    return getattr(default, "__name__", "...") if callable(default) else "..."


def parameters(value: Any) -> list[str]:
    """The names of what one can pass, without ``*args`` and ``**kwargs``."""
    found = signature(value)
    if found is None:
        return []
    return [p.name for p in found.parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
