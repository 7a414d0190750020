"""What a monitor tells its view: what is new, or everything so far. Numbers travel as float32, rows as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numbers import json_numbers
from .past import branch_json
from .record import Run
from .series import thin

Message = tuple[dict[str, Any], list[bytes]]

SNAPSHOT_POINTS = 20_000
SNAPSHOT_MEANS = 400
SNAPSHOT_NORMS = 4000


class Sent:
    """How much of a run the browser knows already."""

    def __init__(self) -> None:
        self.steps = self.epochs = self.rates = self.norms = 0


def news(run: Run, sent: Sent, now: dict[str, Any]) -> Message:
    """What came since the last message; buffers: losses of steps, counts and values of gradient norms."""
    content = {
        "kind": "news",
        "now": now,
        "from": sent.steps,
        "epochs": rows(run, sent.epochs),
        "rates": run.rates[sent.rates :],
    }
    fresh = run.norms[sent.norms :]
    at = np.concatenate([p[0] for p in fresh] or [np.zeros(0)])
    norms = np.concatenate([p[1] for p in fresh] or [np.zeros(0)])
    buffers = [run.losses[sent.steps :].tobytes(), *map(floats, (at, norms))]
    note(run, sent)
    return content, buffers


def snapshot(run: Run, sent: Sent, now: dict[str, Any]) -> Message:
    """Everything so far, thinned; buffers: places and losses of steps, counts and values of gradient norms."""
    x, y = thin(np.arange(run.count, dtype=float), run.losses.astype(float), SNAPSHOT_POINTS)
    at, norms = thin(*run.fine("gradient norm"), SNAPSHOT_NORMS)
    stride = max(1, len(run.means) // SNAPSHOT_MEANS)
    content = {
        "kind": "snapshot",
        "now": now,
        "count": run.count,
        "epochs": rows(run, 0),
        "rates": run.rates,
        "means": [[count, json_numbers(means)] for count, means in run.means[::stride]],
        "branches": [branch_json(b) for b in run.past.branches],
    }
    note(run, sent)
    return content, [floats(a) for a in (x, y, at, norms)]


def note(run: Run, sent: Sent) -> None:
    """Remember that the browser knows everything up to now."""
    sent.steps, sent.epochs, sent.rates, sent.norms = run.count, len(run.rows), len(run.rates), len(run.norms)


def rows(run: Run, first: int) -> list[dict[str, Any]]:
    """Rows of the epochs from ``first`` on: number, count of steps at its end, values."""
    return [
        {"epoch": run.epochs[i], "end": run.ends[i], "values": json_numbers(run.rows[i])}
        for i in range(first, len(run.rows))
    ]


def floats(values: Any) -> bytes:
    return np.asarray(values, np.float32).tobytes()
