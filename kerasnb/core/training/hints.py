"""Hints: what the numbers of a run say about it, in plain words with the evidence. Pure functions of the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .progress import number

RISE = 0.02  # a validation loss so much above its lowest, relative to that, has risen
TREMBLING = 4.0  # standard deviations of a curve that trembles from epoch to epoch: such a rise is one
PATIENCE = 3  # epochs after the best one before anything is said
STILL, ALIKE = 0.01, 0.05  # of the way down, and of the loss itself: what is gained later is nothing


@dataclass(frozen=True)
class Hint:
    """One thing that a run's numbers say.

    Attributes:
        kind: "overfitting", "divergence", "no progress", "plateau" or "not finite".
        evidence: what happened, with the numbers and epochs (from 1, as the charts count).
        advice: what to try.
        epoch: the epoch it is about: the best one before the loss rose, or the one since which it has stood still.
    """

    kind: str
    evidence: str
    advice: str
    epoch: int

    def __str__(self) -> str:
        return f"{self.evidence} {self.advice}"


def hints(history: Mapping[str, Sequence[Any]], epochs: Sequence[int] | None = None) -> list[Hint]:
    """What the losses of a run say: divergence, no progress or a plateau of training, and overfitting.

    Args:
        history: name -> one number per epoch; ``loss`` and ``val_loss`` are looked at.
        epochs: the epochs' numbers, from 0. Where there are fewer validation losses than epochs, they are taken for
            those of every second, third, ... epoch.

    >>> falling = [1 / e for e in range(1, 13)]
    >>> rising = [1.0, 0.8, 0.7, 0.6, 0.55, 0.6, 0.64, 0.69, 0.72, 0.77, 0.8, 0.84]
    >>> print(hints({"loss": falling, "val_loss": rising})[0].evidence)
    Overfitting: the validation loss has risen for 7 epochs (best was epoch 5 with 0.5500, now 0.8400), while the training loss fell on from 0.2000 to 0.0833.
    """  # noqa: E501
    train, validation = _series(history, "loss", epochs), _series(history, "val_loss", epochs)
    found = [not_finite(*train) or divergence(*train) or no_progress(*train) or plateau(*train)]
    if found[0] is None or found[0].kind == "plateau":
        over = overfitting(train, validation)
        found = [over] if over is not None else found
    return [hint for hint in found if hint is not None]


def overfitting(train: tuple, validation: tuple) -> Hint | None:
    """The validation loss rises for some epochs while the training loss goes on falling.

    Args:
        train, validation: (epoch numbers, losses), each (n,).
    """
    epochs, values = validation
    if len(values) <= PATIENCE or not np.isfinite(values).all() or not len(train[1]):
        return None
    best = int(np.argmin(values))
    since = int(epochs[-1] - epochs[best])
    if len(values) - 1 - best < max(PATIENCE, len(values) // 10):
        return None
    # A single high value says nothing, nor does a rise that is no larger than the curve's own trembling.
    rise = float(np.median(values[-PATIENCE:])) - values[best]
    if rise <= max(RISE * abs(values[best]), TREMBLING * trembling(values[max(0, best - 3) :])):
        return None
    at_best = float(train[1][int(np.argmin(np.abs(train[0] - epochs[best])))])
    now = float(train[1][-1])
    if not now < at_best:
        return None
    return Hint(
        "overfitting",
        f"Overfitting: the validation loss has risen for {since} epochs (best was epoch {epochs[best]} with "
        f"{number(values[best])}, now {number(values[-1])}), while the training loss fell on from {number(at_best)} to "
        f"{number(now)}.",
        f"The weights of epoch {epochs[best]} are the better ones: callbacks.EarlyStopping(patience={PATIENCE}, "
        "restore_best_weights=True) keeps them; Dropout, weight_decay or more data help against it.",
        int(epochs[best]),
    )


def trembling(values: np.ndarray) -> float:
    """The standard deviation of independent noise on a smooth curve, out of its second differences.

    For normal noise of deviation s their median size is 0.6745 sqrt(6) s = 1.65 s.
    """
    return float(np.median(np.abs(np.diff(values, 2)))) / 1.65 if len(values) > 2 else 0.0


def not_finite(epochs: np.ndarray, values: np.ndarray) -> Hint | None:
    """The training loss is NaN or infinite."""
    bad = np.flatnonzero(~np.isfinite(values))
    if not len(bad):
        return None
    epoch, what = int(epochs[bad[0]]), "NaN" if np.isnan(values[bad[0]]) else "infinite"
    before = f" after {number(values[bad[0] - 1])} in epoch {epochs[bad[0] - 1]}" if bad[0] else ""
    return Hint(
        "not finite",
        f"Divergence: the training loss became {what} in epoch {epoch}{before}.",
        "Try a smaller learning rate, clipnorm=1.0 in the optimizer, and scaled inputs.",
        epoch,
    )


def divergence(epochs: np.ndarray, values: np.ndarray) -> Hint | None:
    """The training loss has lost at least half of what it had gained, or rises from the beginning."""
    if len(values) < PATIENCE:
        return None
    best = int(np.argmin(values))
    since = len(values) - 1 - best
    now = float(np.min(values[-2:]))  # of the last two, so that one bad epoch alone says nothing
    low, gained = float(values[best]), float(values[0] - values[best])
    if since < 2 or now - low <= max(0.5 * gained, 0.2 * abs(low)):
        return None
    return Hint(
        "divergence",
        f"Divergence: the training loss has risen for {since} epochs (it was {number(low)} in epoch {epochs[best]}, "
        f"now {number(values[-1])}).",
        "The learning rate may be too large: try a tenth of it, or clipnorm=1.0 in the optimizer.",
        int(epochs[best]),
    )


def no_progress(epochs: np.ndarray, values: np.ndarray) -> Hint | None:
    """The training loss has not fallen since the first epoch."""
    if len(values) <= PATIENCE or values[0] - np.min(values) > STILL * abs(values[0]) or not values[0]:
        return None
    return Hint(
        "no progress",
        f"No progress: the training loss has hardly fallen since epoch {epochs[0]} ({number(values[0])}, now "
        f"{number(values[-1])}).",
        "Try a learning rate ten times smaller or larger, scale the inputs, and check that the labels belong to their "
        "rows.",
        int(epochs[0]),
    )


def plateau(epochs: np.ndarray, values: np.ndarray) -> Hint | None:
    """The training loss has come down, and has gained nothing more for a fifth of the run (at least 5 epochs)."""
    if len(values) < 8:
        return None
    low = float(np.min(values))
    way = float(values[0]) - low
    nothing = min(STILL * way, ALIKE * abs(low))
    still = int(np.argmax(values - low <= nothing))  # the first that is as good as the lowest
    since = len(values) - 1 - still
    if way <= 0 or since < max(5, len(values) // 5) or np.median(values[still:]) - low > 5 * nothing:
        return None
    return Hint(
        "plateau",
        f"Plateau: the training loss has hardly changed for {since} epochs ({number(values[still])} in epoch "
        f"{epochs[still]}, now {number(values[-1])}).",
        "More epochs alone will change little: a smaller learning rate (callbacks.ReduceLROnPlateau) or a larger model "
        "may.",
        int(epochs[still]),
    )


def _series(history: Mapping[str, Sequence[Any]], name: str, epochs: Sequence[int] | None) -> tuple:
    """(epoch numbers from 1, values) of a history's number."""
    values = np.array([_mean(v) for v in history.get(name, ())], float)
    numbers = np.arange(len(values)) if epochs is None else np.asarray(epochs, int)
    every = max(1, len(numbers) // max(len(values), 1))
    numbers = numbers[every - 1 :: every][: len(values)] + 1
    return numbers, values[: len(numbers)]


def _mean(value: Any) -> float:
    if isinstance(value, float):
        return value
    try:
        return float(np.mean(value))
    except (TypeError, ValueError):
        return float("nan")
