"""As in Google Colab: ipykernel 6.17, ipywidgets 7.7.1 and IPython 7 in their own environment, with Colab's module.

The test stands where the page would: it reads what the kernel shows, and presses the buttons of a running fit.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import nbformat
import pytest
from contracts.environments import CLEAN, ROOT, command, environment

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]
COLAB = ("ipykernel==6.17.1", "ipywidgets==7.7.1", "ipython==7.34.0")
VIEW = "application/vnd.jupyter.widget-view+json"
# What kerasnb, anywidget and plotly look for in Colab.
STUB = {
    "google/__init__.py": "",
    "google/colab/__init__.py": "",
    "google/colab/output.py": """
from types import SimpleNamespace
calls = []
_widgets = SimpleNamespace(_installed_url=None)
def enable_custom_widget_manager(url="https://example.test/manager.js"):
    calls.append(url)
    _widgets._installed_url = url
""",
}
# Colab imports its module before any cell runs.
START = "import google.colab.output, ipykernel, ipywidgets; print(ipykernel.__version__, ipywidgets.__version__)"
MAKE = """
%load_ext kerasnb
import numpy as np
import kerasnb as keras
x = np.random.default_rng(0).normal(size=(20000, 40)).astype("float32")
y = (x[:, :4].sum(1) > 0).astype("float32")
model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(256, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""
FIT = "history = model.fit(x, y, epochs=20000, batch_size=32, validation_split=0.2)"
SAY = "print(history.status, len(history.epoch), float(model.optimizer.learning_rate))"


class Page:
    """A kernel as a page has it: cells go in, outputs and comm messages come out, buttons can be pressed.

    Args:
        python: the interpreter of the kernel.
        folder: its working folder.
        environment: more variables for it.
    """

    def __init__(self, python: Path, folder: Path, **environment: str):
        from jupyter_client import KernelManager
        from jupyter_client.kernelspec import KernelSpec

        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(
            argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Colab",
            language="python",
        )
        self.manager.start_kernel(env={**CLEAN, "JAX_PLATFORMS": "cpu", **environment}, cwd=str(folder))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.comms: dict[str, dict] = {}  # id -> the state with which it was opened

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def start(self, code: str) -> None:
        """Send a cell off."""
        self.outputs: list[dict] = []
        self.custom: list[dict] = []
        self.closed: set[str] = set()
        self.id = self.client.execute(code)

    def step(self, seconds: float = 120) -> bool:
        """Take one message; False at the cell's end."""
        message = self.client.get_iopub_msg(timeout=seconds)
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "comm_open":
            self.comms[content["comm_id"]] = content["data"]["state"]
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self.comms[content["comm_id"]].update(content["data"]["state"])
        elif kind == "comm_msg":
            self.custom.append({"comm": content["comm_id"], **content["data"].get("content", {})})
        elif kind == "comm_close":
            self.closed.add(content["comm_id"])
        elif kind in ("stream", "display_data", "execute_result", "update_display_data", "error"):
            self.outputs.append({"kind": kind, **content})
        return not (
            kind == "status" and content["execution_state"] == "idle"
            and message["parent_header"].get("msg_id") == self.id
        )  # fmt: skip

    def until(self, found, what: str, seconds: float = 120) -> None:
        """Take messages until ``found()``."""
        end = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < end, f"waited {seconds} s for {what}; got {self.outputs[-3:]}"
            assert self.step(), f"the cell ended before {what}: {self.outputs}"

    def run(self, code: str) -> list[dict]:
        """Run a cell to its end; what it showed."""
        self.start(code)
        while self.step():
            pass
        assert not [o for o in self.outputs if o["kind"] == "error"], self.outputs
        return self.outputs

    def press(self, comm: str, **content: object) -> None:
        """What a widget's view sends when a button is pressed, while the cell runs."""
        data = {"comm_id": comm, "data": {"method": "custom", "content": content}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", data))


@pytest.fixture(scope="module")
def colab(wheel, tmp_path_factory):
    """The interpreter of such an environment."""
    import sys

    folder = tmp_path_factory.mktemp("colab")
    commands = environment(folder / "venv", Path(sys.executable), wheel, *COLAB)
    site = command(commands / "python", "-c", "import site; print(site.getsitepackages()[0])", cwd=folder).strip()
    for name, text in STUB.items():
        path = Path(site) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return commands / "python"


@pytest.fixture
def page(colab, tmp_path):
    at = {"KERAS_HOME": str(tmp_path / "home"), "KERASNB_RUNS": str(tmp_path / "runs.db"), "KERASNB_FAST": "1"}
    opened = Page(colab, tmp_path, **at)
    try:
        said = opened.run(START)
        assert said[0]["text"].split() == ["6.17.1", "7.7.1"]
        yield opened
    finally:
        opened.close()


def test_the_quickstart_runs_and_every_output_can_be_shown(page):
    notebook = nbformat.read(ROOT / "notebooks" / "quickstart.ipynb", 4)
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown += page.run(cell.source)
    bundles = [o["data"] for o in shown if "data" in o]
    assert bundles
    for data in bundles:
        # A page without our widget's code still has something to show.
        assert {"text/html", "text/plain"} & set(data), set(data)
        if VIEW in data:
            assert data[VIEW]["model_id"] in page.comms
    assert any("accuracy" in str(o) for o in shown)


def test_a_live_fit_is_steered_and_leaves_a_picture(page):
    page.run(MAKE)
    page.start(FIT)
    page.until(lambda: any(VIEW in o.get("data", {}) for o in page.outputs), "the live view")
    (view,) = (o for o in page.outputs if VIEW in o.get("data", {}))
    comm = view["data"][VIEW]["model_id"]
    # anywidget has asked Colab for its manager of widgets from outside, and says so beside the view
    assert view["metadata"][VIEW]["colab"]["custom_widget_manager"]["url"].startswith("https://")
    state = page.comms[comm]
    assert state["plan"]["steerable"] is True and "render" in state["_esm"]
    page.until(lambda: any(m["comm"] == comm for m in page.custom), "numbers")
    page.press(comm, kind="learning_rate", value=0.0004)
    page.press(comm, kind="pause", value=True)
    page.until(lambda: page.comms[comm]["status"] == "paused", "the pause")
    page.press(comm, kind="pause", value=False)
    page.until(lambda: page.comms[comm]["status"] == "running", "training to go on")
    page.press(comm, kind="stop")
    while page.step():
        pass
    assert comm in page.closed
    (still,) = (o for o in page.outputs if o["kind"] == "update_display_data")
    assert set(still["data"]) == {"text/html", "image/png", "text/plain"}
    assert still["transient"]["display_id"] == view["transient"]["display_id"]
    assert "stopped by hand" in still["data"]["text/plain"]
    status, epochs, rate = page.run(SAY)[0]["text"].split()
    assert status == "stopped" and int(epochs) >= 1 and float(rate) == pytest.approx(0.0004, rel=1e-5)


def test_interrupting_ends_a_fit_gracefully(page):
    page.run(MAKE)
    page.start(FIT)
    page.until(lambda: len(page.custom) > 2, "numbers")
    page.manager.interrupt_kernel()
    while page.step():
        pass
    assert not [o for o in page.outputs if o["kind"] == "error"]
    assert page.run(SAY)[0]["text"].startswith("stopped ")


def test_views_in_place_are_widgets_of_their_own_there(page):
    """Colab keeps outputs apart: the view stands beside the picture instead of moving into it."""
    page.run(MAKE)
    (card,) = (o for o in page.run("model") if "data" in o)
    assert {"text/html", "text/plain"} <= set(card["data"])
    (gallery,) = (o for o in page.run("model.gallery(x[:40], y[:40])") if "data" in o)
    assert {"text/html", "text/plain", VIEW} <= set(gallery["data"])
    assert gallery["data"][VIEW]["model_id"] in page.comms
    page.run("history = model.fit(x, y, epochs=2, verbose=0)")
    (figure,) = (o for o in page.run("history.plot()") if "data" in o)
    html = figure["data"]["text/html"]
    assert "plotly" in html.lower() or "<svg" in html
    said = page.run("%kerasnb tutorials")[0]["data"]["text/plain"]
    assert re.search(r"00 .* min ", said)
    assert "kerasnb" in page.run("%kerasnb info")[0]["text"]
