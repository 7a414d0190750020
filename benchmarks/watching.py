"""What watching costs: ``fit`` with progress as text, and with the live monitor, beside ``verbose=0``.

    python benchmarks/watching.py [--runs 3] [--epochs 20]

The fits run in a real kernel, in turn; the monitor sends its messages as it does to a browser. Prints medians and
ratios, one line a way of watching.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CELL = """
import json, sys, time
sys.path.insert(0, {here!r})
import kerasnb as keras
from kerasnb.magic import set_live
from workloads import BY_NAME
from keras_models import mnist_mlp

work = BY_NAME["mnist_mlp"]
x, y = work.data()
model = mnist_mlp(keras)
model.compile(work.optimizer, work.loss, metrics=[work.metric])


def fit(way):
    set_live(way == "live")  # without it a notebook shows what a terminal would
    begin = time.perf_counter()
    model.fit(x, y, batch_size=work.batch, epochs={epochs}, validation_split=0.2, verbose=int(way != "silent"))
    return time.perf_counter() - begin


fit("silent")
fit("live")
seconds = {{"silent": [], "text": [], "live": []}}
for _ in range({runs}):
    for way, times in seconds.items():
        times.append(fit(way))
print("RESULT " + json.dumps(seconds))
"""


def main() -> int:
    """Run the cell in a kernel and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=20, help="of about half a second each")
    arguments = parser.parse_args()
    here = str(Path(__file__).resolve().parent)
    source = CELL.format(here=here, runs=arguments.runs, epochs=arguments.epochs)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=3600, kernel_name="python3").execute()
    text = "".join(o.get("text", "") for o in notebook.cells[0].outputs)
    seconds = json.loads(text.split("RESULT ", 1)[1].splitlines()[0])
    silent = statistics.median(seconds["silent"])
    for way, times in seconds.items():
        middle = statistics.median(times)
        print(f"{way:<8} {middle:7.2f} s   {middle / silent:.3f} times verbose=0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
