"""``%kerasnb``: what is here, and how the notebook shows it.

IPython is imported only when a shell loads the extension; a subcommand is one method of
:class:`Commands` whose docstring is its help.
"""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Callable, Iterable
from typing import Any

from kerasnb.commands import nearest


class UsageError(ValueError):
    """A line that ``%kerasnb`` cannot make sense of; the message says what it understands."""


class Commands:
    """The subcommands: method ``name(*words)`` is ``%kerasnb name words``."""

    def info(self) -> str:
        """Versions, devices and memory, what is kept on disk, data sets at hand."""
        from kerasnb.commands.info import info

        return info()

    def live(self, *words: str) -> str:
        """``live on`` shows curves while fit runs, ``live off`` lines of text, ``live 2 per second`` news as often."""
        from kerasnb.commands import settings

        return settings.live(*words)

    def theme(self, name: str = "") -> str:
        """``theme light`` or ``theme dark`` for every view from here on; ``theme auto`` follows the notebook."""
        from kerasnb.commands import settings

        return settings.theme(name)

    def profile(self, switch: str = "") -> Any:
        """Where the time of the last fit went; ``profile on`` measures every fit, ``profile off`` none."""
        from kerasnb.commands.profile import profile

        return profile(switch)

    def doctor(self) -> str:
        """Check this machine, and say what to type to mend what is missing."""
        from kerasnb import doctor

        return doctor.report(list(doctor.checks()))

    def tutorials(self, *words: str) -> Any:
        """The series and what of it is done; ``tutorials 3`` opens one, ``tutorials copy 3 [FOLDER]`` copies it."""
        from kerasnb.commands.tutorials import tutorials

        return tutorials(*words)

    def runs(self, *words: str) -> Any:
        """Recorded: ``runs``, ``runs by loss``, ``runs 3``; compared: ``runs 3 7``; ``tag NAME``, ``on``, ``off``."""
        from kerasnb.commands.runs import runs

        return runs(*words)

    def seed(self, number: str = "") -> str:
        """``seed 42`` makes the same cells give the same numbers."""
        from kerasnb.commands import settings

        return settings.seed(number)

    def precision(self, name: str = "") -> str:
        """``precision mixed_bfloat16`` for layers made from here on."""
        from kerasnb.commands import settings

        return settings.precision(name)

    def device(self, name: str = "") -> str:
        """List devices; ``device cpu`` or ``device gpu:1`` computes there from here on."""
        from kerasnb.commands import settings

        return settings.device(name)

    def data(self, word: str = "list", name: str = "") -> str:
        """Data sets: ``data list``, ``data fetch NAME``, ``data where NAME``."""
        from kerasnb.commands.data import data

        return data(word, name)

    def cache(self, word: str = "show") -> str:
        """``cache show`` says what is kept on disk, ``cache clear`` deletes compiled programs."""
        from kerasnb.commands.cache import cache

        return cache(word)

    def summary(self, name: str = "") -> Any:
        """``summary NAME`` shows the card of the model in that variable."""
        from kerasnb.commands.summary import summary

        return summary(variables(), name)

    def checkpoints(self, folder: str = ".", one: str = "", other: str = "") -> str:
        """``checkpoints FOLDER`` lists what was saved there; ``checkpoints FOLDER ONE OTHER`` compares two of them."""
        from kerasnb.core.saving.checkpoints import command

        try:
            return command(folder, one, other)
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from error

    def alias(self) -> str:
        """``import keras`` and ``from tensorflow import keras`` mean kerasnb from here on."""
        import kerasnb

        kerasnb.install_as_keras()
        return "keras is kerasnb in this kernel"

    def help(self, name: str = "") -> str:
        """This list; ``help NAME`` for one subcommand."""
        known = subcommands()
        if name and name not in known:
            raise UsageError(f"No subcommand {name!r}.{nearest(name, known)}")
        rows = [name] if name else known
        width = max(map(len, known)) + 1
        texts = [(inspect.getdoc(getattr(Commands, row)) or "").replace("``", "'") for row in rows]
        return "\n".join(f"%kerasnb {row:<{width}} {text}" for row, text in zip(rows, texts, strict=True))


def _of(module: str, name: str) -> Callable[[], Iterable[str]]:
    """What completion offers, asked of a command's module when somebody types that far."""

    def ask() -> Iterable[str]:
        import importlib

        found: Any = getattr(importlib.import_module(f"kerasnb.commands.{module}"), name)
        return found if isinstance(found, tuple) else found()

    return ask


# The words typed so far -> what may follow.
FOLLOWING: dict[tuple[str, ...], Callable[[], Iterable[str]]] = {
    (): lambda: subcommands(),
    ("help",): lambda: subcommands(),
    ("live",): lambda: ("on", "off", "2 per second"),
    ("theme",): _of("settings", "THEMES"),
    ("profile",): _of("profile", "WORDS"),
    ("tutorials",): _of("tutorials", "following"),
    ("tutorials", "open"): _of("tutorials", "numbers"),
    ("tutorials", "copy"): _of("tutorials", "numbers"),
    ("tutorials", "fresh"): _of("tutorials", "numbers"),
    ("checkpoints",): lambda: folders_here(),
    ("runs",): _of("runs", "names"),
    ("runs", "by"): _of("runs", "figures"),
    ("precision",): _of("settings", "PRECISIONS"),
    ("device",): _of("settings", "device_names"),
    ("data",): _of("data", "WORDS"),
    ("data", "fetch"): _of("data", "names"),
    ("data", "where"): _of("data", "names"),
    ("cache",): _of("cache", "WORDS"),
    ("summary",): lambda: models_here(),
}


def variables() -> dict[str, Any]:
    """The notebook's variables; none outside of IPython."""
    if "IPython" not in sys.modules:
        return {}
    shell = sys.modules["IPython"].get_ipython()
    return {} if shell is None else shell.user_ns


def models_here() -> list[str]:
    """Variables of the notebook that hold models."""
    from kerasnb.commands.summary import models

    return models(variables())


def folders_here() -> list[str]:
    """Folders in this one, for the checkpoints in them."""
    from pathlib import Path

    return sorted(f"{path.name}/" for path in Path().iterdir() if path.is_dir() and not path.name.startswith("."))


def subcommands() -> list[str]:
    """Their names, in the order of the help."""
    return [name for name in vars(Commands) if not name.startswith("_")]


def answer(line: str) -> Any:
    """What ``%kerasnb line`` shows: a text, or an object that shows itself.

    Raises:
        UsageError: an unknown subcommand or wrong arguments; the message names the nearest one.
    """
    words = split(line) or ["help"]
    name, arguments = words[0], words[1:]
    if name not in subcommands():
        raise UsageError(
            f"%kerasnb has no subcommand {name!r}.{nearest(name, subcommands())} There are: {', '.join(subcommands())}."
        )
    command = getattr(Commands(), name)
    try:
        inspect.signature(command).bind(*arguments)
    except TypeError:
        usage = " ".join(f"[{p}]" for p in inspect.signature(command).parameters)
        got = " ".join(arguments)
        raise UsageError(f"%kerasnb {name} takes {usage or 'no arguments'}, got {got!r}.") from None
    try:
        return command(*arguments)
    except ValueError as error:
        raise UsageError(str(error)) from error


def split(line: str) -> list[str]:
    """The words of a line; quotes hold words together."""
    try:
        return shlex.split(line)
    except ValueError:
        raise UsageError(f"%kerasnb: a quote is not closed in {line!r}.") from None


def completions(line: str) -> list[str]:
    """What may follow in ``%kerasnb ...``, given the line up to the cursor."""
    words = line.split()[1:]
    typed = "" if line.endswith(" ") or not words else words.pop()
    if line.startswith("%%"):
        from kerasnb.commands.cells import CELLS

        known: Iterable[str] = CELLS if not words else ()
    else:
        # Runs to compare may be as many as one likes.
        following = FOLLOWING.get(("runs",) if words[:1] == ["runs"] and words[1:2] != ["by"] else tuple(words))
        known = following() if following is not None else ()
    return [word for word in known if word.startswith(typed)]


def live_state() -> bool:
    """Whether fit shows its live view in this notebook."""
    from kerasnb import widgets

    return widgets.is_live()


def set_live(on: bool) -> None:
    """Switch the live view."""
    from kerasnb import widgets

    widgets.set_live(on)


def load_ipython_extension(ipython) -> None:
    """``%load_ext kerasnb``: the magic, its completion, and the live view."""
    from IPython.core.error import UsageError as ShellUsageError
    from IPython.core.magic import Magics, line_cell_magic, magics_class

    from kerasnb.commands.cells import run_cell
    from kerasnb.core.training.spans import profiling

    @magics_class
    class KerasnbMagics(Magics):
        @line_cell_magic
        def kerasnb(self, line: str, cell: str | None = None) -> None:
            try:
                shown = answer(line) if cell is None else _around(line)
            except UsageError as error:  # IPython shows its own UsageError as one line
                raise ShellUsageError(str(error)) from None
            if cell is not None:
                with shown:
                    run_cell(self.shell, cell)
            elif isinstance(shown, str):
                print(shown)
            else:
                from IPython.display import display

                display(shown)

    KerasnbMagics.kerasnb.__doc__ = (
        "kerasnb in this notebook.\n\n" + Commands().help() + "\n\n%%kerasnb seed N       the cell with seed N; what "
        "follows is not touched\n%%kerasnb run NAME     record what the cell trains under a name\n"
        "%%kerasnb profile      show where the time of the cell's training went"
    )
    ipython.register_magics(KerasnbMagics)
    profiling.on = True  # some ten microseconds an epoch, so that %kerasnb profile has an answer
    for typed in ("%kerasnb", "%%kerasnb"):
        ipython.set_hook("complete_command", _complete, str_key=typed)


def _around(line: str) -> Any:
    """The context that a cell magic's line asks for; its words are checked before the cell runs."""
    from kerasnb.commands import cells

    try:
        return cells.around(split(line))
    except ValueError as error:
        raise UsageError(str(error)) from error


def unload_ipython_extension(ipython) -> None:
    """``%unload_ext kerasnb``: the magic goes; training and the live view stay as they are."""
    from kerasnb.core.training.spans import profiling

    profiling.on = False
    for kind in ("line", "cell"):
        ipython.magics_manager.magics[kind].pop("kerasnb", None)


def _complete(shell, event) -> list[str]:
    return completions(event.text_until_cursor)
