"""``%kerasnb``: what is here, and how the notebook shows it.

IPython is imported only when a shell loads the extension; a subcommand is one method of
:class:`Commands` whose docstring is its help.
"""

from __future__ import annotations

import difflib
import inspect
import shlex


class UsageError(ValueError):
    """A line that ``%kerasnb`` cannot make sense of; the message says what it understands."""


class Commands:
    """The subcommands: method ``name(*words)`` is ``%kerasnb name words``."""

    def info(self) -> str:
        """Versions, devices and memory, where data and programs are kept."""
        import platform

        import jax

        from kerasnb import doctor
        from kerasnb._version import __version__
        from kerasnb.core import gpu_memory

        rows = [("kerasnb", __version__), ("Python", platform.python_version())]
        names = ("jax", "jaxlib", "flax", "optax", "anywidget", "plotly", "ipykernel")
        rows += [(name, doctor.installed(name) or "not installed") for name in names]
        rows += [("device", device_line(device)) for device in jax.devices()]
        rows.append(("GPU memory", gpu_memory.described()))
        rows += [("data", str(folder)) for folder in doctor.data_folders()]
        rows.append(("programs", str(jax.config.jax_compilation_cache_dir or "not kept")))
        rows.append(("live view", "on" if live_state() else "off"))
        return "\n".join(f"{name:<10} {text}" for name, text in rows)

    def live(self, switch: str = "") -> str:
        """``live on`` shows curves while fit runs, ``live off`` lines of text."""
        if switch not in ("on", "off", ""):
            raise UsageError(f"%kerasnb live takes on or off, got {switch!r}.{nearest(switch, ('on', 'off'))}")
        if switch:
            set_live(switch == "on")
        return f"live view {'on' if live_state() else 'off'}"

    def doctor(self) -> str:
        """Check this machine, and say what to type to mend what is missing."""
        from kerasnb import doctor

        return doctor.report(list(doctor.checks()))

    def tutorials(self) -> str:
        """The tutorials in order, how long each takes, and how many of its exercises are done."""
        from kerasnb.learn.record import progress

        return repr(progress())

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
        return "\n".join(f"%kerasnb {row:<9} {inspect.getdoc(getattr(Commands, row))}" for row in rows)


# After a subcommand: what completion offers for its first argument.
ARGUMENTS = {"live": ("on", "off"), "help": ()}


def subcommands() -> list[str]:
    """Their names, in the order of the help."""
    return [name for name in vars(Commands) if not name.startswith("_")]


def answer(line: str) -> str:
    """What ``%kerasnb line`` prints.

    Raises:
        UsageError: an unknown subcommand or wrong arguments; the message names the nearest one.
    """
    words = shlex.split(line) or ["help"]
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
    return command(*arguments)


def nearest(word: str, known) -> str:
    """A hint "Did you mean ...?", or nothing where no known word is near."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]!r}?" if found else ""


def completions(line: str) -> list[str]:
    """What may follow in ``%kerasnb ...``, given the line up to the cursor."""
    words = line.split()[1:]
    typed = "" if line.endswith(" ") or not words else words.pop()
    if not words:
        known = subcommands()
    elif len(words) == 1:
        known = subcommands() if words[0] == "help" else ARGUMENTS.get(words[0], ())
    else:
        known = ()
    return [word for word in known if word.startswith(typed)]


def device_line(device) -> str:
    """A device with its memory where the platform tells it.

    >>> class Device: platform, device_kind, id = "gpu", "H200", 0
    >>> device_line(Device())
    'gpu:0 H200'
    """
    text = f"{device.platform}:{device.id} {device.device_kind}"
    try:
        memory = device.memory_stats() or {}
    except (AttributeError, RuntimeError, NotImplementedError):
        memory = {}
    if "bytes_limit" in memory:
        used, limit = (memory[k] / 2**30 for k in ("bytes_in_use", "bytes_limit"))
        text += f", {used:.1f} of {limit:.1f} GiB in use"
    return text


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
    from IPython.core.magic import Magics, line_magic, magics_class

    @magics_class
    class KerasnbMagics(Magics):
        @line_magic
        def kerasnb(self, line):
            try:
                text = answer(line)
            except UsageError as error:  # IPython shows its own UsageError as one line
                raise ShellUsageError(str(error)) from None
            print(text)

    KerasnbMagics.kerasnb.__doc__ = "kerasnb in this notebook.\n\n" + Commands().help()
    ipython.register_magics(KerasnbMagics)
    ipython.set_hook("complete_command", _complete, str_key="%kerasnb")


def unload_ipython_extension(ipython) -> None:
    """``%unload_ext kerasnb``: the magic goes; training and the live view stay as they are."""
    ipython.magics_manager.magics["line"].pop("kerasnb", None)


def _complete(shell, event) -> list[str]:
    return completions(event.text_until_cursor)
