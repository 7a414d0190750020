"""Two hundred widgets in one kernel: memory, open files and the time of each stay where they were."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELL = """
import gc, json, os, time
import numpy as np
from IPython.display import display
import kerasnb as keras

x = np.random.default_rng(0).normal(size=(64, 8, 8, 1)).astype("float32")
y = np.arange(64) % 10
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
kept = []

def resident():
    return sum(int(line.split()[1]) for line in open("/proc/self/smaps_rollup") if line.startswith("Rss")) / 1024

def show(kind):
    if kind == 0:
        model.fit(x, y, epochs=2, verbose="auto")
    elif kind == 1:
        kept.append(model.gallery(x, y))
        display(kept[-1])
    elif kind == 2:
        display(model)
    else:
        kept.append(keras.widgets.Sketchpad(model))
        display(kept[-1])

rows = []
for i in range(200):
    begin = time.perf_counter()
    show(i % 4)
    seconds = time.perf_counter() - begin
    if i % 4 == 3:
        gc.collect()
    rows.append((i % 4, seconds, resident(), len(os.listdir("/proc/self/fd"))))
print("RESULT " + json.dumps(rows))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads Linux's /proc")
def test_two_hundred_widgets_in_one_kernel():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=500, kernel_name="python3").execute()
    text = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    rows = json.loads(text.split("RESULT ", 1)[1].splitlines()[0])
    assert len(rows) == 200
    early, late = rows[40:80], rows[160:]
    assert late[-1][2] < 1.1 * early[-1][2], (early[-1], late[-1])
    assert late[-1][3] <= early[-1][3] + 4, (early[-1], late[-1])
    for kind in range(4):  # the quickest of ten, against a busy machine; a cost that grew with their number would show
        before, after = (min(row[1] for row in part if row[0] == kind) for part in (early, late))
        assert after < 3 * before + 0.02, (kind, before, after)
