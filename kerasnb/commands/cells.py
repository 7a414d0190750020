"""``%%kerasnb seed N``, ``%%kerasnb run NAME`` and ``%%kerasnb profile``: around the run of one cell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from kerasnb.commands import nearest, number
from kerasnb.commands.profile import profiled


def seeded(*words: str) -> AbstractContextManager[None]:
    """``%%kerasnb seed N``: this cell with seed N; afterwards random numbers go on as if it had not been.

    Args:
        words: the seed.
    """
    if len(words) != 1:
        raise ValueError(f"%%kerasnb seed takes one whole number, got {' '.join(words)!r}.")
    found = number(words[0], "seed", 42)
    if not 0 <= found < 2**32:
        raise ValueError(f"%%kerasnb seed takes a number from 0 to 2**32 - 1, got {found}.")
    return _with_seed(found)


@contextmanager
def _with_seed(seed: int) -> Iterator[None]:
    from kerasnb.core.sweep.seeds import kept_randomness
    from kerasnb.core.utils.session import set_random_seed

    with kept_randomness():
        set_random_seed(seed)
        yield


def named(*words: str) -> AbstractContextManager[None]:
    """``%%kerasnb run NAME``: what this cell trains is recorded under a name.

    Args:
        words: the name.
    """
    if not words:
        raise ValueError("%%kerasnb run takes a name for what this cell trains.")
    from kerasnb import runs

    return runs.named(" ".join(words))


CELLS: dict[str, Callable[..., AbstractContextManager[None]]] = {"seed": seeded, "run": named, "profile": profiled}


def around(words: list[str]) -> AbstractContextManager[None]:
    """What the line of a cell magic asks for."""
    if not words or words[0] not in CELLS:
        word = words[0] if words else ""
        raise ValueError(f"%%kerasnb takes {', '.join(CELLS)}, got {word!r}.{nearest(word, CELLS)}")
    return CELLS[words[0]](*words[1:])


def run_cell(shell: Any, cell: str) -> None:
    """Run a cell's code in the notebook's names; a last expression is shown, an error goes up as it came."""
    code = shell.transform_cell(cell)
    name = shell.compile.cache(code, shell.execution_count, raw_code=cell)
    tree = shell.compile.ast_parse(code, filename=name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) and not _quiet(cell) else None
    exec(shell.compile(tree, name, "exec"), shell.user_ns)
    if last is not None:
        exec(shell.compile(ast.Interactive([last]), name, "single"), shell.user_ns)  # shown as IPython shows it


def _quiet(cell: str) -> bool:
    return cell.rstrip().endswith(";")
