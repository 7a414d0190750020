"""A real JupyterLab on the loopback address, and a notebook in it driven through a real Chromium."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from kerasnb import lab

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


class Lab:
    """A JupyterLab server with a folder, settings and a kernel of its own.

    Args:
        folder: an empty folder; notebooks lie in ``folder / "notebooks"``.
        kernel_path: more entries of PYTHONPATH for the kernel, in front (another ipykernel).
        variables: more of the environment of the server and its kernels.
    """

    def __init__(self, folder: Path, kernel_path: str = "", variables: dict[str, str] | None = None):
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.log = folder / "server.log"
        # The kernel is this very Python, whatever kernelspecs the machine has.
        spec = folder / "data" / "kernels" / "python3"
        spec.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        path = os.pathsep.join(filter(None, [kernel_path, str(ROOT)]))
        # All cells are in the page at once, whether or not they are in sight.
        settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
        settings.mkdir(parents=True)
        (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        (spec / "kernel.json").write_text(
            json.dumps(
                {
                    "argv": argv,
                    "display_name": "Python 3",
                    "language": "python",
                    "env": {"PYTHONPATH": path},
                }
            )
        )
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        # The checkout's own part of JupyterLab, not the one that was installed once.
        environment = {
            **lab.environment({**os.environ, "JUPYTER_PATH": str(folder / "data"), "PYTHONPATH": str(ROOT)}),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "JAX_PLATFORMS": "cpu",
            **(variables or {}),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "jupyterlab",
                    "--no-browser",
                    "--allow-root",
                    "--ServerApp.ip=127.0.0.1",
                    f"--ServerApp.port={self.port}",
                    "--ServerApp.port_retries=0",
                    f"--ServerApp.root_dir={self.notebooks}",
                    f"--IdentityProvider.token={self.token}",
                    "--LabApp.expose_app_in_browser=True",
                    "--LabApp.extension_manager=readonly",
                    "--LabServerApp.blocked_extensions_uris=",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
            )
        self.url = f"http://127.0.0.1:{self.port}"
        self._wait()

    def _wait(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api/status?token={self.token}", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the server and its kernels."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def write(self, name: str, cells: list[str]) -> Path:
        """A new notebook with these code cells."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        path = self.notebooks / name
        nbformat.write(notebook, path)
        return path

    def read(self, name: str):
        """The notebook as it lies on the disk."""
        return nbformat.read(self.notebooks / name, 4)


class Notebook:
    """One notebook, open in a page.

    Args:
        page: a Playwright page.
        lab: the server.
        name: the notebook's file.
    """

    def __init__(self, page, lab: Lab, name: str):
        self.page, self.lab, self.name = page, lab, name

    def open(self, kernel: bool = True) -> Notebook:
        """Load JupyterLab with this notebook in front."""
        self.page.goto(f"{self.lab.url}/lab/tree/{self.name}?token={self.lab.token}&reset")
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.command("application:toggle-left-area") if self._left_open() else None
        if kernel:
            self.page.wait_for_function(
                """() => { const p = window.jupyterapp.shell.currentWidget;
                const k = p && p.sessionContext && p.sessionContext.session
                          && p.sessionContext.session.kernel;
                return k && k.status === 'idle'; }""",
                timeout=60_000,
            )
        return self

    def _left_open(self) -> bool:
        return self.page.evaluate("() => !window.jupyterapp.shell.leftCollapsed")

    def command(self, name: str, **arguments) -> None:
        """Run a command of JupyterLab and wait for it."""
        self.page.evaluate(
            "async ([name, a]) => { await window.jupyterapp.commands.execute(name, a); }",
            [name, arguments],
        )

    def start_all(self) -> None:
        """Run all cells without waiting for their end."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def run_all(self, seconds: float = 90) -> None:
        """Run all cells and wait for the last."""
        self.start_all()
        self.wait_done(seconds)

    def wait_done(self, seconds: float = 90) -> None:
        """Wait until the last code cell has its number and nothing is running; a cell that raises fails."""
        raised = self.page.wait_for_function(
            """() => { const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
               const wrong = document.querySelector('.jp-Notebook [data-mime-type="application/vnd.jupyter.error"]');
               if (wrong) return wrong.textContent;
               const prompts = cells.map((c) => c.querySelector('.jp-InputPrompt')?.textContent || '');
               return cells.length && prompts.every((t) => /\\[\\d+\\]/.test(t)) ? 'done' : null; }""",
            timeout=seconds * 1000,
        ).json_value()
        assert raised == "done", raised

    def save(self) -> None:
        """Save to the disk."""
        self.command("docmanager:save")

    def theme(self, name: str) -> None:
        """Switch between "light" and "dark"."""
        self.command("apputils:change-theme", theme=THEMES[name])
        light = "true" if name == "light" else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def text_of(self, index: int) -> str:
        """The text that cell ``index`` shows."""
        return self.page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea").inner_text()

    def output(self, index: int):
        """The output area of cell ``index``."""
        return self.page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea")


def other_ipykernel(version: str, folder: Path) -> str:
    """An ipykernel of that version, alone in a folder that goes in front of the others."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
    wanted = [f"ipykernel=={version}", "nest_asyncio"]
    done = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"ipykernel {version} could not be installed here: {done.stderr[-300:]}")
    return str(folder)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
