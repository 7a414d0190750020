"""What a long run leaves in its notebook: after 20 000 epochs under the live monitor it stays under a megabyte."""

from __future__ import annotations

import base64
import json

import nbformat
import pytest
from nbclient import NotebookClient

SET_UP = """
import numpy as np
import kerasnb as keras
x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
y = x.sum(1)

def network():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)], name="long")
    model.compile(keras.optimizers.SGD(1e-4), "mse", metrics=["mae"])
    return model

model = network()"""
FIT = "history = network().fit(x, y, epochs={epochs}, validation_split=0.25, batch_size=8)"
SHOWN = "history.show()"
PLOT = "history.plot()"
CARD = "model"
MOST = 1_000_000  # bytes of the whole notebook


def saved(epochs: int) -> tuple[int, dict[str, int], str]:
    """Bytes of the notebook, those of each form of the fit's picture, and that picture as text."""
    sources = [SET_UP, CARD, FIT.format(epochs=epochs), SHOWN, PLOT, "print(len(history.epoch))"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(notebook, timeout=500, kernel_name="python3").execute()
    assert notebook.cells[-1].outputs[0].text.strip() == str(epochs)
    (output,) = notebook.cells[2].outputs
    assert not [m for m in output.data if "widget" in m], "a live view has no place in a saved notebook"
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    sizes = {form: len(json.dumps(content)) for form, content in output.data.items()}
    return len(nbformat.writes(notebook).encode()), sizes, output.data["text/plain"]


@pytest.mark.slow
def test_a_long_run_leaves_a_small_notebook():
    _, few, _ = saved(200)
    long, many, said = saved(20_000)
    assert long < MOST, (long, many)
    assert sum(many.values()) < 1.5 * sum(few.values()) + 50_000, "the picture grows with the run"
    assert "20000" in said.replace(",", "").replace(" ", "") or "20,000" in said, said[:300]
