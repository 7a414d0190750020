"""Runs as TensorBoard event files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def to_tensorboard(run: Any, folder: Any) -> Path:
    """Write a run's curves where TensorBoard finds them, under the names that its callback gives.

    Args:
        run: a ``Run``.
        folder: its own folder is made in here: ``FOLDER/run-3/train`` and ``FOLDER/run-3/validation``.

    Returns:
        The run's folder.
    """
    from kerasnb.core.callbacks.event_file import EventFile

    target = Path(folder) / f"run-{run.id}"
    for part, prefix in (("train", ""), ("validation", "val_")):
        names = [n for n in run.history if n.startswith("val_") == bool(prefix)]
        if not names:
            continue
        file = EventFile(target / part)
        try:
            for name in names:
                for epoch, value in zip(run.epoch, run.history[name], strict=True):
                    for i, number in enumerate(np.ravel(np.asarray(value, float))):
                        tag = f"epoch_{name.removeprefix(prefix)}" + (f"/{i}" if np.ndim(value) else "")
                        if np.ndim(value) or np.isfinite(number):
                            file.scalar(tag, float(number), epoch)
        finally:
            file.close()
    return target
