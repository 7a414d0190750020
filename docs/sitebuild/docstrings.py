"""Docstrings taken apart: what it computes, its arguments, what it returns and raises, examples."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

SECTIONS = ("Args", "Arguments", "Returns", "Raises", "Yields", "Attributes", "Example", "Examples")
# "x: text", "a, b: text", "*args: text", "**kwargs: text", "``x``: text"
ITEM = re.compile(
    r"^(``)?(\*{0,2}[A-Za-z_]\w*(?:[`,/ ]+(?:and )?\*{0,2}[A-Za-z_]\w*|, \.\.\.)*)(``)?( \([^)]*\))?:\s*(.*)$"
)


@dataclass
class Parsed:
    """A docstring's parts; texts are reStructuredText as written."""

    first: str = ""
    body: str = ""
    arguments: dict[str, str] = field(default_factory=dict)  # name or "a, b" as written -> text
    raises: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    examples: str = ""

    def described(self) -> dict[str, str]:
        """Every argument by its own name."""
        found = {}
        for names, text in self.arguments.items():
            for name in re.findall(r"\w+", names.replace("...", "")):
                found[name] = text
        return found


def docstring(value: Any) -> str:
    """The object's own, not one that it inherits from a base without saying so."""
    if inspect.isclass(value):
        own = value.__dict__.get("__doc__") or ""
        init = value.__dict__.get("__init__")
        if not own and init is not None:
            own = init.__doc__ or ""
        return inspect.cleandoc(own)
    return inspect.getdoc(value) or ""


def parse(text: str) -> Parsed:
    """Take a docstring apart."""
    parsed, section, block = Parsed(), None, []
    body: list[str] = []

    def close() -> None:
        content = inspect.cleandoc("\n".join(["", *block])) if block else ""
        if section in ("Args", "Arguments"):
            parsed.arguments.update(_items(content))
        elif section == "Raises":
            parsed.raises.update(_items(content, loose=True))
        elif section == "Attributes":
            parsed.attributes.update(_items(content))
        elif section in ("Returns", "Yields"):
            parsed.returns = content
        elif section is not None:
            body.extend(["", content])

    for line in text.splitlines():
        head = re.match(r"^(\w+):\s*$", line)
        if head and head[1] in SECTIONS:
            close()
            section, block = head[1], []
        elif section is not None and line.strip() and not line.startswith((" ", "\t")):
            close()
            section, block = None, []
            body.append("")
            body.append(line)
        elif section is not None:
            block.append(line)
        else:
            body.append(line)
    close()
    text = "\n".join(body).strip()
    parsed.body, parsed.examples = _examples(text)
    parsed.first = " ".join(re.split(r"\n\s*\n", parsed.body)[0].split())
    return parsed


def _examples(text: str) -> tuple[str, str]:
    """The text without its doctests, and these."""
    prose, tests = [], []
    for paragraph in re.split(r"\n\s*\n", text):
        (tests if paragraph.lstrip().startswith(">>>") else prose).append(paragraph)
    return "\n\n".join(prose).strip(), "\n\n".join(inspect.cleandoc(t) for t in tests)


def _items(content: str, loose: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    name = None
    for line in content.splitlines():
        match = ITEM.match(line)
        if match and not line.startswith(" "):
            name = match[2].replace("`", "")
            found[name] = match[5]
        elif name is not None:
            found[name] += "\n" + line.strip()
        elif loose and line.strip():
            found["Exception"] = line.strip()
            name = "Exception"
    return {k: v.strip() for k, v in found.items()}


def first_sentence(text: str) -> str:
    """The first sentence of a paragraph."""
    match = re.match(r"(.+?[.!?])(?:\s+[A-Z`\[(]|$)", text, re.S)
    return match[1] if match else text
