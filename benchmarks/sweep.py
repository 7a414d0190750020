"""64 learning rates of the Boston network: together, one after another, and with Keras on JAX in turn.

    python benchmarks/sweep.py [--reference PYTHON] [--variants 64] [--epochs 500] [--runs 5] [--keras 8]

Prints medians and ratios. What is timed is everything from ``build`` to the trained models, after one warm-up of each
(programs compiled). Keras compiles anew for every model, as it does for whoever writes the loop; it trains ``--keras``
of the variants, and the time is multiplied up to all of them.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from workloads import boston

HERE = Path(__file__).resolve()


def rates(count: int) -> list[float]:
    """Learning rates from 1e-4 to 1e-1."""
    return [float(r) for r in np.geomspace(1e-4, 1e-1, count)]


def maker(keras):
    """``build`` with that Keras."""

    def build(learning_rate: float):
        layers = keras.layers
        model = keras.Sequential([
            keras.Input((13,)),
            layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1),
        ])  # fmt: skip
        model.compile(keras.optimizers.RMSprop(learning_rate), "mse", metrics=["mae"])
        return model

    return build


def swept(together: bool, variants: int, epochs: int) -> float:
    """Seconds of a sweep."""
    import kerasnb as keras

    x, y = boston()
    begin = time.perf_counter()
    keras.sweep(
        maker(keras), x, y, validation_split=0.2, epochs=epochs, batch_size=32, seed=0, learning_rate=rates(variants),
        together=together, verbose=0,
    )  # fmt: skip
    return time.perf_counter() - begin


def in_turn(module: str, variants: int, epochs: int) -> float:
    """Seconds of a loop over ``fit``."""
    keras = importlib.import_module(module)
    x, y = boston()
    build = maker(keras)
    begin = time.perf_counter()
    for rate in rates(variants):
        keras.utils.set_random_seed(0)
        build(rate).fit(x, y, validation_split=0.2, epochs=epochs, batch_size=32, verbose=0)
    return time.perf_counter() - begin


def with_keras(python: str, variants: int, epochs: int) -> float:
    """Seconds of the loop in a process of the reference's, after a warm-up."""
    command = [python, str(HERE), "--worker", "--variants", str(variants), "--epochs", str(epochs)]
    found = subprocess.run(
        command, env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True, text=True, check=True
    )
    return float(found.stdout.split()[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", help="a Python with Keras on JAX")
    parser.add_argument("--variants", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keras", type=int, default=8, help="how many variants Keras trains")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        in_turn("keras", 1, 2)
        print(in_turn("keras", given.variants, given.epochs))
        return
    works = {
        "together": lambda: swept(True, given.variants, given.epochs),
        "sweep, one after another": lambda: swept(False, given.variants, given.epochs),
        "a loop over fit": lambda: in_turn("kerasnb", given.variants, given.epochs),
    }
    swept(True, given.variants, 2)
    swept(False, 2, 2)
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(given.runs):  # in turn: a machine that slows down slows all
        for name, work in works.items():
            taken[name].append(work())
    base = statistics.median(taken["together"])
    print(
        f"{given.variants} variants, {given.epochs} epochs each, {os.cpu_count()} cores, medians of {given.runs} runs"
    )
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        print(f"{name:28} {middle:8.2f} s  {middle / base:6.2f}x   ({min(seconds):.2f} to {max(seconds):.2f})")
    if given.reference:
        seconds = with_keras(given.reference, given.keras, given.epochs) * given.variants / given.keras
        print(f"{'Keras on JAX in turn':28} {seconds:8.2f} s  {seconds / base:6.2f}x   ({given.keras} measured)")


if __name__ == "__main__":
    sys.exit(main())
