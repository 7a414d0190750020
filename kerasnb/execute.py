"""Execute a notebook without a browser, with this very Python as its kernel.

Used by ``kerasnb quickstart`` and by the tests that run every notebook.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Execution:
    """What came out: the notebook with outputs, the time it took, and answers to questions."""

    notebook: Any
    seconds: float
    answers: dict[str, Any] = field(default_factory=dict)


class CellFailed(RuntimeError):
    """A cell raised: ``title`` says where, ``notebook`` holds the outputs so far."""

    def __init__(self, title: str, error: str, traceback: str, notebook):
        super().__init__(f"in {title!r}: {error}")
        self.title, self.error, self.traceback, self.notebook = title, error, traceback, notebook


def execute(
    path: str | Path,
    *,
    asks: Mapping[str, str] | None = None,
    on_start: Callable[[int, int, str], None] | None = None,
    on_end: Callable[[float], None] | None = None,
    timeout: float | None = None,
    folder: str | Path | None = None,
) -> Execution:
    """Run all cells of the notebook at ``path`` in a fresh kernel.

    Args:
        path: the ``.ipynb`` file; it is not changed.
        asks: names and Python expressions; each is evaluated in the kernel after the last cell.
            The values must be literals (numbers, strings, ...); one that raises gives None.
        on_start: called before each code cell with its number from 1, their count, its title.
        on_end: called after each code cell with the seconds it took.
        timeout: seconds that one cell may take; None for no limit.
        folder: the working folder of the kernel; the notebook's own by default.

    Raises:
        CellFailed: a cell raised.
    """
    from nbclient.exceptions import CellExecutionError

    path = Path(path)
    notebook = read_notebook(path)
    titles = cell_titles(notebook)
    begin = time.perf_counter()
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="kerasnb-"))
        client = _client(notebook, timeout, folder or path.parent, scratch)
        stack.enter_context(client.setup_kernel(cleanup_kc=True))
        for number, (index, title) in enumerate(titles.items(), start=1):
            if on_start:
                on_start(number, len(titles), title)
            cell_begin = time.perf_counter()
            try:
                client.execute_cell(notebook.cells[index], index)
            except CellExecutionError as error:
                text = f"{error.ename}: {error.evalue}"
                raise CellFailed(title, text, error.traceback, notebook) from None
            if on_end:
                on_end(time.perf_counter() - cell_begin)
        seconds = time.perf_counter() - begin
        answers = _ask(client, asks) if asks else {}
    return Execution(notebook, seconds, answers)


def read_notebook(path: Path) -> Any:
    """The notebook in a file.

    Raises:
        ValueError: the file holds none, or a damaged one.
        OSError: it cannot be read.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except OSError:
        raise
    except Exception as error:  # its readers, upgrades and the schema fail in ways of their own
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"{path} is no notebook, or it is damaged: {said[0][:200]}") from error
    return notebook


def cell_titles(notebook) -> dict[int, str]:
    """For the index of each cell with code a title: the heading above, else its first line."""
    titles, heading = {}, None
    for index, cell in enumerate(notebook.cells):
        prose = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL) if cell.cell_type == "markdown" else cell.source
        lines = [line.strip() for line in prose.splitlines() if line.strip()]
        if cell.cell_type == "markdown":
            heading = next((line.strip("# ") for line in lines if line.startswith("#")), heading)
        elif cell.cell_type == "code" and lines:
            titles[index] = heading or lines[0]
            heading = None
    return titles


def save(notebook, path: str | Path) -> Path:
    """Write the notebook; folders are made."""
    import nbformat

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def save_html(notebook, path: str | Path) -> Path:
    """Write the notebook as one HTML page that needs no network."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter()
    # These would be fetched from the network when the page is opened.
    exporter.mathjax_url = exporter.require_js_url = exporter.jquery_url = ""
    exporter.jupyter_widgets_base_url = exporter.mermaid_js_url = ""
    exporter.widget_renderer_url = ""
    body, _ = exporter.from_notebook_node(notebook)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body, encoding="utf-8")
    return path


def this_python() -> Any:
    """Specifications of kernels, all of them this Python's: one called python3 may belong to another environment."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    return ThisPython()


def _client(notebook, timeout, folder, scratch):
    from jupyter_client import AsyncKernelManager
    from nbclient import NotebookClient

    manager = AsyncKernelManager(kernel_spec_manager=this_python())
    if os.name != "nt":  # pragma: no branch (Windows has no such sockets)
        # Sockets that only this person can open; their paths, at most 107 characters long, lie
        # beside the connection file.
        manager.transport = "ipc"
        manager.connection_file = os.path.join(scratch, "kernel.json")
    return NotebookClient(
        notebook,
        km=manager,
        timeout=timeout,
        resources={"metadata": {"path": str(folder)}},
    )


def _ask(client, asks: Mapping[str, str]) -> dict[str, Any]:
    """Evaluate expressions in the kernel; it sends their reprs."""
    message = client.kc.execute("", silent=True, user_expressions=dict(asks))
    replies = client.wait_for_reply(message)["content"]["user_expressions"]
    answers = {}
    for name, reply in replies.items():
        try:
            answers[name] = ast.literal_eval(reply["data"]["text/plain"])
        except (KeyError, ValueError, SyntaxError):
            answers[name] = None
    return answers
