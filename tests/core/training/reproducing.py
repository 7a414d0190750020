"""Programs whose weights must come out the same, and what changes them: prints the table of docs/reproducibility.md.

python tests/core/training/reproducing.py            the table
python tests/core/training/reproducing.py dense      the digest of one program's weights
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np


def _data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.RandomState(seed).normal(size=(500, 20)).astype("float32")
    return x, (x[:, :1] + 0.1 * x[:, 1:2] > 0).astype("float32")


def dense(**changed: Any) -> list[np.ndarray]:
    """Dropout, batch normalisation, shuffled rows, a short last batch, callbacks that decide."""
    import kerasnb as keras
    from kerasnb import callbacks as C
    from kerasnb import layers as L

    keras.utils.set_random_seed(11)
    model = keras.Sequential(
        [keras.Input((20,)), L.Dense(32, "relu"), L.BatchNormalization(), L.Dropout(0.3), L.Dense(1, "sigmoid")]
    )
    model.compile(
        keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"],
        run_eagerly=changed.pop("run_eagerly", False),
    )  # fmt: skip
    x, y = _data()
    callbacks = [
        C.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_delta=0.05),
        C.EarlyStopping(monitor="val_loss", patience=9, restore_best_weights=True),
        C.TerminateOnNaN(),
        *changed.pop("callbacks", []),
    ]
    options = {"epochs": 4, "batch_size": 32, "validation_split": 0.2, "verbose": 0, "callbacks": callbacks}
    model.fit(x, y, **{**options, **changed})
    return model.get_weights()


def images() -> list[np.ndarray]:
    """Convolutions behind random flips, rotations and contrasts."""
    import kerasnb as keras
    from kerasnb import layers as L

    keras.utils.set_random_seed(12)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)), L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomContrast(0.2),
            L.Conv2D(6, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(3, "softmax"),
        ]
    )  # fmt: skip
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    draw = np.random.RandomState(1)
    model.fit(draw.uniform(size=(90, 8, 8, 1)).astype("float32"), draw.randint(0, 3, 90), epochs=2, verbose=0)
    return model.get_weights()


def stored() -> list[np.ndarray]:
    """Saved in the middle, loaded, and trained on."""
    import kerasnb as keras
    from kerasnb import layers as L

    keras.utils.set_random_seed(13)
    model = keras.Sequential([keras.Input((20,)), L.Dense(16, "relu"), L.Dropout(0.3), L.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    x, y = _data()
    model.fit(x, y, epochs=2, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "half.keras")
        model = keras.saving.load_model(Path(folder) / "half.keras")
    model.fit(x, y, epochs=4, initial_epoch=2, verbose=0)
    return model.get_weights()


def stream() -> list[np.ndarray]:
    """Batches from a PyDataset, shuffled."""
    import kerasnb as keras
    from kerasnb import layers as L

    x, y = _data()

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 10

        def __getitem__(self, i: int) -> Any:
            return x[i * 50 : i * 50 + 50], y[i * 50 : i * 50 + 50]

    keras.utils.set_random_seed(14)
    model = keras.Sequential([keras.Input((20,)), L.Dense(16, "relu"), L.GaussianNoise(0.1), L.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    model.fit(Batches(workers=2), epochs=3, verbose=0)
    return model.get_weights()


PROGRAMS = {"dense": dense, "images": images, "stored": stored, "stream": stream}


def digest(weights: list[np.ndarray]) -> str:
    """Weights as one short name, equal only if every bit is."""
    found = hashlib.sha256()
    for array in weights:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def elsewhere(name: str, *prefix: str, **environment: str) -> str:
    """The digest of a program run in a process of its own."""
    command = [*prefix, sys.executable, str(Path(__file__)), name]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def distance(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """The largest difference, relative to the largest weight of its array."""
    return max(float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-9)) for a, b in zip(one, other, strict=True))


def table() -> None:
    """What changes the weights of ``dense`` on this machine, as Markdown."""
    import kerasnb as keras
    from kerasnb import callbacks as C

    first = dense()
    rows: list[tuple[str, str]] = []

    def here(what: str, **changed: Any) -> None:
        weights = dense(**changed)
        same = digest(weights) == digest(first)
        rows.append((what, "the same to the bit" if same else f"differ by up to {distance(first, weights):.1e}"))

    def there(what: str, *prefix: str, name: str = "dense", **environment: str) -> None:
        same = elsewhere(name, *prefix, **environment) == digest(PROGRAMS[name]() if name != "dense" else first)
        rows.append((what, "the same to the bit" if same else "differ"))

    here("the same program again, in one process")
    for number in ("0", "1", "random"):
        there(f"another process, PYTHONHASHSEED={number}", PYTHONHASHSEED=number)
    here("a callback for every batch (one step a call instead of many)",
         callbacks=[C.LambdaCallback(on_train_batch_end=lambda batch, logs: None)])  # fmt: skip
    here("a callback for every epoch", callbacks=[C.LambdaCallback(on_epoch_end=lambda epoch, logs: None)])
    here("a bar in the terminal (verbose=2)", verbose=2)
    here("rewind=True", rewind=True)
    there("one core (taskset)", "taskset", "-c", "0")
    there("one thread in XLA", XLA_FLAGS="--xla_cpu_multi_thread_eigen=false")
    there("eight devices visible, one used", XLA_FLAGS="--xla_force_host_platform_device_count=8")
    here("run_eagerly=True (step by step in Python)", run_eagerly=True)
    here("rows in order (shuffle=False)", shuffle=False)
    here("another batch size (33 instead of 32)", batch_size=33)
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    here("mixed_bfloat16")
    keras.mixed_precision.set_global_policy("float32")
    for name in PROGRAMS:
        there(f"the program {name!r} in another process", name=name)
    print("| changed | weights |\n|---|---|")
    for what, found in rows:
        print(f"| {what} | {found} |")


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if len(sys.argv) > 1:
        print(digest(PROGRAMS[sys.argv[1]]()))
    else:
        table()
