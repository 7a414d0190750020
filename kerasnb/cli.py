"""``kerasnb quickstart | lab | tutorials | run FILE | runs | doctor``."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import sys
import threading
import time
from pathlib import Path

from kerasnb._version import __version__

COMMANDS = {
    "quickstart": "train a first network on handwritten digits, in a notebook executed here",
    "lab": "open JupyterLab on the notebooks",
    "tutorials": "list the tutorials, open one, or copy one to work on",
    "run": "run a Keras program with kerasnb in Keras's place",
    "runs": "list the recorded runs, show one, or compare several",
    "doctor": "check this machine, and say what to type to mend what is missing",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    arguments = parser().parse_args(argv)
    if arguments.command is None:
        parser().print_help()
        return 0
    try:
        return arguments.call(arguments)
    except CannotStart as error:
        print(f"kerasnb {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nkerasnb {arguments.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in: kerasnb runs | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


class Parser(argparse.ArgumentParser):
    """argparse, but an unknown command is answered with the nearest known one."""

    def error(self, message: str):
        unknown = re.search(r"invalid choice: '([^']*)'", message)
        if unknown:
            near = difflib.get_close_matches(unknown[1], COMMANDS, n=1, cutoff=0.5)
            known = ", ".join(COMMANDS)
            hint = f"Did you mean 'kerasnb {near[0]}'?" if near else f"There are: {known}."
            message = f"no command {unknown[1]!r}. {hint}"
        self.exit(2, f"kerasnb: {message}\n")


def parser() -> Parser:
    """The commands and their arguments."""
    top = Parser(prog="kerasnb", description="Keras 3's API on JAX, for the notebook.")
    top.add_argument("--version", action="version", version=f"kerasnb {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    sub = {name: commands.add_parser(name, help=h, description=h) for name, h in COMMANDS.items()}
    for name, command in sub.items():
        command.set_defaults(call=globals()[name])

    sub["quickstart"].add_argument(
        "--output", type=Path, default=Path("out"), metavar="FOLDER",
        help="where the executed notebook and its HTML go (default: out)",
    )  # fmt: skip
    sub["quickstart"].add_argument("--fast", action="store_true", help="a few epochs only")
    sub["lab"].add_argument("folder", nargs="?", type=Path, help="open this folder instead")
    tutorials = sub["tutorials"]
    tutorials.add_argument("words", nargs="*", metavar="WORD", help="list; NUMBER or open NUMBER; copy NUMBER [FOLDER]")
    tutorials.add_argument("--fresh", action="store_true", help="copy: a new one beside one that you worked in")
    sub["run"].add_argument("file", type=Path, help="a Python program that imports keras")
    sub["run"].add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    runs = sub["runs"]
    runs.add_argument("run", nargs="*", help="numbers or names: one is shown, several are compared")
    runs.add_argument("--by", metavar="NAME", help="sort the list by a column or final figure")
    runs.add_argument("--tag", metavar="NAME", help="list those with this tag")
    runs.add_argument("--tensorboard", metavar="FOLDER", type=Path, help="write event files of the runs named")
    runs.add_argument(
        "--mlflow", metavar="URI", nargs="?", const="", help="write the runs named into MLflow, where it is installed"
    )
    return top


def quickstart(arguments) -> int:
    """Execute the quickstart notebook, print what it reached and where it lies."""
    from kerasnb import execute

    if arguments.fast:
        os.environ["KERASNB_FAST"] = "1"
    source = notebooks_folder() / "quickstart.ipynb"
    target = arguments.output / "quickstart.ipynb"
    shown = CellProgress()
    asks = {
        # of a model not compiled yet: the rows and the total without the optimizer's numbers
        "summary": "(lambda s: (keras.models.clone_model(model).summary(print_fn=s.append), '\\n'.join(s))[1])([])",
        "data": "data_name",
        "scores": "{k: float(v) for k, v in scores.items()}",
        "epochs": "len(history.epoch)",
    }
    print(f"kerasnb {__version__}: {source.name}{', a few epochs only' * arguments.fast}")
    try:
        done = execute.execute(source, asks=asks, on_start=shown.start, on_end=shown.end, folder=Path.cwd())
    except execute.CellFailed as failure:
        shown.end(None)
        execute.save(failure.notebook, target)
        print(
            f"\n{failure.error}\n\nThe notebook so far: {target.resolve()}\nTry: kerasnb doctor",
            file=sys.stderr,
        )
        return 1
    finally:
        shown.close()
    execute.save(done.notebook, target)
    page = execute.save_html(done.notebook, target.with_suffix(".html"))

    answers = done.answers
    if answers.get("summary"):
        print(f"\n{answers['summary']}")
    scores = answers.get("scores") or {}
    if "accuracy" in scores:
        print(f"\ntest accuracy  {scores['accuracy']:.2%}   on {answers.get('data')}")
        print(f"test loss      {scores['loss']:.4f}   after {answers.get('epochs')} epochs")
    print(f"time           {done.seconds:.0f} s")
    print(f"notebook       {target.resolve()}\npage           {page.resolve()}")
    print("\nNext: kerasnb lab")
    return 0


class CellProgress:
    """One line a cell; in a terminal the running one has a clock."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self.line, self.begin, self.closed = None, 0.0, threading.Event()
        if self.live:
            threading.Thread(target=self._tick, daemon=True).start()

    def start(self, number: int, count: int, title: str):
        self.line, self.begin = f"[{number}/{count}] {title[:56]:<57}", time.perf_counter()
        self.stream.write(self.line)
        self.stream.flush()

    def end(self, seconds: float | None):
        line, self.line = self.line, None
        if line is not None:
            text = "failed" if seconds is None else f"{seconds:6.1f} s"
            self.stream.write(f"\r{line}{text}\n" if self.live else f"{text}\n")
            self.stream.flush()

    def close(self):
        self.closed.set()

    def _tick(self):
        while not self.closed.wait(0.2):
            if (line := self.line) is not None:
                self.stream.write(f"\r{line}{time.perf_counter() - self.begin:6.1f} s ...")
                self.stream.flush()


def lab(arguments) -> int:
    """Hand over to JupyterLab."""
    folder = arguments.folder or working_folder()
    return open_lab(folder, None if arguments.folder else "quickstart.ipynb")


def open_lab(folder: Path, notebook: str | None = None) -> int:
    """Replace this process by JupyterLab in ``folder``, with a notebook open."""
    if not folder.is_dir():
        print(f"kerasnb lab: {folder} is no folder.", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    if notebook:
        command.append(f"--LabApp.default_url=/lab/tree/{notebook}")
    from kerasnb import MEMORY_AS_NEEDED_HERE
    from kerasnb.lab import environment

    variables = {**environment(dict(os.environ)), "KERASNB_LAB": "1"}  # the side panel shows itself the first time
    if MEMORY_AS_NEEDED_HERE:  # set by this process; kernels decide for themselves
        variables.pop("XLA_PYTHON_CLIENT_PREALLOCATE", None)
    if os.name == "nt":
        import subprocess

        return subprocess.run(command, check=False, env=variables).returncode
    os.execve(command[0], command, variables)


def tutorials(arguments) -> int:
    """List the series, open one of it, or copy one to work on."""
    from kerasnb.commands.tutorials import verb_and_rest
    from kerasnb.learn import copies
    from kerasnb.learn.record import Progress

    rest: list[str] = []
    try:
        first, rest = verb_and_rest(arguments.words, ("list", "open", "copy"))
        if first == "list" and not rest:
            print(Progress())
            print("\nOpen one: kerasnb tutorials NUMBER\nCopy one: kerasnb tutorials copy NUMBER [FOLDER]")
            return 0
        if first == "list" or not 1 <= len(rest) <= (2 if first == "copy" else 1):
            takes = {"list": "nothing more", "open": "one NUMBER", "copy": "a NUMBER and, if you like, a FOLDER"}[first]
            raise ValueError(f"{first} takes {takes}, got {' '.join(rest)!r}.")
        tutorial = copies.tutorial_of(rest[0])
        if first == "open":
            return open_lab(working_folder("tutorials"), f"{tutorial.name}.ipynb")
        found = copies.copy(tutorial, rest[1] if len(rest) == 2 else copies.FOLDER, fresh=arguments.fresh)
    except ValueError as error:
        print(f"kerasnb tutorials: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"kerasnb tutorials: {error.filename or ''}: {error.strerror or error}. Name another folder: "
              f"kerasnb tutorials copy {rest[0]} FOLDER", file=sys.stderr)  # fmt: skip
        return 1
    print(found)
    if found.state == "edited":
        print(f"    another one, as it came: kerasnb tutorials copy {' '.join(rest)} --fresh")
    return 0


def run(arguments) -> int:
    """Run a program in which ``import keras`` means kerasnb."""
    import runpy

    import kerasnb

    problem = not_a_program(arguments.file)
    if problem:
        print(f"kerasnb run: {problem}", file=sys.stderr)
        return 2
    kerasnb.install_as_keras()
    sys.argv = [str(arguments.file), *arguments.arguments]
    sys.path.insert(0, str(arguments.file.resolve().parent))
    runpy.run_path(str(arguments.file), run_name="__main__")
    return 0


def not_a_program(file: Path) -> str:
    """Why a file cannot be run; "" where it can."""
    if file.is_dir():
        return f"{file} is a folder; name a program in it."
    if file.suffix == ".ipynb":
        return f"{file} is a notebook. Open it: kerasnb lab {file.parent}"
    if not file.is_file():
        near = difflib.get_close_matches(file.name, [p.name for p in file.parent.glob("*.py")], n=1)
        return f"there is no file {file}." + (f" Did you mean {file.with_name(near[0])}?" if near else "")
    return ""


def runs(arguments) -> int:
    """List runs, show one, compare several, or export them."""
    from kerasnb import runs as door
    from kerasnb.commands.runs import chosen

    try:
        found = [chosen(word) for word in arguments.run]
        if arguments.tensorboard is not None:
            if not found:
                raise ValueError("--tensorboard needs the numbers of runs, as in kerasnb runs 3 7 --tensorboard logs")
            for run in found:
                print(run.to_tensorboard(arguments.tensorboard))
        elif arguments.mlflow is not None:
            if not found:
                raise ValueError("--mlflow needs the numbers of runs, as in kerasnb runs 3 7 --mlflow")
            for run in found:
                print(run.to_mlflow(tracking_uri=arguments.mlflow or None))
        elif found:
            print(found[0] if len(found) == 1 else found[0].compare(*found[1:]))
        else:
            rows = door.table(tag=arguments.tag)
            print(rows.ordered(arguments.by) if arguments.by else rows)
    except ValueError as error:
        print(f"kerasnb runs: {error}", file=sys.stderr)
        return 2
    except (ImportError, OSError) as error:  # no MLflow; a folder that cannot be written
        print(f"kerasnb runs: {error}", file=sys.stderr)
        return 1
    return 0


def doctor(arguments) -> int:
    """Print the checks; 1 if something is missing that kerasnb cannot do without."""
    from kerasnb import doctor

    found = list(doctor.checks())
    print(doctor.report(found))
    return int(any(check.state == doctor.FAIL for check in found))


def notebooks_folder(name: str = "notebooks") -> Path:
    """The notebooks that came with kerasnb: beside the package in a checkout, else inside it."""
    package = Path(__file__).resolve().parent
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name


def working_folder(name: str = "notebooks") -> Path:
    """A folder of notebooks to work in: a checkout's own, else copies in the current folder."""
    source = notebooks_folder(name)
    if not source.name.startswith("_"):
        return source
    target = Path.cwd() / f"kerasnb-{name}"
    try:
        target.mkdir(exist_ok=True)
        for path in source.glob("*.ipynb"):
            if not (target / path.name).exists():  # never over a person's work
                shutil.copyfile(path, target / path.name)
    except OSError as error:
        raise CannotStart(
            f"{target} cannot be written ({error.strerror or error}): cd to a folder of your own."
        ) from error
    return target


class CannotStart(RuntimeError):
    """A command cannot begin; the message says what to do."""


if __name__ == "__main__":
    sys.exit(main())
