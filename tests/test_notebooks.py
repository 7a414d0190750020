"""Every notebook runs in a fresh kernel, and is stored without outputs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kerasnb import execute

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("tutorials/*.ipynb")])
names = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def test_there_is_a_quickstart():
    assert "quickstart" in [path.stem for path in NOTEBOOKS]


@names
def test_is_stored_without_outputs(path):
    check = [sys.executable, str(ROOT / ".ci" / "strip_notebooks.py"), "--check", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def outputs(notebook, mime: str) -> list[str]:
    """All outputs of one mime type."""
    return [
        "".join(output["data"][mime])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if mime in output.get("data", {})
    ]


@pytest.mark.parametrize("data", ["MNIST", "digits"])
def test_quickstart(data, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    if data == "digits":  # neither data nor a network: no address answers on port 9
        monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
        for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(proxy, "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    else:
        pytest.importorskip("kerasnb")
        folder = ROOT.parent / "shared" / "data"
        if not (folder / "mnist.npz").is_file():
            pytest.skip("MNIST does not lie beside this checkout")
        monkeypatch.setenv("KERASNB_DATA", str(folder))

    asks = {
        "data": "data_name",
        "scores": "{k: float(v) for k, v in scores.items()}",
        "parameters": "model.count_params()",
        "epochs": "len(history.epoch)",
    }
    done = execute.execute(ROOT / "notebooks" / "quickstart.ipynb", asks=asks, timeout=240, folder=tmp_path)

    assert done.answers["data"].startswith(data)
    assert done.answers["epochs"] == 2
    assert done.answers["parameters"] == {"MNIST": 235_146, "digits": 50_826}[data]
    assert done.answers["scores"]["accuracy"] > {"MNIST": 0.94, "digits": 0.5}[data]
    assert not [o for c in done.notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    # What stays in the file needs no kernel: pictures, and no view of a widget that is gone.
    assert not outputs(done.notebook, "application/vnd.jupyter.widget-view+json")
    assert any("<svg" in html or "<img" in html for html in outputs(done.notebook, "text/html"))

    page = execute.save_html(done.notebook, tmp_path / "quickstart.html").read_text()
    assert 'src="http' not in page and 'href="http' not in page.replace('href="https://www.w3', "")


def test_a_failing_cell_is_named(tmp_path):
    import nbformat

    cells = [
        nbformat.v4.new_markdown_cell("## Divide"),
        nbformat.v4.new_code_cell("print(1)\n1 / 0"),
    ]
    path = execute.save(nbformat.v4.new_notebook(cells=cells), tmp_path / "bad.ipynb")
    with pytest.raises(execute.CellFailed, match=r"'Divide': ZeroDivisionError") as failure:
        execute.execute(path)
    assert failure.value.notebook.cells[1].outputs[0].text == "1\n"


def test_answers(tmp_path):
    import nbformat

    path = tmp_path / "ask.ipynb"
    execute.save(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = [1, 'x']")]), path)
    seen = []
    done = execute.execute(path, asks={"a": "a", "none": "b"}, on_start=lambda *row: seen.append(row))
    assert done.answers == {"a": [1, "x"], "none": None}
    assert seen == [(1, 1, "a = [1, 'x']")]
    assert json.loads(path.read_text())["cells"][0]["outputs"] == []
