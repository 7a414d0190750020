"""Still pictures of the playground: the plane with its points, the losses and the program, as HTML, PNG and text."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from kerasnb.core.datasets.plane import SIDE
from kerasnb.core.training.progress import number

from .pen import pen
from .playground_run import GRID
from .sprites import encode
from .still import escape, style

# Class 0 or -1 orange, class 1 or 1 blue, the middle nearly white: told apart by colour-blind people.
LOW, MIDDLE, HIGH = (213, 112, 24), (246, 246, 244), (20, 117, 178)
POINTS_SHOWN = 250  # in the still picture
PALER = 0.7  # the ground, so that the points stand out
MAP = 16  # rows of the plane in characters


def title(play: Any) -> str:
    """What is trained, in one line."""
    s = play.settings
    shape = " · ".join(str(u) for u in s.layers) or "no hidden layer"
    return f"Playground · {s.dataset} · {shape} · {s.activation}"


def facts(play: Any) -> list[str]:
    """Epoch and losses in words."""
    said = [f"epoch {play.epoch:,}"]
    if len(play.losses):
        _, loss, test, _, test_accuracy = play.losses[-1]
        said += [f"training loss {number(loss)}", f"test loss {number(test)}"]
        if not play.settings.regression:
            said.append(f"test accuracy {test_accuracy:.1%}")
    return said


def coloured(values: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Bytes (height, width) as colours (height, width, 3); paler with less strength."""
    share = 0.5 + strength * (values.astype(float)[..., None] / 255 - 0.5)
    low, middle, high = (np.array(c, float) for c in (LOW, MIDDLE, HIGH))
    mixed = np.where(share < 0.5, low + (middle - low) * 2 * share, middle + (high - middle) * (2 * share - 1))
    return (mixed + 0.5).astype(np.uint8)


def text(play: Any) -> str:
    """Settings, losses and the plane: # where the network says 1, . where it says 0, o between."""
    s = play.settings
    lines = [title(play), "  " + " · ".join(facts(play))]
    regular = "" if s.regularization == "none" else f", {s.regularization} {s.regularization_rate:g}"
    lines.append(
        f"  {s.optimizer}, learning rate {s.learning_rate:g}, batches of {s.batch_size}{regular}, noise {s.noise:g}, "
        f"{s.train_share:.0%} to train on"
    )
    seen, _ = play.run.look()
    rows = np.linspace(0, GRID - 1, MAP).round().astype(int)
    columns = np.linspace(0, GRID - 1, 2 * MAP).round().astype(int)
    for row in seen[rows][:, columns]:
        lines.append("  " + "".join("#" if v > 170 else "." if v < 85 else "o" for v in row))
    return "\n".join(lines)


def bundle(play: Any) -> dict[str, Any]:
    """HTML, PNG and text."""
    seen, _ = play.run.look()
    colours = coloured(seen, PALER)
    return {
        "text/html": html(play, colours),
        "image/png": base64.b64encode(png(play, colours)).decode(),
        "text/plain": text(play),
    }


def html(play: Any, colours: np.ndarray) -> str:
    """The plane, the losses and the program; comes alive in its place."""
    head = escape(title(play))
    return (
        f'<div class="knb knb-playground {play.place}" role="group" aria-label="{head}">{style("base", "playground")}'
        f'<div class="knb-head"><span class="knb-title">{head}</span>'
        f'<span class="knb-note">{escape(" · ".join(facts(play)))}</span></div>'
        f'<div class="knb-desk knb-flat"><div class="knb-plane"><img alt="What the network says of the plane" '
        f'src="data:image/png;base64,{base64.b64encode(encode(colours)).decode()}">{points_svg(play)}</div>{losses_svg(play)}</div>'
        f'<pre class="knb-code" tabindex="0" data-lm-suppress-shortcuts="true">{escape(play.code())}</pre></div>'
    )


def points_svg(play: Any) -> str:
    """The points to train on as circles over the plane."""
    x, y = play.run.train
    marks = []
    for (a, b), value in zip(x[:POINTS_SHOWN], y[:POINTS_SHOWN, 0], strict=True):
        share = (value + 1) / 2 if play.settings.regression else value
        fill = "#{:02x}{:02x}{:02x}".format(*coloured(np.array([[round(255 * share)]], np.uint8))[0, 0])
        marks.append(f'<circle cx="{50 + a / SIDE * 50:.1f}" cy="{50 - b / SIDE * 50:.1f}" r="1.2" fill="{fill}"/>')
    return f'<svg viewBox="0 0 100 100" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{"".join(marks)}</svg>'


def losses_svg(play: Any) -> str:
    """Training and test loss as curves."""
    losses = play.losses
    if len(losses) < 2:
        return ""
    rows = losses[np.unique(np.linspace(0, len(losses) - 1, 120).round().astype(int))]
    high = max(float(np.nanquantile(rows[:, 1:3], 0.98)), 1e-6)
    last = max(rows[-1, 0], 1)

    def path(column: int) -> str:
        places = [
            f"{8 + 284 * row[0] / last:.1f} {8 + 120 * (1 - min(row[column] / high, 1)):.1f}"
            for row in rows
            if np.isfinite(row[column])
        ]
        return "M" + "L".join(places)

    said = f"training loss {number(losses[-1, 1])}, test loss {number(losses[-1, 2])}"
    return (
        f'<svg class="knb-losses" viewBox="0 0 300 140" role="img" aria-label="{said}" '
        f'xmlns="http://www.w3.org/2000/svg"><path class="t" d="{path(1)}"/><path class="v" d="{path(2)}"/></svg>'
    )


def png(play: Any, colours: np.ndarray) -> bytes:
    """The plane with its points on white, and what was trained."""
    from PIL import Image, ImageFont

    from .picture import INK, PALE

    picture = Image.new("RGB", (960, 500), "white")
    draw = pen(picture)
    head, font = ImageFont.load_default(20), ImageFont.load_default(14)
    draw.text((12, 8), title(play), fill=INK, font=head)
    draw.text((12, 38), " · ".join(facts(play)), fill=PALE, font=font)
    side = 390
    picture.paste(Image.fromarray(colours).resize((side, side), Image.Resampling.BICUBIC), (12, 66))
    x, y = play.run.train
    for (a, b), value in zip(x, y[:, 0], strict=True):
        share = (value + 1) / 2 if play.settings.regression else value
        fill = tuple(coloured(np.array([[round(255 * share)]], np.uint8))[0, 0].tolist())
        px, py = 12 + side * (a + SIDE) / (2 * SIDE), 66 + side * (SIDE - b) / (2 * SIDE)
        draw.ellipse([px - 4, py - 4, px + 4, py + 4], fill=fill, outline="white")
    for i, line in enumerate(play.code().splitlines()):
        draw.text((424, 66 + 21 * i), line[:80], fill=INK, font=ImageFont.load_default(13))
    out = io.BytesIO()
    picture.quantize(128, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()
