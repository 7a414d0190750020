"""Pace: how many steps (or epochs) to run before looking up again, decided by the clock."""

from __future__ import annotations

WATCHED = 0.25  # seconds between looks while somebody watches or may press Stop; each look costs 1 to 2 ms
ALONE = 0.5  # seconds otherwise: an interrupt is still answered within a second
GROWTH = 8  # a chunk may be at most so many times longer than the one before


class Pace:
    """Chunk sizes that take about ``target`` seconds.

    Args:
        target: seconds of work per chunk.
        first: size of the first chunk, before anything was measured.
    """

    def __init__(self, target: float, first: int = 1):
        self.target, self.size = target, first
        self.seconds_per_unit: float | None = None

    def next(self, left: int) -> int:
        """The size of the next chunk: what is left goes in equal parts, no longer than one and a half of the target."""
        parts = max(1, int(left / max(self.size, 1) + 0.5))
        return round(left / parts)

    def measured(self, units: int, seconds: float) -> None:
        """Note how long a chunk took (not one that compiled)."""
        rate = seconds / max(units, 1)
        old = self.seconds_per_unit
        self.seconds_per_unit = rate if old is None else 0.5 * old + 0.5 * rate
        wanted = int(self.target / max(self.seconds_per_unit, 1e-9))
        self.size = max(1, min(wanted, self.size * GROWTH))
