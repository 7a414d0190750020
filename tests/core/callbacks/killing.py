"""A run that is killed again and again (SIGKILL, at random instants) ends as the run that never was.

    python tests/core/callbacks/killing.py 200

Each child is forked from a process that has imported everything and started no device, so a restart costs little.
After each kill the folder of the backup is looked at from outside: it must hold a whole backup as soon as one was
ever there, and never one older than before.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

EPOCHS, ROWS = 24, 22


def train(folder: Path, freq: str | int) -> None:
    """What each child runs: the same program every time."""
    import numpy as np

    import kerasnb as keras
    from kerasnb import callbacks as C
    from kerasnb import layers as L

    x = np.random.RandomState(0).standard_normal((ROWS, 3)).astype("float32")
    y = (np.arange(ROWS) % 2).astype("float32")[:, None]
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [keras.Input((3,)), L.Dense(8, "tanh"), L.BatchNormalization(), L.Dropout(0.4), L.Dense(1, "sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    chosen = [
        C.BackupAndRestore(folder / "backup", save_freq=freq, double_checkpoint=True),
        C.ReduceLROnPlateau(monitor="loss", factor=0.7, patience=1, min_delta=0.02),
        C.EarlyStopping(monitor="val_loss", patience=EPOCHS, restore_best_weights=True),
        C.LambdaCallback(on_train_begin=lambda *logs: os.write(1, b"b")),
    ]
    history = model.fit(
        x, y, batch_size=4, epochs=EPOCHS, validation_split=0.3, verbose=0, callbacks=chosen
    )  # fmt: skip
    arrays = [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]]
    np.savez(folder / "fresh.npz", json.dumps(history.history), *arrays)
    os.replace(folder / "fresh.npz", folder / "result.npz")


def child(folder: Path, freq: str | int, seconds: float | None = None) -> tuple[str, float]:
    """Run it in a process of its own; "killed" after so many seconds of training, else "ended"; and the seconds."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(write, 1)
            os.close(read)
            train(folder, freq)
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    os.close(write)
    began = time.monotonic()
    if seconds is not None:
        select.select([read], [], [], 120)  # training has begun
        began = time.monotonic()
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(read)
    if os.WIFSIGNALED(status):
        return "killed", time.monotonic() - began
    assert os.WEXITSTATUS(status) == 0, "a restart failed: see its traceback above"
    return "ended", time.monotonic() - began


def kept(folder: Path) -> tuple[int, int] | None:
    """(epoch, step) of the newest whole backup, read from outside; None without one."""
    import h5py

    for name in ("current", "previous"):
        place = folder / "backup" / name
        if not place.is_dir():
            continue
        facts = json.loads((place / "training_metadata.json").read_text())
        with h5py.File(place / "latest.weights.h5", "r") as file:
            assert len(file["run_arrays"]) > 0
        return facts["epoch"], facts["step"]
    return None


def same(one: Path, other: Path) -> bool:
    """Whether two results are equal to the bit."""
    import numpy as np

    with np.load(one / "result.npz") as a, np.load(other / "result.npz") as b:
        return a.files == b.files and all(a[k].tobytes() == b[k].tobytes() for k in a.files)


def campaign(kills: int, folder: Path, seed: int = 0, say=print) -> dict[str, float]:
    """So many kills, over as many runs as it takes; what was seen."""
    # Everything imported, no device started: threads would not survive the fork.
    import flax.nnx  # noqa: F401
    import h5py  # noqa: F401
    import optax  # noqa: F401

    import kerasnb.core.callbacks.backup_and_restore
    import kerasnb.core.models.sequential
    import kerasnb.core.saving.weights  # noqa: F401

    warnings.filterwarnings("ignore", message=".*fork", category=RuntimeWarning)
    rng = random.Random(seed)
    references: dict[str | int, Path] = {}
    length = 0.0
    for freq in ("epoch", 2):
        references[freq] = folder / f"whole-{freq}"
        references[freq].mkdir()
        child(references[freq], freq)  # fills the cache of compiled programs
        (references[freq] / "result.npz").unlink()
        _, seconds = child(references[freq], freq)
        length = max(length, seconds)
    found = {"kills": 0, "runs": 0, "within a write": 0, "resumed": 0}
    while found["kills"] < kills:
        freq = rng.choice(["epoch", 2])
        place = folder / f"run-{found['runs']}"
        place.mkdir()
        last: tuple[int, int] | None = None
        for _ in range(8):
            if found["kills"] >= kills:
                break
            end, _ = child(place, freq, rng.uniform(0, 0.4 * length))
            if end == "ended":
                break
            found["kills"] += 1
            found["within a write"] += any(p.name.startswith(("fresh-", "gone-")) for p in place.glob("backup/*"))
            now = kept(place)
            if not (place / "result.npz").exists() and last is not None and now is not None:
                assert now >= last, f"the backup went back from {last} to {now}"
            found["resumed"] += now is not None
            last = now or last
        if not (place / "result.npz").exists():
            child(place, freq)
        assert same(place, references[freq]), f"{place} differs from the run that was never killed"
        found["runs"] += 1
        say(found)
    return found


if __name__ == "__main__":
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    with tempfile.TemporaryDirectory() as scratch:
        print(campaign(int(sys.argv[1]) if len(sys.argv) > 1 else 20, Path(scratch)))
