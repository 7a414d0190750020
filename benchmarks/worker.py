"""One framework doing one workload: ``worker.py FRAMEWORK WORKLOAD [EPOCHS]``, driven by bench.py.

It does the work once so that everything is compiled, prints ``ready``, then for each line on its
input does the work again and prints what that took, as JSON. Workloads of whole processes
(cold, warm) run once and stop: their time is taken outside.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import resource
import sys
import time

from workloads import BY_NAME

# framework -> (file with the models, module under test)
FRAMEWORKS = {
    "kerasnb": ("keras_models", "kerasnb"),
    "handwritten JAX": ("handwritten", ""),
    "Keras on JAX": ("keras_models", "keras"),
    "Keras on TensorFlow": ("keras_models", "keras"),
    "Keras on PyTorch": ("keras_models", "keras"),
    "PyTorch": ("torch_models", ""),
    "PyTorch compiled": ("torch_models", "compiled"),
    "Lightning": ("lightning_models", ""),
}

MANY = 0.2  # seconds; quicker work is repeated within one measurement
LONG = 20.0  # seconds; longer work is warm after one call


def main(framework: str, name: str, epochs: str = "") -> None:
    """Warm up, then measure as often as asked; epochs are those of the workload unless others are asked for."""
    workload = BY_NAME[name]
    workload = dataclasses.replace(workload, epochs=int(epochs)) if epochs else workload
    file, module = FRAMEWORKS[framework]
    # Lines for bench.py go to the real stdout; whatever a framework prints goes to stderr.
    answers, sys.stdout = sys.stdout, sys.stderr
    work = importlib.import_module(file).prepare(workload, module)
    begin = time.perf_counter()
    work()
    if workload.unit in ("cold", "warm"):
        return
    took, warmed = time.perf_counter() - begin, 0.0
    # Once more: the second call, or the tenth, may still prepare something the first could not.
    while took < LONG and warmed < MANY:
        begin = time.perf_counter()
        work()
        took = time.perf_counter() - begin
        warmed += took
    repeats = max(1, int(MANY / took))
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        for _ in range(repeats):
            work()
        seconds = (time.perf_counter() - begin) / repeats
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        result = {"seconds": seconds, "memory": memory, "repeats": repeats}
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
