"""What the card shows of one layer when it is unfolded: settings, each weight with its histogram and gradient."""

from __future__ import annotations

import math
from typing import Any

from kerasnb.core.models.layer_facts import Budget, WeightFacts, settings, weight_facts
from kerasnb.core.models.summary import _shape_text as shape_text

from .still import escape

WIDTH, HEIGHT = 168, 34  # of a histogram
COLUMNS = ("weight", "shape", "values", "mean ± spread", "gradient")


def panel_html(operation: Any, budget: Budget | None = None, gradients: dict[int, float] | None = None) -> str:
    """Settings and weights of a layer; "" where there is nothing to say.

    Args:
        operation: a layer or recorded function.
        budget: bytes that may be fetched from an accelerator for histograms.
        gradients: norm of the gradient by ``id`` of each weight, if it is known.
    """
    said = settings(operation)
    parts = []
    if said:
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said)
        parts.append(f'<dl class="knb-settings">{rows}</dl>')
    weights = _own_weights(operation)
    facts = weight_facts(weights, budget)
    if facts:
        sizes = [None if gradients is None else gradients.get(id(v)) for v in weights]
        rows = "".join(_weight(one, size) for one, size in zip(facts, sizes, strict=True))
        head = "".join(
            f'<th scope="col">{name}</th>' for name in ("weight", "shape", "values", "mean ± spread", "gradient")
        )
        parts.append(f'<table class="knb-weights"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')
    return "".join(parts)


def _own_weights(operation: Any) -> list[Any]:
    """Weights of a layer; of a model inside none, since its layers follow it."""
    if hasattr(operation, "_nodes") or hasattr(operation, "_functional") or not getattr(operation, "built", False):
        return []
    return list(getattr(operation, "weights", ()))


def _weight(facts: WeightFacts, size: float | None) -> str:
    if facts.broken:
        values = f'<b class="knb-alarm">{facts.broken:,} of {facts.looked_at:,} are NaN or infinite</b>'
    elif facts.counts:
        values = histogram_svg(facts)
    elif facts.looked_at:
        values = f"all {facts.low:.4g}"
    else:
        values = "not fetched: too large" if facts.count else "empty"
    spread = "" if math.isnan(facts.mean) else f"{facts.mean:.3g} ± {facts.spread:.2g}"
    gradient = "–" if size is None else f"{size:.3g}"
    if not facts.trainable:
        gradient = "not trained"
    return (
        f'<tr><th scope="row">{escape(facts.name)}</th><td>{escape(shape_text(facts.shape))}</td><td>{values}</td>'
        f"<td>{spread}</td><td>{gradient}</td></tr>"
    )


def histogram_svg(facts: WeightFacts) -> str:
    """The values of a weight, counted in equal bins, with the ends of the range below."""
    most, each = max(facts.counts), WIDTH / len(facts.counts)
    bars = "".join(
        f"M{i * each:.1f} {HEIGHT}v-{HEIGHT * n / most:.1f}h{each - 1:.1f}V{HEIGHT}z"
        for i, n in enumerate(facts.counts)
        if n
    )
    zero = ""
    if facts.low < 0 < facts.high:
        x = -facts.low / (facts.high - facts.low) * WIDTH
        zero = f'<path class="knb-zero" d="M{x:.1f} 0V{HEIGHT + 3}"/>'
    sampled = f", from {facts.looked_at:,} of them" if facts.looked_at < facts.count else ""
    words = f"{facts.count:,} values from {facts.low:.3g} to {facts.high:.3g}{sampled}"
    return (
        f'<svg class="knb-histogram" viewBox="0 0 {WIDTH} {HEIGHT + 14}" width="{WIDTH}" height="{HEIGHT + 14}" '
        f'role="img" aria-label="{words}"><title>{words}</title>{zero}<path class="knb-bar" d="{bars}"/>'
        f'<text x="0" y="{HEIGHT + 12}">{facts.low:.2g}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 12}" text-anchor="end">{facts.high:.2g}</text></svg>'
    )
