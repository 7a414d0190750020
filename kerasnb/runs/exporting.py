"""Runs as TensorBoard event files, and as runs of MLflow where that is installed."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Sequence
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


METRICS_AT_ONCE, PARAMETERS_AT_ONCE = 1000, 100  # MLflow's limits for one batch
LONGEST = 500  # characters of a parameter's value that every version of MLflow takes
STATES = {"finished": "FINISHED", "stopped": "FINISHED", "failed": "FAILED", "running": "RUNNING"}


def to_mlflow(run: Any, experiment: str = "kerasnb", tracking_uri: str | None = None) -> str:
    """Write a run into MLflow: its curves, what was chosen for it, the model's configuration as an artifact.

    Args:
        run: a ``Run``.
        experiment: the experiment's name; it is made where it is not there.
        tracking_uri: where MLflow keeps its runs, such as ``sqlite:///mlflow.db`` or a server's address; by default
            what ``MLFLOW_TRACKING_URI`` and MLflow itself say.

    Returns:
        MLflow's id of the run. Another export makes another run.

    Raises:
        ImportError: MLflow is not installed.
    """
    try:
        tracking = importlib.import_module("mlflow.tracking")
        entities = importlib.import_module("mlflow.entities")
    except ImportError as error:
        raise ImportError("Runs go to MLflow where it is installed: pip install mlflow") from error
    from .comparing import settings_of

    client = tracking.MlflowClient(tracking_uri=tracking_uri)
    found = client.get_experiment_by_name(experiment)
    place = found.experiment_id if found is not None else client.create_experiment(experiment)
    tags = {
        "kerasnb.run": run.id, "kerasnb.status": run.status, "kerasnb.hash": run.hash, "kerasnb.notebook": run.notebook,
        "kerasnb.cell": run.cell, "kerasnb.message": run.message, "kerasnb.tags": ", ".join(run.tags),
        "mlflow.note.content": run.notes,
    }  # fmt: skip
    started = round(run.started * 1000)
    made = client.create_run(
        place, start_time=started, tags={k: str(v) for k, v in tags.items() if v not in (None, "")},
        run_name=run.name or f"run {run.id}",
    )  # fmt: skip
    number = made.info.run_id
    chosen = {"model.name": run.model, "model.parameters": str(run.parameters), **settings_of(run)}
    parameters = [entities.Param(plain_key(k), v[:LONGEST]) for k, v in chosen.items()]
    for part in batches(list({p.key: p for p in parameters}.values()), PARAMETERS_AT_ONCE):
        client.log_batch(number, params=part)
    passed, metrics = 0.0, []
    for place_, epoch in enumerate(run.epoch):
        passed += run.seconds[place_]
        for name, values in run.history.items():
            for i, value in enumerate(np.ravel(np.asarray(values[place_], float))):
                key = plain_key(f"{name}/{i}" if np.ndim(values[place_]) else name)
                metrics.append(entities.Metric(key, float(value), started + round(passed * 1000), epoch))
    for part in batches(metrics, METRICS_AT_ONCE):
        client.log_batch(number, metrics=part)
    if run.config:
        client.log_text(number, json.dumps(run.config, indent=1), "model.json")
    ended = None if run.duration is None else round((run.started + run.duration) * 1000)
    client.set_terminated(number, STATES.get(run.status, "FINISHED"), ended)
    return number


def plain_key(name: str) -> str:
    """A name in the letters that MLflow takes.

    >>> plain_key("model.layers.2 Dense[0]:units")
    'model.layers.2 Dense_0__units'
    """
    return re.sub(r"[^\w\-./ ]", "_", name)[:250]


def batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in pieces of at most ``size``."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
