"""A run that dies by SIGTERM or SIGKILL at every stage: its files are whole, and the next run goes on from them.

    python tests/faults/dying.py

Each child is forked from a process that has imported everything and started no device.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("JAX_PLATFORMS", "cpu")


def child(work, *arguments) -> int:
    """Run it in a process of its own; its status as ``waitpid`` gives it."""
    pid = os.fork()
    if pid == 0:
        try:
            work(*arguments)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def train(place: str, number: int, folder: Path) -> None:
    """The run that dies."""
    from faults.stages import STAGES, Strike, send

    from kerasnb import callbacks as C

    stage = STAGES[place]
    run = stage.make(Strike(send(number), stage.at), folder)
    if place == "backup":
        run.fit()
    else:
        run.fit(C.BackupAndRestore(folder / "backup", delete_checkpoint=False))


def go_on(folder: Path) -> None:
    """What is found afterwards, and the run that goes on."""
    import numpy as np
    from faults.stages import BATCH, EPOCHS, X, Y, network

    import kerasnb as keras
    from kerasnb import callbacks as C

    if (folder / "best.keras").exists():
        assert all(np.isfinite(w).all() for w in keras.saving.load_model(folder / "best.keras").get_weights())
    model, whole = network(), network()
    options = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "verbose": 0}
    before = (folder / "backup" / "current").is_dir()
    resumed = []
    watch = C.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: resumed.append(epoch))
    history = model.fit(
        X, Y, **options,
        callbacks=[C.BackupAndRestore(folder / "backup"), C.ModelCheckpoint(str(folder / "best.keras")), watch],
    )  # fmt: skip
    assert history.epoch == list(range(EPOCHS)), history.epoch
    assert not before or resumed[0] > 0, "the backup was not taken up"
    whole.fit(X, Y, **options)
    for ours, wanted in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-6)
    keras.saving.load_model(folder / "best.keras")


def main() -> int:
    """The whole column."""
    # Everything imported, no device started: threads would not survive the fork.
    import faults.stages as stages
    import flax.nnx  # noqa: F401
    import h5py  # noqa: F401
    import optax  # noqa: F401

    import kerasnb.core.callbacks.backup_and_restore
    import kerasnb.core.models.sequential
    import kerasnb.core.saving.weights
    import kerasnb.widgets.monitor  # noqa: F401

    warnings.filterwarnings("ignore", message=".*fork", category=RuntimeWarning)
    recovered = 0
    for place in stages.STAGES:
        for name, number in stages.DEADLY.items():
            with tempfile.TemporaryDirectory() as scratch:
                status = child(train, place, number, Path(scratch))
                assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == number, f"{place}: did not die of {name}"
                assert child(go_on, Path(scratch)) == 0, f"{place} after {name}"
                recovered += 1
    print(f"{recovered} of {2 * len(stages.STAGES)} recovered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
