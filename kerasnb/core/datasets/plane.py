"""Plane: points with two coordinates, drawn anew from a formula; to watch a network learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..registry import did_you_mean
from .splitting import Split

SIDE = 6.0  # points lie between -SIDE and SIDE on both axes

Points = tuple[np.ndarray, np.ndarray]


def load_data(
    name: str = "circles", samples: int = 400, noise: float = 0.1, train_share: float = 0.5, seed: int = 0
) -> Split:
    """Points in the plane with two classes, or with a value to predict.

    Args:
        name: of two classes "circles" (a disc in a ring), "xor" (four quarters), "gaussians" (two clouds), "moons" (two
            half circles), "spiral" (two arms); of values from -1 to 1 "plane" (a slope), "hills" (bells up and down).
        samples: how many points.
        noise: from 0 to 1, how far the points stray from their places.
        train_share: share of the points to train on, between 0 and 1.
        seed: of the draw.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: x float32 (n, 2) within -6 and 6; y float32 (n, 1), 0 or 1 for
        classes, -1 to 1 for values.

    >>> (x_train, y_train), (x_test, y_test) = load_data("spiral", samples=200, train_share=0.7)
    >>> x_train.shape, y_test.shape, sorted(set(y_train.ravel().tolist()))
    ((140, 2), (60, 1), [0.0, 1.0])
    """
    if name not in SETS:
        raise ValueError(
            f"plane.load_data: there is no set {name!r}; there are {', '.join(SETS)}.{did_you_mean(name, list(SETS))}"
        )
    if isinstance(samples, bool) or not hasattr(samples, "__index__") or not 10 <= int(samples) <= 100_000:
        raise ValueError(f"plane.load_data: samples must be an integer from 10 to 100000, got samples={samples!r}.")
    if not 0 <= float(noise) <= 1:
        raise ValueError(f"plane.load_data: noise must be from 0 to 1, got noise={noise!r}.")
    if not 0 < float(train_share) < 1:
        raise ValueError(f"plane.load_data: train_share must lie between 0 and 1, got train_share={train_share!r}.")
    draw = np.random.default_rng(seed)
    x, y = SETS[name](int(samples), float(noise), draw)
    x = np.clip(x, -SIDE, SIDE).astype(np.float32)
    order = draw.permutation(len(x))
    x, y = x[order], y.astype(np.float32).reshape(-1, 1)[order]
    edge = min(max(round(len(x) * float(train_share)), 1), len(x) - 1)
    return (x[:edge], y[:edge]), (x[edge:], y[edge:])


def _halves(samples: int) -> np.ndarray:
    """Labels: half 0, half 1."""
    return (np.arange(samples) >= samples // 2).astype(float)


def circles(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """Class 1 within a disc of radius 2.5, class 0 in a ring from 3.5 to 5."""
    y = _halves(samples)
    radius = np.where(y == 1, 2.5 * np.sqrt(draw.uniform(0, 1, samples)), draw.uniform(3.5, 5, samples))
    return _polar(radius, draw.uniform(0, 2 * np.pi, samples)) + draw.normal(0, 1.5 * noise, (samples, 2)), y


def xor(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """Class 1 where both coordinates have the same sign."""
    x = draw.uniform(0.3, 5, (samples, 2)) * draw.choice([-1.0, 1.0], (samples, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(float)
    return x + draw.normal(0, 1.5 * noise, (samples, 2)), y


def gaussians(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """A cloud around (2, 2) and one around (-2, -2)."""
    y = _halves(samples)
    centre = np.where(y == 1, 2.0, -2.0)[:, None]
    return centre + draw.normal(0, 0.7 + 2 * noise, (samples, 2)), y


def moons(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """Two half circles that reach into one another."""
    y = _halves(samples)
    arc = draw.uniform(0, np.pi, samples)
    x = np.where(y == 1, 1.6 - 3.2 * np.cos(arc), -1.6 + 3.2 * np.cos(arc))
    z = np.where(y == 1, 0.8 - 3.2 * np.sin(arc), -0.8 + 3.2 * np.sin(arc))
    return np.stack([x, z], 1) + draw.normal(0, 0.15 + noise, (samples, 2)), y


def spiral(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """Two arms around one another, each a turn and three quarters."""
    y = _halves(samples)
    along = np.sqrt(draw.uniform(0.01, 1, samples))
    angle = 1.75 * 2 * np.pi * along + np.pi * y
    return _polar(5 * along, angle) + draw.normal(0, 0.8 * noise, (samples, 2)), y


def plane(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """The value rises along the diagonal."""
    x = draw.uniform(-SIDE, SIDE, (samples, 2))
    return x, np.clip(x.sum(1) / (2 * SIDE) + draw.normal(0, 0.4 * noise, samples), -1, 1)


def hills(samples: int, noise: float, draw: np.random.Generator) -> Points:
    """Three bells up and three down."""
    x = draw.uniform(-SIDE, SIDE, (samples, 2))
    tops = np.array([[-4, 2.5], [0, -2.5], [4, 2.5], [-4, -2.5], [0, 2.5], [4, -2.5]])
    bells = np.exp(-((x[:, None] - tops) ** 2).sum(-1) / 4)  # (samples, 6)
    return x, np.clip(bells @ [1, 1, 1, -1, -1, -1] + draw.normal(0, 0.4 * noise, samples), -1, 1)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1)


SETS: dict[str, Callable[[int, float, np.random.Generator], Points]] = {
    "circles": circles, "xor": xor, "gaussians": gaussians, "moons": moons, "spiral": spiral, "plane": plane,
    "hills": hills,
}  # fmt: skip
VALUES = ("plane", "hills")  # those with a value to predict
