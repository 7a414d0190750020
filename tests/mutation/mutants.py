"""Mutants: one small wrong change each, in the syntax tree of a module.

Left as they are: docstrings, type hints, ``__repr__``, ``__all__``, f-strings, words for people (strings with a space)
all that stands inside a ``raise`` or a warning, which can only be removed as a whole, and the ``strict`` of a ``zip``,
which asserts and decides nothing.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPARISONS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult,
}  # fmt: skip
# Functions that are taken for one another.
NAMES = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any", "sum": "mean",
    "mean": "sum", "zeros": "ones", "ones": "zeros", "argmax": "argmin", "argmin": "argmax", "floor": "ceil",
}  # fmt: skip
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Args:
        file: below the root.
        number: of the change in its file, counted as ``changes`` gives them.
        line: where it stands; scope: the names of the classes and functions around it, joined by dots.
        old, new: the code before and after.
        lines: whose execution shows that the change is reached.
        early: whether the changed code runs when the module is imported.
    """

    file: str
    number: int
    line: int
    scope: str
    old: str
    new: str
    lines: tuple[int, ...]
    early: bool

    def __str__(self) -> str:
        old, new = (text if len(text) < 100 else f"{text[:96]} ..." for text in (self.old, self.new))
        return f"{self.file}:{self.line} {old} -> {new}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names the change however the file's lines move."""
        return self.file, self.scope, self.old, self.new


@dataclass
class Change:
    """A node that may be put into the place of another."""

    parents: tuple[ast.AST, ...]
    field: str
    index: int | None
    old: ast.AST
    new: ast.AST

    def apply(self) -> None:
        """Put the new node into the tree."""
        ast.copy_location(self.new, self.old)
        holder = self.parents[-1]
        if self.index is None:
            setattr(holder, self.field, self.new)
        else:
            getattr(holder, self.field)[self.index] = self.new


def mutants(root: Path, file: str) -> list[Mutant]:
    """All mutants of a file below the root, in the order of the tree."""
    tree = ast.parse((root / file).read_text())
    found = []
    for number, change in enumerate(changes(tree)):
        early, lines = _reach(change)
        old, new = _code(change)
        scope = ".".join(
            getattr(p, "name", "<lambda>") for p in change.parents if isinstance(p, (*FUNCTION, ast.ClassDef))
        )
        found.append(Mutant(file, number, change.old.lineno, scope, old, new, lines, early))  # type: ignore[attr-defined]
    return found


def mutated(root: Path, mutant: Mutant) -> ast.Module:
    """The tree of the file with the mutant's change in it."""
    tree = ast.parse((root / mutant.file).read_text())
    for number, change in enumerate(changes(tree)):
        if number == mutant.number and _code(change) == (mutant.old, mutant.new):
            change.apply()
            return ast.fix_missing_locations(tree)
    raise LookupError(f"{mutant.file} has no change {mutant.number}: the file was edited meanwhile.")


def _code(change: Change) -> tuple[str, str]:
    old, new = (" ".join(ast.unparse(n).split()) for n in (change.old, change.new))
    return old, new


def _reach(change: Change) -> tuple[bool, tuple[int, ...]]:
    """(whether the change runs at import, the lines whose execution shows that it is reached)."""
    functions = [i for i, p in enumerate(change.parents) if isinstance(p, FUNCTION)]
    if functions and not _of_signature(change, functions[-1]):
        # From the statement's first line on: not every line of a long expression counts as run.
        statement = next(n for n in (change.old, *reversed(change.parents)) if isinstance(n, ast.stmt))
        return False, tuple(range(statement.lineno, change.old.end_lineno + 1))  # type: ignore[attr-defined]
    # A default, an attribute of a class, a constant of a module: whoever runs what stands beside it may see it.
    around = change.parents[functions[-1]] if functions else change.parents[-1]
    for parent in reversed(change.parents):
        if isinstance(parent, ast.ClassDef) and not functions:
            around = parent
            break
    if isinstance(around, (*FUNCTION, ast.ClassDef)):
        body = around.body if isinstance(around.body, list) else [around.body]
        return True, tuple(range(body[0].lineno, body[-1].end_lineno + 1))  # type: ignore[operator]
    return True, ()


def _of_signature(change: Change, at: int) -> bool:
    inner = change.parents[at + 1] if at + 1 < len(change.parents) else change.old
    function = change.parents[at]
    return inner is function.args or inner in getattr(function, "decorator_list", ())  # type: ignore[attr-defined]


def changes(tree: ast.Module) -> Iterator[Change]:
    """Every change that the operators make in a tree; the tree is not touched."""
    yield from _walk(tree, ())


def _walk(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[Change]:
    inside = (*parents, node)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_comment", "ctx", "type_params"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _left_alone(child, node, field, index):
                continue
            for new in _replacements(child, node, field):
                yield Change(inside, field, index, child, new)
            if not _speaks(child):
                yield from _walk(child, inside)


def _left_alone(node: ast.AST, parent: ast.AST, field: str, index: int | None) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring, or an ellipsis
    if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)) or getattr(node, "arg", None) == "strict":
        return True
    if isinstance(node, ast.FunctionDef) and node.name == "__repr__":
        return True
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    return isinstance(parent, ast.Subscript) and field == "slice" and _is_hint(parent)


def _is_hint(node: ast.Subscript) -> bool:
    """Whether a subscript is a type: ``queue.Queue[int]``, ``dict[str, Any]``."""
    return isinstance(node.value, ast.Name) and node.value.id in (
        "dict",
        "list",
        "tuple",
        "type",
        "Callable",
        "Iterator",
    )


def _speaks(node: ast.AST) -> bool:
    """Whether a statement is words for people, to be removed or kept as a whole."""
    if isinstance(node, ast.Raise):
        return True
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in ("warn", "add_note")


def _replacements(node: Any, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare():
            for i, op in enumerate(node.ops):
                yield _with(node, ops=[*node.ops[:i], COMPARISONS[type(op)](), *node.ops[i + 1 :]])
        case ast.BinOp() | ast.AugAssign() if type(node.op) in ARITHMETIC:
            yield _with(node, op=ARITHMETIC[type(node.op)]())
            if isinstance(node, ast.AugAssign):
                yield ast.Pass()
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant():
            yield from map(ast.Constant, _other_constants(node.value))
        case ast.Name() if isinstance(parent, ast.Call) and field == "func" and node.id in NAMES:
            yield _with(node, id=NAMES[node.id])
        case ast.Attribute(ctx=ast.Load()) if node.attr in NAMES:
            yield _with(node, attr=NAMES[node.attr])
        case ast.Call() if not _speaks(ast.Expr(node)):
            for i, keyword in enumerate(node.keywords):
                if keyword.arg not in (None, "strict"):
                    yield _with(node, keywords=[*node.keywords[:i], *node.keywords[i + 1 :]])
        case ast.Return(value=ast.expr()) if not _is_none(node.value):
            yield _with(node, value=ast.Constant(None))
        case ast.Raise() | ast.Expr():
            yield ast.Pass()
        case ast.Assign() if all(isinstance(t, (ast.Attribute, ast.Subscript)) for t in node.targets):
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
    if field in ("test", "ifs") and isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.comprehension)):
        if not isinstance(node, (ast.Compare, ast.UnaryOp)) or (isinstance(node, ast.Compare) and _ordered(node)):
            yield ast.UnaryOp(ast.Not(), node)


def _other_constants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value + 1]
    if isinstance(value, str) and " " not in value:
        return [f"XX{value}XX"]
    return []


def _ordered(node: ast.Compare) -> bool:
    """Whether negation is another change than the swap of its comparison."""
    return len(node.ops) > 1 or isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))


def _is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _with(node: Any, **fields: Any) -> Any:
    twin = copy.copy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin
