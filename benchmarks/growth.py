"""How time grows with the model and with the data: ``growth.py [--reference-python PY]``.

For 1 to 200 equal layers, the time from a new model to the end of its first step (tracing and compilation, no
cache on disk) and of a step after that; for 10^3 to 10^7 rows the time of an epoch. With a Python that has Keras 3, the
same for Keras on JAX, in turn. Ratios in one run; linear growth shows as equal numbers per layer and per row.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

LAYERS = [1, 10, 50, 100, 200]
ROWS = [10**3, 10**4, 10**5, 10**6, 10**7]


def layers_work(keras, count: int) -> dict[str, float]:
    """First and later epochs of 16 steps of a network of so many equal layers."""
    import numpy as np

    model = keras.Sequential([keras.Input((64,)), *(keras.layers.Dense(64, "relu") for _ in range(count))])
    model.compile("adam", "mse")
    x = np.ones((512, 64), "float32")
    times = []
    for _ in range(4):
        begin = time.perf_counter()
        model.fit(x, x, batch_size=32, verbose=0)
        times.append(time.perf_counter() - begin)
    return {"first": times[0], "later": min(times[1:])}


def rows_work(keras, count: int) -> dict[str, float]:
    """One epoch over so many rows of 8 numbers, after one that compiled."""
    import numpy as np

    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    x = np.ones((count, 8), "float32")
    times = []
    for _ in range(2 if count > 10**6 else 4):
        begin = time.perf_counter()
        model.fit(x, x[:, :1], batch_size=256, verbose=0)
        times.append(time.perf_counter() - begin)
    return {"first": times[0], "later": min(times[1:])}


def worker(module: str, kind: str, count: str) -> None:
    """One measurement in a process of its own."""
    keras = __import__(module)
    work = {"layers": layers_work, "rows": rows_work}[kind]
    layers_work(keras, 1)  # imports and the like do not count
    print("RESULT " + json.dumps(work(keras, int(count))))


def measure(python: str, module: str, kind: str, count: int) -> dict[str, float]:
    """Start a worker."""
    here = Path(__file__).resolve()
    env = {**os.environ, "PYTHONPATH": str(here.parent.parent), "KERAS_BACKEND": "jax", "KERASNB_COMPILE_CACHE": "off"}
    command = [python, str(here), "--worker", module, kind, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    return json.loads(done.stdout.split("RESULT ", 1)[1])


def main() -> int:
    """Measure in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference-python", metavar="PY", help="a Python that has Keras 3")
    parser.add_argument("--most-rows", type=float, default=1e7)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(*arguments.worker)
        return 0
    frameworks = {"kerasnb": (sys.executable, "kerasnb")}
    if arguments.reference_python:
        frameworks["Keras on JAX"] = (arguments.reference_python, "keras")
    print("| | " + " | ".join(f"{n}: first, later, later for each" for n in frameworks) + " |")
    print("|---" * (len(frameworks) + 1) + "|")
    for kind, counts in (("layers", LAYERS), ("rows", [n for n in ROWS if n <= arguments.most_rows])):
        for count in counts:
            cells = []
            for python, module in frameworks.values():
                found = measure(python, module, kind, count)
                each = found["later"] / count * 1e6
                cells.append(f"{found['first']:.2f} s, {found['later'] * 1e3:.1f} ms, {each:.2f} us")
            print(f"| {count:,} {kind} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
