"""Logs as plain numbers: what callbacks, histories and people get to see."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..distribution.processes import host_array

WEIGHTS_LOST = (
    " The weights are no numbers any more: build the model anew (run its cell again) before the next fit, or take up "
    "good ones with load_weights."
)


def as_numbers(logs: dict[str, Any]) -> dict[str, Any]:
    """Logs as Python numbers (arrays stay arrays), sorted by name as Keras has them. Waits for the device.

    A dict among them (a metric of several numbers, as steps of one's own return it) gives its entries.
    """
    found: dict[str, Any] = {}
    for name, value in sorted(logs.items()):
        found.update(as_numbers(value) if isinstance(value, dict) else {name: plain_number(value)})
    return found


def plain_number(value: Any) -> Any:
    """A scalar array as a float; other arrays as NumPy arrays."""
    host = host_array(value)
    return float(host) if host.ndim == 0 else host


def first_bad(losses: Any) -> int | None:
    """The first step whose loss is NaN or infinite, None if all are finite."""
    bad = ~np.isfinite(np.asarray(losses, np.float32))
    return int(np.argmax(bad)) if bad.any() else None


def bad_loss_message(value: float, epoch: int, step: int, steps: int | None, optimizer: Any) -> str:
    """What to say about a loss that is no number, and what to try."""
    rate = ""
    try:
        rate = f" (it is {float(optimizer.learning_rate):.3g})"
    except (AttributeError, TypeError, ValueError):
        pass  # a schedule of one's own, or an optimizer without a rate: the advice stands without the number
    total = f" of {steps}" if steps else ""
    return (
        f"The loss became {'NaN' if np.isnan(value) else 'infinite'} in epoch {epoch + 1}, step {step + 1}{total}. "
        f"Try a smaller learning rate{rate}, clipnorm=1.0 in the optimizer, and scaled inputs; "
        "check x and y for NaN with np.isnan(x).any(). callbacks.TerminateOnNaN() stops a run there and "
        "keeps the last good weights."
    )
