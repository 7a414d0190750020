"""The curves of runs, thinned to what a line of a table can show. Loads nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .reading import opened

POINTS = 48  # of one curve


def curves_of(ids: Sequence[int]) -> dict[int, dict[str, list[float]]]:
    """Loss and validation loss of runs by number; of a long run every n-th epoch."""
    found: dict[int, dict[str, list[float]]] = {}
    with opened() as connection:
        if connection is None:
            return found
        for number in ids:
            (count,) = connection.execute("SELECT count(*) FROM epochs WHERE run = ?", (number,)).fetchone()
            step = max(1, -(-count // POINTS))
            curves: dict[str, list[float]] = {"loss": [], "val_loss": []}
            for (text,) in connection.execute(
                "SELECT logs FROM epochs WHERE run = ? AND epoch % ? = 0 ORDER BY epoch", (number, step)
            ):
                logs = json.loads(text)
                for name, values in curves.items():
                    if isinstance(logs.get(name), (int, float)):
                        values.append(float(logs[name]))
            found[number] = curves
    return found
