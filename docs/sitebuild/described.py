"""What is said about an argument: in the docstring, in one it points to, in a base's, or in arguments.toml."""

from __future__ import annotations

import inspect
import re
import tomllib
from functools import cache
from typing import Any

from . import names
from .docstrings import docstring, parse
from .places import DOCS
from .signatures import parameters

TABLE = DOCS / "reference" / "arguments.toml"
EXAMPLES = DOCS / "reference" / "examples.toml"


@cache
def glossary() -> dict[str, dict[str, str]]:
    """Arguments that many functions share: by "any", by group, by object."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@cache
def examples() -> dict[str, str]:
    """Examples by short name, of objects whose docstrings have none."""
    return tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))


def example(entry: names.Entry) -> str:
    """Doctests of the object."""
    table = examples()
    for name in [entry.short, *(a.removeprefix("kerasnb.") for a in entry.aliases)]:
        if name in table:
            return "\n\n".join(filter(None, [parse(docstring(entry.value)).examples, table[name].strip()]))
    return parse(docstring(entry.value)).examples


def arguments(value: Any, entry: names.Entry | None = None) -> dict[str, str]:
    """Each argument of the object with its description; "" where there is none."""
    own = parse(docstring(value)).described()
    return {name: own.get(name) or _elsewhere(name, value, entry) for name in parameters(value)}


def _elsewhere(name: str, value: Any, entry: names.Entry | None) -> str:
    found = _in_glossary(name, entry, ("object",)) or _in_references(name, value, depth=2)
    if not found and inspect.isclass(value):
        for base in value.__mro__[1:]:
            found = found or parse(docstring(base)).described().get(name, "")
    return found or _in_glossary(name, entry, ("group", "any"))


def _in_references(name: str, value: Any, depth: int, seen: frozenset = frozenset()) -> str:
    """The docstring says "arguments as in ``ResNet50``": then they are said there."""
    for other in referenced(value):
        if id(other) in seen or other is value:
            continue
        text = parse(docstring(other)).described().get(name, "")
        if not text and depth > 1:
            text = _in_references(name, other, depth - 1, seen | {id(value)})
        if text:
            return text
    return ""


def referenced(value: Any) -> list[Any]:
    """What a docstring names in double backticks."""
    found = []
    for word in re.findall(r"``([\w.]+)``", docstring(value)):
        entry = names.by_name().get(word) or names.by_last_part().get(word)
        if entry is not None:
            found.append(entry.value)
    return found


def _in_glossary(name: str, entry: names.Entry | None, kinds: tuple[str, ...]) -> str:
    table = glossary()
    keys = []
    if entry is not None and "object" in kinds:
        keys += [entry.short, *(a.removeprefix("kerasnb.") for a in entry.aliases)]
    if entry is not None and "group" in kinds:
        keys.append(entry.group)
    if "any" in kinds:
        keys.append("any")
    for key in keys:
        if text := table.get(key, {}).get(name):
            return text
    return ""
