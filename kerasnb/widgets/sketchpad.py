"""Sketchpad: draw, and watch what the model makes of it."""

from __future__ import annotations

import base64
import io
from typing import Any, NamedTuple

import numpy as np

from .handwriting import normalised
from .in_place import InPlace, Link
from .labels import UNKNOWN, labels_of
from .outputs import outputs_of
from .pen import pen
from .picture import INK, PALE, TRAINING
from .predictions import Predictions, judge, task_of
from .samples import CHANNELS, image_shape_of
from .sprites import data_uri
from .still import escape, style

CLASSES_SHOWN = 10
MOST_SIDE = 512  # of a drawing that is taken


class Sketch(NamedTuple):
    """A drawing that was kept.

    Attributes:
        image: in the model's input shape, without the batch axis.
        label: its class, or None.
    """

    image: np.ndarray
    label: int | None


class Sketchpad(InPlace):
    """A pad to draw on, with the model's class probabilities beside it while you draw.

    The drawing is scaled and centred as MNIST's digits were, and brought into the model's input shape. While
    ``fit`` runs with the live view, the pad answers too, with the weights of that moment.

    Args:
        model: a classifier of images: its input is (height, width), (height, width, channels) or a flat row.
        class_names: one name for each class.
        image_shape: (height, width) or (height, width, channels), where a flat input is no square.
        like: samples the model was trained on, to know the value of ink and of paper; without them ink is ``ink``
            and paper 0.
        ink: the input's value where there is ink: 1 by default, 255 behind a Rescaling layer.
        centre: whether to scale and centre the drawing; without, it is only made smaller.
        threshold: of a binary model.

    Attributes:
        samples: the drawings that were kept, a list of (image, label).
        image: the drawing as the model sees it, or None.
        predictions: of that drawing, or None.

    Example: ``pad = keras.widgets.Sketchpad(model)``, and after drawing some, ``x, y = pad.arrays()``.
    """

    view_name = "sketchpad"

    def __init__(
        self, model: Any, class_names: Any = None, *, image_shape: Any = None, like: Any = None,
        ink: float | None = None, centre: bool = True, threshold: float = 0.5,
    ):  # fmt: skip
        self.model, self.centre = model, centre
        self.input_shape = input_shape_of(model)
        shape = image_shape_of(self.input_shape, image_shape)
        if shape is None:
            raise ValueError(
                f"Sketchpad: the model's input {self.input_shape} is no image: it takes (height, width), "
                f"(height, width, channels) with {CHANNELS} channels, or the flat row of a square image. "
                "Say how to fold another row: image_shape=(height, width)."
            )
        self.shape = shape
        self.low, self.high = ink_values(like, model if ink is None else None, ink)
        self._judging = {"class_names": class_names, "threshold": threshold}
        self.samples: list[Sketch] = []
        self.image: np.ndarray | None = None
        self.predictions: Predictions | None = None
        self.class_names = self._ask(np.zeros(self.input_shape, np.float32)).names

    # --- in Python -------------------------------------------------------------------------------------

    def draw(self, ink: Any) -> Predictions | None:
        """Put a drawing on the pad and ask the model.

        Args:
            ink: (rows, columns), 0 paper, 1 (or 255 as bytes) ink.

        Returns: the predictions for one sample; None for an empty drawing.
        """
        drawing = np.asarray(ink)
        drawing = drawing / 255.0 if drawing.dtype == np.uint8 else drawing
        h, w, c = self.shape
        seen = normalised(drawing, h, w) if self.centre else _shrunk(drawing, h, w)
        if not seen.any():
            self.image = self.predictions = None
            return None
        values = self.low + seen * (self.high - self.low)
        self.image = np.repeat(values[..., None], c, axis=-1).reshape(self.input_shape).astype(np.float32)
        self.predictions = self._ask(self.image)
        return self.predictions

    def keep(self, label: Any = None) -> Sketch:
        """Keep the drawing as a sample; ``label`` is a class number or name, or None."""
        if self.image is None:
            raise ValueError("Sketchpad: there is no drawing to keep. Draw something first.")
        known = None if label is None else int(labels_of([label], 1, len(self.class_names), self.class_names)[0])
        self.samples.append(Sketch(self.image.copy(), known))
        return self.samples[-1]

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """(x, y) of the kept drawings: inputs for the model, and class numbers (-1 where none was given)."""
        x = np.stack([s.image for s in self.samples]) if self.samples else np.zeros((0, *self.input_shape), np.float32)
        return x, np.array([UNKNOWN if s.label is None else s.label for s in self.samples], np.int32)

    def _ask(self, image: np.ndarray) -> Predictions:
        outputs = outputs_of(self.model, image[None])
        task = task_of(outputs, None, self.model)
        if task == "regression":
            raise ValueError("Sketchpad shows class probabilities, and this model predicts quantities.")
        return judge(outputs, None, task, model=self.model, **self._judging)

    # --- the browser -----------------------------------------------------------------------------------

    def shown(self, link: Link) -> None:
        link.send(self._setup())

    def _setup(self) -> dict[str, Any]:
        return {
            "kind": "everything", "names": self.class_names, "title": self._title(), "kept": len(self.samples),
            "height": self.shape[0], "width": self.shape[1],
        }  # fmt: skip

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        link = self.link
        if link is None:
            return
        number = content.get("request")
        if kind == "hello":
            link.answer(number, self._setup())
        elif kind == "draw":
            height, width = int(content["height"]), int(content["width"])
            if not (0 < height <= MOST_SIDE and 0 < width <= MOST_SIDE) or len(buffers[0]) != height * width:
                raise ValueError(f"A drawing of {height} x {width} needs as many bytes, got {len(buffers[0])}.")
            self.draw(np.frombuffer(buffers[0], np.uint8).reshape(height, width))
            link.answer(number, *self._answer())
        elif kind == "keep":
            label = content.get("label")
            self.keep(None if label is None else int(label))
            link.answer(number, {"kind": "kept", "kept": len(self.samples)})
        elif kind == "forget":
            if self.samples:
                self.samples.pop()
            link.answer(number, {"kind": "kept", "kept": len(self.samples)})

    def _answer(self) -> tuple[dict[str, Any], list[bytes]]:
        """Likeliest classes, and what the model saw."""
        rows = self.bars()
        content = {
            "kind": "answer", "bars": rows, "notes": self.predictions.notes if self.predictions else [],
            "height": self.shape[0], "width": self.shape[1],
        }  # fmt: skip
        return content, [self._pixels().tobytes()] if self.image is not None else []

    def bars(self) -> list[tuple[int, float]]:
        """(class, probability), likeliest first."""
        if self.predictions is None:
            return []
        p = self.predictions.probabilities[0]
        return [(int(c), float(p[c])) for c in np.argsort(-p, kind="stable")[:CLASSES_SHOWN]]

    def _pixels(self, image: np.ndarray | None = None) -> np.ndarray:
        """A drawing as bytes, (height, width)."""
        image = self.image if image is None else image
        assert image is not None
        seen = (image.reshape(self.shape)[..., 0] - self.low) / (self.high - self.low)
        return (np.clip(seen, 0, 1) * 255 + 0.5).astype(np.uint8)

    # --- pictures ----------------------------------------------------------------------------------------

    def _title(self) -> str:
        return f"Draw for {getattr(self.model, 'name', None) or type(self.model).__name__}"

    def text(self) -> str:
        """What was drawn last and what the model said, and what was kept."""
        lines = [f"{self._title()} · {self.shape[0]} x {self.shape[1]} pixels · {len(self.samples)} kept"]
        if self.predictions is None:
            lines.append("  nothing is drawn")
        lines += [f"  {self.class_names[c]}: {p:.1%}" for c, p in self.bars()]
        return "\n".join(lines)

    def still(self) -> dict[str, Any]:
        return {
            "text/html": self._html(),
            "image/png": base64.b64encode(self._png()).decode(),
            "text/plain": self.text(),
        }

    def _html(self) -> str:
        drawing = ""
        if self.image is not None:
            drawing = f'<img class="knb-paper" alt="the drawing" src="{data_uri(self._pixels()[..., None])}">'
        bars = "".join(
            f"<span>{escape(self.class_names[c])}</span>"
            f'<div class="knb-gauge"><i style="width:{100 * p:.1f}%"></i></div><span>{p:.1%}</span>'
            for c, p in self.bars()
        )
        kept = "".join(
            f'<img class="knb-small" alt="" title="{escape("" if s.label is None else self.class_names[s.label])}" '
            f'src="{data_uri(self._pixels(s.image)[..., None])}">'
            for s in self.samples[-24:]
        )
        hint = "" if drawing else '<p class="knb-note">Run this cell in a notebook to draw here.</p>'
        return (
            f'<div class="knb knb-sketchpad {self.place}" role="group" aria-label="{escape(self._title())}">'
            f'{style("base", "sketchpad")}<div class="knb-head"><span class="knb-title">{escape(self._title())}</span>'
            f'<span class="knb-note">{len(self.samples)} kept</span></div>'
            f'<div class="knb-desk">{drawing}{hint}<div class="knb-bars">{bars}</div></div>'
            f'<div class="knb-kept">{kept}</div></div>'
        )

    def _png(self) -> bytes:
        """The drawing and its bars on white."""
        from PIL import Image, ImageFont

        picture = Image.new("RGB", (560, 290), "white")
        draw, font = pen(picture), ImageFont.load_default(14)
        draw.text((10, 8), self._title(), fill=INK, font=font)
        draw.rectangle([10, 34, 250, 274], fill="black")
        if self.image is not None:
            picture.paste(Image.fromarray(self._pixels()).resize((240, 240), Image.Resampling.NEAREST), (10, 34))
        for k, (c, p) in enumerate(self.bars()):
            y = 38 + 24 * k
            draw.text((330, y + 8), self.class_names[c][:9], fill=INK, font=font, anchor="rm")
            draw.rectangle([340, y, 340 + round(140 * p), y + 15], fill=TRAINING)
            draw.text((490, y + 8), f"{p:.1%}", fill=PALE, font=font, anchor="lm")
        out = io.BytesIO()
        picture.quantize(32).save(out, "PNG", optimize=True)
        return out.getvalue()


def input_shape_of(model: Any) -> tuple[int, ...]:
    """The shape of one sample of the model's single input.

    Raises:
        ValueError: the model is not built, has several inputs, or an input of open size.
    """
    shape = getattr(model, "input_shape", None)
    if shape is None:
        raise ValueError(
            "Sketchpad: the model does not know its input yet. Begin it with keras.Input((28, 28, 1)), or call it once."
        )
    if isinstance(shape, (dict, list)) or (isinstance(shape, tuple) and shape and isinstance(shape[0], (tuple, list))):
        raise ValueError("Sketchpad: the model has several inputs, and one drawing cannot serve them all.")
    sides = tuple(shape)[1:]
    if not sides or any(side is None for side in sides):
        raise ValueError(
            f"Sketchpad: the model's input has the shape {tuple(shape)}, open in size: pass a model with a fixed one."
        )
    return tuple(int(side) for side in sides)


def ink_values(like: Any, model: Any, ink: float | None) -> tuple[float, float]:
    """The values of paper and of ink in the model's input."""
    if like is not None:
        some = np.asarray(like[:500] if hasattr(like, "__getitem__") else like, np.float32)
        if not some.size or not np.isfinite(some).all():
            raise ValueError("Sketchpad: like= must hold samples of finite numbers, as the model was trained on.")
        low, high = float(some.min()), float(some.max())
        if high <= low:
            raise ValueError("Sketchpad: the samples in like= are all of one value: pass some with ink and paper.")
        return (low, high) if float(np.median(some)) <= (low + high) / 2 else (high, low)
    if ink is not None:
        if not np.isfinite(ink) or ink == 0:
            raise ValueError(f"Sketchpad: ink must be a number other than 0 (the value of paper), got ink={ink!r}.")
        return 0.0, float(ink)
    for layer in getattr(model, "layers", None) or ():
        factor = getattr(layer, "scale", None)
        if (
            type(layer).__name__ == "Rescaling"
            and np.ndim(factor) == 0
            and factor is not None
            and 0 < float(factor) < 0.1
        ):
            return 0.0, float(round(1 / float(factor)))
    return 0.0, 1.0


def _shrunk(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    from PIL import Image

    grey = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    return np.clip(np.array(grey.resize((width, height), Image.Resampling.BOX)), 0, 1)
