"""Saving and loading a large model: seconds and peak memory, beside a real Keras in the same run.

    python benchmarks/saving.py --keras /path/to/python [--millions 100] [--repeat 3]

Each measurement is a process of its own. Memory is what the process's peak (VmHWM) rises by while it saves or loads,
in copies of the model's weights; a load makes the model, so 1.0 of it is the model itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LAYERS = 4
KEYS = ("seconds", "cpu", "copies")
FORMS = ("m.keras", "m.weights.h5")


def memory(field: str) -> int:
    """A line of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    raise RuntimeError(f"no {field} in /proc/self/status: this needs Linux")


def reset_peak() -> int:
    """Begin to measure the peak anew; what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def work(framework: str, action: str, path: str, millions: float) -> dict[str, float]:
    """One measurement, in this process."""
    if framework == "keras":
        os.environ["KERAS_BACKEND"] = "jax"
        import keras
    else:
        import kerasnb as keras
    import numpy as np

    side = round((millions * 1e6 / LAYERS) ** 0.5)

    def model():
        parts = [keras.layers.Dense(side, activation="relu") for _ in range(LAYERS)]
        return keras.Sequential([keras.Input((side,)), *parts])

    whole = path.endswith(".keras")
    small = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])  # everything is imported once
    small.save(path + ".small.keras")
    keras.saving.load_model(path + ".small.keras")
    small.save_weights(path + ".small.weights.h5")
    made = None if action == "load" and whole else model()
    if made is not None:
        made.predict(np.zeros((1, side), "float32"), verbose=0)
    held = reset_peak()
    began, cpu = time.perf_counter(), time.process_time()
    if action == "save":
        made.save(path) if whole else made.save_weights(path)
    elif whole:
        made = keras.saving.load_model(path)
    else:
        made.load_weights(path)
    [np.asarray(v.value) for v in made.weights[-1:]]
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    size = 4 * made.count_params()
    return {"seconds": seconds, "cpu": cpu, "copies": (memory("VmHWM") - held) / size}


def measure(python: str, framework: str, action: str, path: Path, millions: float) -> dict[str, float]:
    """One measurement, in a process of its own."""
    command = [python, __file__, "--work", framework, action, str(path), str(millions)]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PYTHONPATH"] = "" if framework == "keras" else str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keras", default=os.environ.get("KERASNB_REFERENCE"), help="a Python that has Keras 3")
    parser.add_argument("--millions", type=float, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        framework, action, path, millions = given.work
        print(json.dumps(work(framework, action, path, float(millions))))
        return
    pythons = {"kerasnb": sys.executable, **({"keras": given.keras} if given.keras else {})}
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'':21}{'seconds':>28}{'of a CPU':>28}{'copies of the weights':>28}")
        for form in FORMS:
            for action in ("save", "load"):
                found: dict[str, list[dict[str, float]]] = {name: [] for name in pythons}
                for _ in range(given.repeat):  # in turn: what else the machine does meets both
                    for name, python in pythons.items():
                        found[name].append(
                            measure(python, name, action, Path(folder, f"{name}-{form}"), given.millions)
                        )
                rows = {name: [statistics.median(r[key] for r in rows) for key in KEYS] for name, rows in found.items()}
                text = "".join(
                    "   ".join(f"{name} {rows[name][i]:.2f}" for name in rows).rjust(28) for i in range(len(KEYS))
                )
                ratio = ""
                if "keras" in rows:
                    ratio = "   ratio " + " / ".join(
                        f"{rows['kerasnb'][i] / rows['keras'][i]:.2f}" for i in range(len(KEYS))
                    )
                print(f"{action} {form:16}{text}{ratio}", flush=True)


if __name__ == "__main__":
    main()
