"""A night in short: many small epochs and what grows meanwhile.

    python benchmarks/long_runs.py --epochs 100000      # memory, file handles, milliseconds per epoch
    python benchmarks/long_runs.py --kernel             # memory of an idle process after import, after a first fit

Nothing may grow with the number of epochs but the history itself, one number a figure and epoch.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def memory() -> dict[str, float]:
    """MB of this process: resident, its fair share of shared pages (PSS), and its alone (USS)."""
    found = dict.fromkeys(("rss", "pss", "uss"), 0.0)
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        key = {"Rss": "rss", "Pss": "pss", "Private_Clean": "uss", "Private_Dirty": "uss"}.get(name)
        if key:
            found[key] += int(rest.split()[0]) / 1024
    return found


def handles() -> int:
    """Open files of this process."""
    return len(os.listdir("/proc/self/fd"))


def long_run(epochs: int, parts: int = 10) -> list[dict[str, Any]]:
    """Train in one ``fit``; a row for each tenth of the epochs."""
    import kerasnb as keras

    x = np.linspace(-1, 1, 64, dtype="float32")[:, None]
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x**2, epochs=2, verbose=0)
    rows: list[dict[str, Any]] = []
    part = max(epochs // parts, 1)

    class Meter(keras.callbacks.Callback):
        """Looks at the process at each tenth."""

        def on_train_begin(self, logs: Any = None) -> None:
            self.since = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if (epoch + 1) % part == 0:
                gc.collect()
                spent = time.perf_counter() - self.since
                rows.append({"epoch": epoch + 1, "ms": 1000 * spent / part, "handles": handles(), **memory()})
                self.since = time.perf_counter()

    model.fit(x, x**2, epochs=epochs, verbose=0, callbacks=[Meter()])
    return rows


def kernel() -> dict[str, dict[str, float]]:
    """Memory after import, after the first names, after a first fit."""
    found = {"Python and NumPy": memory()}
    import kerasnb as keras

    found["import kerasnb"] = memory()
    keras.Sequential  # noqa: B018 (loads the engine)
    found["first name (loads JAX)"] = memory()
    x = np.zeros((256, 784), "float32")
    model = keras.Sequential(
        [keras.Input((784,)), keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, np.zeros(256, "int32"), epochs=1, verbose=0)
    gc.collect()
    found["after a first fit"] = memory()
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=100_000)
    parser.add_argument("--kernel", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("KERASNB_RUNS", "off")
    found: Any = kernel() if given.kernel else long_run(given.epochs)
    if given.json:
        print(json.dumps(found))
        return 0
    rows = [{"state": k, **v} for k, v in found.items()] if given.kernel else found
    for row in rows:
        print("  ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
