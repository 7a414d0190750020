"""What stands out in the activations of a model, in plain words with the evidence."""

from __future__ import annotations

from .activations import LayerStatistics


def hints_of(statistics: list[LayerStatistics], rows: int) -> list[str]:
    """What stands out, in plain words with the evidence."""
    found = []
    broken = [s for s in statistics if s.broken]
    if broken:
        first = broken[0]
        found.append(
            f"{first.key} is the first layer with outputs that are NaN or infinite ({first.broken:,} of them). Look at "
            "its weights and inputs; a smaller learning rate or clipnorm keeps training from diverging."
        )
    for s in statistics:
        if s.dead and len(s.dead) == s.units:
            found.append(f"{s.key}: all {s.units} units are 0 on all {rows:,} samples: nothing passes this layer.")
        elif s.dead and len(s.dead) >= max(2, 0.1 * s.units):
            found.append(
                f"{s.key}: {len(s.dead)} of {s.units} units never fire on these {rows:,} samples. A smaller learning "
                "rate, another initializer or leaky_relu wakes such units."
            )
        if s.saturated is not None and s.saturated > 0.5 and not _is_last(s, statistics):
            found.append(
                f"{s.key}: {s.saturated:.0%} of the outputs lie at the ends of the activation, where hardly any "
                "gradient passes. Normalise its inputs, or use a smaller learning rate."
            )
    return found


def _is_last(one: LayerStatistics, statistics: list[LayerStatistics]) -> bool:
    return one is statistics[-1]
