"""Explain: what of a sample a prediction rests on: parts of an image, words of a text, features of a row.

Occlusion asks the model again with a part covered (an image's patch, one word, one feature) and takes the
drop of the class's probability (Zeiler and Fergus, 2014). Gradient saliency takes the derivative of the class's
log-probability by each pixel, averaged over noisy copies of the image (Simonyan et al., 2014; SmoothGrad,
Smilkov et al., 2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .outputs import outputs_of
from .predictions import judge
from .samples import take

PATCHES = 13  # positions of the covering patch along the longer side
COPIES = 16  # noisy copies that a gradient map is averaged over
NOISE = 0.12  # their standard deviation, as a share of the values' range
MOST_PARTS = 256  # words or features covered one by one


def explain(
    gallery: Any, index: int, method: str = "occlusion", label: Any = None
) -> tuple[dict[str, Any], list[bytes]]:
    """What the browser shows for a sample.

    Args:
        gallery: a Gallery.
        index: number of the sample.
        method: "occlusion" or "gradient" (images only).
        label: the class explained; the predicted one by default.

    Returns: for images a message and one buffer of (height, width) float32, greatest size 1, positive where
        the image speaks for the class; for texts and tables a message with parts and their weights.
    """
    if method not in ("occlusion", "gradient"):
        raise ValueError(f"explain: method must be 'occlusion' or 'gradient', got {method!r}.")
    label = int(gallery.predictions.predicted[index]) if label is None else int(label)
    message: dict[str, Any] = {"kind": "explained", "index": index, "method": method, "class": label}
    if gallery.samples.kind == "image":
        heat = (gradient_map if method == "gradient" else occlusion_map)(gallery, index, label)
        size = float(np.abs(heat).max())
        message.update(height=heat.shape[0], width=heat.shape[1], most=size)
        return message, [(heat / size if size else heat).astype(np.float32).tobytes()]
    parts, weights = contributions(gallery, index, label)
    message.update(parts=parts, weights=[round(float(w), 5) for w in weights])
    return message, []


def occlusion_map(gallery: Any, index: int, label: int) -> np.ndarray:
    """Drop of a class's probability where a patch is covered, (height, width); negative where covering helps."""
    h, w, c = gallery.samples.shape
    image = np.asarray(gallery.samples.data[index]).reshape(h, w, c)
    step = max(1, round(max(h, w) / (PATCHES + 1)))
    size = 2 * step
    ground = background(image)
    corners = [(y, x) for y in range(1 - step, h - 1, step) for x in range(1 - step, w - 1, step)]
    covered = np.repeat(image[None], len(corners), axis=0)
    for copy, (y, x) in zip(covered, corners, strict=True):
        copy[max(y, 0) : y + size, max(x, 0) : x + size] = ground
    drops = _drops(gallery, index, covered.reshape(len(corners), *np.shape(gallery.samples.data[index])), label)
    heat, seen = np.zeros((h, w), np.float32), np.zeros((h, w), np.float32)
    for drop, (y, x) in zip(drops, corners, strict=True):
        area = np.s_[max(y, 0) : y + size, max(x, 0) : x + size]
        heat[area] += drop
        seen[area] += 1
    return heat / np.maximum(seen, 1)


def background(image: np.ndarray) -> np.ndarray:
    """The colour to cover with, (channels,): the darkest where much of the image has it (a drawing), else the mean."""
    flat = image.reshape(-1, image.shape[-1])
    least = flat.min(0)
    if (flat == least).all(1).mean() > 0.3:
        return least
    return flat.mean(0).astype(image.dtype)


def gradient_map(gallery: Any, index: int, label: int) -> np.ndarray:
    """Size of the derivative of log p[label] by each pixel, (height, width), the greatest over channels."""
    import jax
    import jax.numpy as jnp

    model, samples = gallery.model, gallery.samples
    if not hasattr(model, "stateless_call"):
        raise ValueError("A gradient map needs a kerasnb model with inputs that are numbers; use occlusion here.")
    row = take(gallery.x, [index])
    image = np.asarray(samples.data[index], np.float32)
    low, high = samples._scale
    noise = np.random.default_rng(0).normal(0, NOISE * (high - low), (COPIES, *image.shape))
    copies = jnp.asarray(image + noise, jnp.float32)
    others = _repeated(row, COPIES)
    weights = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]

    if gallery.compiled is None:

        def score(x: Any, weights: Any, others: Any, label: Any) -> Any:
            outputs, _ = model.stateless_call(*weights, _with_shown(others, samples.key, x), training=False)
            if gallery.output is not None:
                outputs = outputs[gallery.output]
            return _log_probability(outputs.astype(jnp.float32), label, gallery.predictions.notes).sum()

        gallery.compiled = jax.jit(jax.grad(score))
    grads = np.asarray(gallery.compiled(copies, weights, others, np.int32(label)))
    return _smoothed(np.abs(grads.mean(0)).reshape(samples.shape).max(-1))


def _smoothed(heat: np.ndarray) -> np.ndarray:
    """Means of 3 x 3 pixels, the weaker half left out: single pixels of a gradient are mostly noise."""
    padded = np.pad(heat, 1, mode="edge")
    h, w = heat.shape
    mean = sum(padded[y : y + h, x : x + w] for y in range(3) for x in range(3)) / 9.0
    return np.maximum(mean - np.median(mean), 0)


def _log_probability(outputs: Any, label: Any, notes: list[str]) -> Any:
    """log p[label] of raw outputs, read as ``judge`` read them."""
    import jax
    import jax.numpy as jnp

    logits = any("logits" in note for note in notes)
    if outputs.ndim == 1 or outputs.shape[-1] == 1:
        p = (jax.nn.sigmoid(outputs) if logits else outputs).reshape(-1)
        p = jnp.where(label == 1, p, 1 - p)
    else:
        p = (jax.nn.softmax(outputs) if logits else outputs)[:, label]
    return jnp.log(jnp.clip(p, 1e-6))


def contributions(gallery: Any, index: int, label: int) -> tuple[list[str], np.ndarray]:
    """Words or features, and how much of the class's probability is lost without each."""
    samples = gallery.samples
    row = samples.data[index]
    if samples.kind == "table":
        names = [f"{name} = {value}" for name, value in samples.features(index)][:MOST_PARTS]
        copies = np.repeat(np.asarray(row)[None], len(names), axis=0)
        flat = copies.reshape(len(names), -1)
        typical = np.asarray(samples.data).reshape(len(samples), -1).mean(0)
        flat[np.arange(len(names)), np.arange(len(names))] = typical[: len(names)]
        return names, _drops(gallery, index, copies, label)
    if samples.data.dtype.kind in "iu" and samples.data.ndim == 2:
        places = samples.places(index)[:MOST_PARTS]
        copies = np.repeat(np.asarray(row)[None], len(places), axis=0)
        copies[np.arange(len(places)), places] = 0
        return [samples.word(int(row[i])) for i in places], _drops(gallery, index, copies, label)
    if samples.data.dtype.kind in "USTO":
        words = samples.tokens(index)[:MOST_PARTS]
        without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
        shape = (len(words), *samples.data.shape[1:])
        return words, _drops(
            gallery,
            index,
            np.array(without, dtype=object if samples.data.dtype.kind == "O" else None).reshape(shape),
            label,
        )
    raise ValueError("What single words contribute can be seen where x holds token ids or the texts themselves.")


def _drops(gallery: Any, index: int, copies: np.ndarray, label: int) -> np.ndarray:
    """How much less probable the class is for each changed copy of a sample."""
    if not len(copies):
        return np.zeros(0, np.float32)
    row = take(gallery.x, [index])
    x = _with_shown(_repeated(row, len(copies)), gallery.samples.key, copies)
    outputs = outputs_of(gallery.model, x, gallery.output, gallery.batch_size)
    # Judged as the whole was: a few rows alone might look like probabilities where all together are logits.
    changed = judge(np.concatenate([outputs, _span(gallery)]), None, gallery.task, model=gallery.model)
    p = changed.probabilities[: len(copies), label]
    return gallery.predictions.probabilities[index, label] - p


def _span(gallery: Any) -> np.ndarray:
    """Rows that make ``judge`` treat outputs as it treated the gallery's: logits stay logits."""
    classes = 1 if gallery.task == "binary" else gallery.predictions.probabilities.shape[1]
    if any("logits" in note for note in gallery.predictions.notes):
        return np.full((1, classes), -2.0, np.float32)
    return np.zeros((0, classes), np.float32)


def _repeated(row: Any, times: int) -> Any:
    if isinstance(row, dict):
        return {k: _repeated(v, times) for k, v in row.items()}
    if isinstance(row, (list, tuple)) and all(hasattr(v, "shape") for v in row):
        return type(row)(_repeated(v, times) for v in row)
    return np.repeat(np.asarray(row), times, axis=0)


def _with_shown(inputs: Any, key: Any, shown: Any) -> Any:
    """The inputs with the shown one replaced."""
    if key is None:
        return shown
    if isinstance(inputs, dict):
        return {**inputs, key: shown}
    changed = list(inputs)
    changed[key] = shown
    return type(inputs)(changed)
