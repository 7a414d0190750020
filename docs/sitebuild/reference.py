"""The reference: a page for every public object, an index for every group, in reStructuredText."""

from __future__ import annotations

import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

from . import names
from .described import arguments, example
from .docstrings import docstring, first_sentence, parse
from .kinds import kinds
from .signatures import text as signature_text

LITERAL = re.compile(r"(``.+?``|:[a-z:]+:`[^`]+`)", re.S)


def write(folder: Path) -> list[Path]:
    """Write all pages below ``folder``; what stands there already and has not changed keeps its date."""
    pages = {}
    for entry in names.entries():
        pages[folder / f"{entry.page}.rst"] = page(entry)
    for group in names.GROUPS:
        if text := group_index(group):
            pages[folder / "reference" / group / "index.rst"] = text
    pages[folder / "reference" / "index.rst"] = index()
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in (folder / "reference").rglob("*.rst"):
        if path not in pages:
            path.unlink()
    return list(pages)


def page(entry: names.Entry) -> str:
    """The page of one object."""
    value = entry.value
    kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
    signature = signature_text(value) if callable(value) else ""
    parsed = parse(docstring(value))
    lines = [":orphan:", "", entry.short, "=" * max(len(entry.short), 3), ""]
    group = names.GROUPS[entry.group][0]
    lines += [f":doc:`Reference </reference/index>` › :doc:`{group} </reference/{entry.group}/index>`", ""]
    lines += [f".. py:{kind}:: {entry.name}{signature}", ""]
    body = [prose(parsed.body), ""]
    body += fields(value, entry)
    if shown := example(entry):
        body += [".. rubric:: Example", "", shown, ""]
    if inspect.isclass(value):
        body += members(entry)
    if entry.aliases:
        also = ", ".join(f"``{a.replace('kerasnb.', 'keras.', 1)}``" for a in entry.aliases)
        body += [f"Also as {also}.", ""]
    if inspect.isclass(value) and (bases := public_bases(value)):
        body += ["Based on " + ", ".join(link(b) for b in bases) + ".", ""]
    lines += indented("\n".join(body), 3)
    for alias in entry.aliases:
        lines += ["", f".. index:: {alias.rpartition('.')[2]}; {alias.removeprefix('kerasnb.')}"]
    return "\n".join(lines).rstrip() + "\n"


def fields(value: Any, entry: names.Entry | None) -> list[str]:
    """Arguments as a list of definitions, result and errors as fields."""
    parsed = parse(docstring(value))
    written: dict[str, str] = {}
    given = arguments(value, entry) if callable(value) else {}
    own = {}
    for together in parsed.arguments:
        for name in re.findall(r"\w+", together.replace("...", "")):
            own[name] = together
    for name, text in given.items():
        if text:
            written.setdefault(own.get(name, name), text)
    for label, text in parsed.arguments.items():  # *args, **kwargs, and what is passed through them
        if not any(n in given for n in re.findall(r"\w+", label)):
            written.setdefault(label, text)
    lines = [".. rubric:: Arguments", ""] if written else []
    for label, text in written.items():
        marked = re.sub(r"\*{0,2}\w+", lambda m: f"``{m[0]}``", label)
        lines += [marked, *indented(prose(text), 4)]
    lines += [""] if written else []
    if parsed.returns:
        lines += field("returns", parsed.returns)
    for error, text in parsed.raises.items():
        lines += field(f"raises {error}", text)
    if parsed.attributes:
        lines += ["", ".. rubric:: Attributes", ""]
        for name, text in parsed.attributes.items():
            lines += [f"``{name}``", *indented(prose(text), 4)]
    return [*lines, ""] if lines else []


def field(name: str, text: str) -> list[str]:
    """One field, continued lines indented."""
    first, *rest = prose(text).split("\n")
    return [f":{name}: {first}", *("    " + line if line.strip() else "" for line in rest)]


def members(entry: names.Entry) -> list[str]:
    """The methods and properties that are not those of a base with a page of its own."""
    cls = entry.value
    public = {id(e.value) for e in names.entries() if inspect.isclass(e.value)}
    hidden = {b for b in cls.__mro__[1:] if id(b) in public}
    for base in list(hidden):
        hidden.update(base.__mro__[1:])
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base in hidden or not base.__module__.startswith("kerasnb"):
            continue
        for name, value in base.__dict__.items():
            if not name.startswith("_") and name not in found and _documented(value):
                found[name] = value
    lines = []
    for name in sorted(found):
        value = found[name]
        inner = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        if isinstance(inner, property) or not callable(inner):
            lines += [f".. py:attribute:: {name}", ""]
            lines += indented(prose(parse(inspect.getdoc(inner) or "").body), 3)
        else:
            lines += [f".. py:method:: {name}{_method_signature(inner, isinstance(value, staticmethod))}"]
            if isinstance(value, staticmethod | classmethod):
                lines += [f"   :{type(value).__name__}:"]
            parsed = parse(inspect.getdoc(inner) or "")
            text = [prose(parsed.body), "", *fields(inner, None)]
            if parsed.examples:
                text += [parsed.examples, ""]
            lines += ["", *indented("\n".join(text), 3)]
        lines.append("")
    return [".. rubric:: Methods and properties", "", *lines] if lines else []


def _documented(value: Any) -> bool:
    inner = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    described = isinstance(inner, property) or inspect.isfunction(inner) or hasattr(inner, "__wrapped__")
    return described and bool(getattr(inner, "__doc__", None))


def _method_signature(function: Any, static: bool) -> str:
    text = signature_text(function)
    return text if static else re.sub(r"^\((self|cls)(, )?", "(", text)


def public_bases(cls: type) -> list[names.Entry]:
    """The nearest bases that have pages."""
    entries = {id(e.value): e for e in names.entries()}
    for base in cls.__mro__[1:]:
        if id(base) in entries:
            return [entries[id(base)]]
    return []


def group_index(group: str) -> str:
    """The page of a group: its names in tables by kind, each with a line."""
    members = [e for e in names.entries() if e.group == group]
    guests = [  # such as ops.relu, whose page stands among the activations
        (alias, e)
        for e in names.entries()
        for alias in e.aliases
        if names.group_of(alias) == group and e.group != group
    ]
    if not members and not guests:
        return ""
    title, line = names.GROUPS[group]
    lines = [title, "=" * len(title), "", line, ""]
    for kind, entries in kinds(group, members).items():
        if not entries:  # a group whose names all have their pages elsewhere
            continue
        if kind:
            lines += [kind, "-" * len(kind), ""]
        lines += table([(e.short, e) for e in entries])
    if guests:
        lines += ["Names that are also here", "------------------------", ""]
        lines += table([(alias.removeprefix("kerasnb."), e) for alias, e in guests])
    return "\n".join(lines) + "\n"


def table(rows: list[tuple[str, names.Entry]]) -> list[str]:
    """Names beside what they compute."""
    lines = [".. list-table::", "   :widths: 30 70", "   :class: names", ""]
    for shown, entry in rows:
        lines += [f"   * - :py:obj:`{shown} <{entry.name}>`"]
        first = prose(first_sentence(parse(docstring(entry.value)).first)) or "\\ "
        lines += ["     - " + first.replace("\n", " ")]
    return [*lines, ""]


def index() -> str:
    """The index of all groups."""
    count = len(names.public_names())
    lines = ["Reference", "=========", ""]
    lines += [
        f"The {count} public names, grouped as Keras groups them. Names are those after ``import kerasnb as keras``:"
    ]
    lines += ["``keras.layers.Dense`` stands below under ``layers``.", ""]
    lines += [".. list-table::", "   :widths: 25 10 65", ""]
    groups = [g for g in names.GROUPS if group_index(g)]
    for group in groups:
        number = len([n for n in names.public_names() if names.group_of(n) == group])
        title, line = names.GROUPS[group]
        lines += [f"   * - :doc:`{title} <{group}/index>`", f"     - {number}", f"     - {line}"]
    lines += ["   * - :doc:`%kerasnb and the command line <magic>`", "     - ", "     - In a cell, in a terminal."]
    lines += ["", ".. toctree::", "   :hidden:", ""]
    lines += [f"   {group}/index" for group in groups]
    lines += ["   magic"]
    return "\n".join(lines) + "\n"


def link(entry: names.Entry) -> str:
    """A link to an object's page."""
    return f":py:obj:`{entry.short} <{entry.name}>`"


def prose(text: str) -> str:
    """A docstring's text: literals that name something public become links, stray marks stay marks."""
    parts = LITERAL.split(text)
    for i, part in enumerate(parts):
        if i % 2:
            if part.startswith(":"):
                part = "``" + re.sub(r"^:[a-z:]+:`~?([^`<]+).*`$", r"\1", part) + "``"
            parts[i] = _linked(part)
        else:
            parts[i] = (
                escape(re.sub(r"(?<!`)`([^`\n]+)`(?!`)", "\0\\1\1", part)).replace("\0", "``").replace("\1", "``")
            )
    return "".join(parts)


@cache
def _linked(literal: str) -> str:
    word = literal.strip("`")
    plain = re.sub(r"^keras\.", "", word)
    entry = names.by_name().get(plain) or (
        names.by_last_part().get(plain) if re.fullmatch(r"[A-Z]\w+", plain) else None
    )
    return f":py:obj:`{word} <{entry.name}>`" if entry else literal


def escape(text: str) -> str:
    """Marks of reStructuredText as plain characters."""
    return re.sub(r"([*|`]|(?<=\w)_(?!\w))", r"\\\1", text)


def indented(text: str, by: int) -> list[str]:
    """Lines moved to the right."""
    return [" " * by + line if line.strip() else "" for line in text.split("\n")]
