"""model.export("demo.html"): one page that computes the model in the browser, with no server and no network."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..operation import FunctionOperation
from ..symbolic import KerasTensor
from .demo_layers import LAYERS, PAIRS, Unsupported, activation_of, steps_of
from .keras_archive import atomic_file

PAGE = Path(__file__).parent / "demo_page"
CHANNELS = (1, 3)
LARGEST = 64 * 2**20  # bytes of weights: beyond, a browser takes long to open the page


def export_demo(
    model: Any, path: Path, *, title: str | None = None, note: str | None = None, class_names: Any = None,
    image_shape: Any = None, ink: float | None = None, centre: bool = True, feature_names: Any = None,
    example: Any = None, dtype: str = "float32",
) -> None:  # fmt: skip
    """Write a page that predicts: a pad to draw on for images, fields for numbers.

    Args:
        model: a built Sequential or functional model of the layers in ``demo_layers.LAYERS``.
        path: the file.
        title: the page's heading; the model's name by default.
        note: a line below it.
        class_names: names of the output's classes or numbers; with several outputs a list of such lists.
        image_shape: (height, width) or (height, width, channels) where a flat input is a picture; False for fields
            where it would be taken for one.
        ink: the input's value where there is ink; 1 by default, 255 behind a Rescaling layer.
        centre: whether drawings are scaled and centred as MNIST's digits were.
        feature_names: names of an input's numbers; with several inputs a list of such lists.
        example: one sample that the fields begin with, such as ``x_test[0]``; a list of them for several inputs.
        dtype: of the stored weights: "float32", or "float16" for half the size and outputs equal to about 3 digits.

    The page shows what ``model(x)`` gives, equal within 1e-4 with float32.

    Raises:
        ValueError: layers the page cannot compute (the message names them, and those that work), open sizes, or more
            weights than a page can hold.
    """
    if dtype not in ("float32", "float16"):
        raise ValueError(f"export: dtype of a demo must be 'float32' or 'float16', got dtype={dtype!r}.")
    program, weights = program_of(model)
    data = b"".join(np.ascontiguousarray(w, f"<{np.dtype(dtype).str[1:]}").tobytes() for w in weights)
    if len(data) > LARGEST:
        raise ValueError(
            f"export: the model has {len(data) / 1e6:.0f} MB of weights, and a page can hold {LARGEST / 1e6:.0f} MB. "
            "Use a smaller model, dtype='float16', or another format."
        )
    image = None if image_shape is False or len(program["inputs"]) > 1 else _image(program, model, image_shape)
    about: dict[str, Any] = {"program": program, "dtype": dtype, "outputs": _answers(model, program, class_names)}
    if image is not None:
        low, high = 0.0, float(ink if ink is not None else _ink(model))
        about["image"] = {
            "height": image[0],
            "width": image[1],
            "channels": image[2],
            "low": low,
            "high": high,
            "centre": centre,
        }
    else:
        about["fields"] = _fields(model, program, feature_names, example)
    parts = {
        "title": html.escape(str(title or getattr(model, "name", "") or "model")),
        "note": html.escape(str(note or _note(model, image))),
        "css": (PAGE / "page.css").read_text(encoding="utf-8"),
        "js": "".join((PAGE / f"{part}.js").read_text(encoding="utf-8") for part in ("engine", "paper", "page")),
        "about": _inside_script(json.dumps(about)),
        "weights": base64.b64encode(data).decode(),
    }
    page = (PAGE / "page.html").read_text(encoding="utf-8")
    with atomic_file(path) as temporary:
        temporary.write_text(re.sub(r"\$(\w+)", lambda m: parts[m[1]], page), encoding="utf-8")


def program_of(model: Any) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The model as the engine's steps, and its weights in the order of their places.

    Returns:
        {"inputs": [{"id", "shape"}], "steps": [{"op", "takes", "makes", "weights", ...}], "outputs": [{"id", "shape"}]}
        and the flat arrays; a weight's place is [first number, how many].
    """
    graph = _graph(model)
    writer = _Writer()
    inputs = [writer.input(t) for t in graph.inputs]
    outputs = writer.run(graph, [i["id"] for i in inputs])
    if writer.refused:
        listed = "; ".join(writer.refused)
        raise ValueError(
            f"export: a demo page cannot compute {listed}. It computes {', '.join(sorted(LAYERS))}, and sums and "
            "products of tensors. format='stablehlo' takes every model."
        )
    ends = [{"id": i, "shape": writer.shapes[i]} for i in outputs]
    return {"inputs": inputs, "steps": writer.steps, "outputs": ends}, writer.weights


def _graph(model: Any) -> Any:
    """The functional model behind a model."""
    if hasattr(model, "_nodes"):
        return model
    try:
        return model._graph()
    except AttributeError:
        raise ValueError(
            f"export: a demo page needs a Sequential or functional model that knows its inputs; {model.name!r} is a "
            f"{type(model).__name__}. Begin it with keras.Input(...), or export it to another format."
        ) from None


class _Writer:
    """Numbers tensors and collects steps, weights, and what cannot be computed."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.weights: list[np.ndarray] = []
        self.shapes: list[list[int]] = []
        self.refused: list[str] = []
        self._places: dict[tuple[int, str, int], list[int]] = {}
        self._length = 0

    def input(self, tensor: KerasTensor) -> dict[str, Any]:
        """A new tensor for one of the model's inputs."""
        shape = tuple(tensor.shape)[1:]
        if any(n is None for n in shape):
            raise ValueError(
                f"export: the input {tensor.name!r} has the shape {tuple(tensor.shape)}, open in size: a demo page "
                "needs fixed ones. Make the model anew with a fixed keras.Input(shape)."
            )
        return {"id": self._tensor(shape), "shape": list(shape)}

    def _tensor(self, shape: Any) -> int:
        self.shapes.append([int(n) for n in shape])
        return len(self.shapes) - 1

    def run(self, graph: Any, given: list[int]) -> list[int]:
        """The calls of a graph, its inputs being tensors that are there; the tensors of its outputs."""
        known = {id(t): i for t, i in zip(graph.inputs, given, strict=True)}
        for node in graph._nodes:
            if all(id(t) in known for t in node.outputs):
                continue
            takes = [known[id(t)] for t in node.input_tensors]
            operation = node.operation
            if hasattr(operation, "_nodes") or hasattr(operation, "_functional"):
                found = self.run(_graph(operation), takes)
                known.update((id(t), i) for t, i in zip(node.outputs, found, strict=True))
                continue
            try:
                if isinstance(operation, FunctionOperation):
                    steps = [_recorded(operation, node)]
                else:
                    steps = steps_of(operation, [tuple(self.shapes[i]) for i in takes])
            except Unsupported as error:
                self.refused.append(f"{type(operation).__name__} {operation.name!r} ({error})")
                steps = [("same", {}, {})]
            for op, options, weights in steps:
                makes = self._tensor([1 if n is None else n for n in node.outputs[0].shape[1:]])
                places = {k: self._place(operation, k, v) for k, v in weights.items() if v is not None}
                self.steps.append({"op": op, "takes": takes, "makes": makes, "weights": places, **options})
                takes = [makes]
            known[id(node.outputs[0])] = takes[0]
        return [known[id(t)] for t in graph.outputs]

    def _place(self, operation: Any, name: str, value: np.ndarray) -> list[int]:
        """Where a weight lies; a shared layer's lies there once."""
        key = (id(operation), name, value.size)
        if key not in self._places:
            self._places[key] = [self._length, int(value.size)]
            self._length += int(value.size)
            self.weights.append(np.asarray(value).reshape(-1))
        return self._places[key]


def _recorded(operation: FunctionOperation, node: Any) -> Any:
    """A recorded function: a sum or product of tensors and numbers, or an activation."""
    name = getattr(operation.function, "__name__", operation.name)
    if name in PAIRS and len(node.args) == 2 and not node.kwargs:
        if len(node.input_tensors) == 2:
            return "merge", {"kind": PAIRS[name]}, {}
        swapped = not isinstance(node.args[0], KerasTensor)
        constant = np.asarray(node.args[0] if swapped else node.args[1])
        if constant.ndim == 0:
            return "merge", {"kind": PAIRS[name], "constant": float(constant), "swapped": swapped}, {}
    if len(node.args) == 1 and not node.kwargs and len(node.input_tensors) == 1:
        try:
            return "activation", {"activation": activation_of(operation.function)}, {}
        except Unsupported:
            pass
    raise Unsupported(f"the function {name!r} with these arguments is not supported")


def _image(program: dict[str, Any], model: Any, given: Any) -> list[int] | None:
    """(height, width, channels) of an input that is a picture, None where it is none."""
    shape = program["inputs"][0]["shape"]
    if given is not None:
        sides = [*given, 1] if len(given) == 2 else list(given)
        if len(sides) != 3 or sides[2] not in CHANNELS or int(np.prod(sides)) != int(np.prod(shape)):
            raise ValueError(
                f"export: image_shape must be (height, width) or (height, width, 1 or 3) and make up the input's "
                f"{int(np.prod(shape))} numbers, got image_shape={given!r}."
            )
        return [int(n) for n in sides]
    if len(shape) == 3 and shape[2] in CHANNELS:
        return shape
    if len(shape) == 2 and min(shape) >= 8:
        return [*shape, 1]
    side = round(shape[0] ** 0.5) if len(shape) == 1 else 0
    return [side, side, 1] if side >= 8 and side * side == shape[0] else None


def _ink(model: Any) -> float:
    """The value of ink: what a Rescaling layer near the input makes 1 of."""
    for layer in getattr(model, "layers", ()):
        scale = getattr(layer, "scale", None)
        if type(layer).__name__ == "Rescaling" and np.ndim(scale) == 0 and 0 < float(scale) < 0.1:
            return float(round(1 / float(scale)))
    return 1.0


def _answers(model: Any, program: dict[str, Any], class_names: Any) -> list[dict[str, Any]]:
    """For each output: what its numbers mean, and their names."""
    outputs = program["outputs"]
    given = [class_names] if len(outputs) == 1 else class_names or [None] * len(outputs)
    if len(given) != len(outputs):
        raise ValueError(f"export: the model has {len(outputs)} outputs, class_names has {len(given)} lists.")
    found = []
    labels = getattr(model, "output_names", None) or [f"output {i + 1}" for i in range(len(outputs))]
    for label, output, names in zip(labels, outputs, given, strict=True):
        count = int(np.prod(output["shape"]))
        last = [s for s in program["steps"] if s["makes"] == output["id"]]
        activation = last[0].get("activation", {}).get("name") if last else None
        kind = {"softmax": "classes", "sigmoid": "yes or no" if count == 1 else "shares"}.get(activation, "numbers")
        if kind == "numbers" and count > 1 and _from_logits(model):
            kind = "logits"
        want = 2 if kind == "yes or no" else count
        if names is None:
            names = ["no", "yes"] if kind == "yes or no" else [str(i) for i in range(want)]
            names = [label] if want == 1 else names
        if len(names) != want:
            raise ValueError(f"export: {want} class_names are needed for the output {label!r}, got {len(names)}.")
        title = label if len(outputs) > 1 else ""
        found.append({"kind": kind, "names": [str(n) for n in names], "title": title})
    return found


def _from_logits(model: Any) -> bool:
    loss = getattr(model, "loss", None)
    return "Crossentropy" in type(loss).__name__ and bool(getattr(loss, "from_logits", False))


def _fields(model: Any, program: dict[str, Any], names: Any, example: Any) -> list[dict[str, Any]]:
    """For each input: its name, and names and first values of its numbers."""
    inputs = program["inputs"]
    many = len(inputs) > 1
    all_names, all_values = (names, example) if many else ([names], [example])
    labels = getattr(model, "input_names", None) or [f"input {i + 1}" for i in range(len(inputs))]
    found = []
    for i, (label, entry) in enumerate(zip(labels, inputs, strict=True)):
        count = int(np.prod(entry["shape"]))
        own = all_names[i] if all_names is not None else None
        own = [f"{j + 1}" for j in range(count)] if own is None else [str(n) for n in own]
        values = all_values[i] if all_values is not None else None
        values = np.zeros(count) if values is None else np.asarray(values, np.float64).reshape(-1)
        if len(own) != count or len(values) != count:
            raise ValueError(
                f"export: the input {label!r} has {count} numbers; feature_names has {len(own)}, example {len(values)}."
            )
        found.append({"name": label if many else "Input", "names": own, "values": values.tolist(), "count": count})
    return found


def _note(model: Any, image: Any) -> str:
    count = f"{model.count_params():,} parameters"
    return f"{'Draw, and watch' if image else 'Fill in numbers, and see'} what the model says. {count}, computed here."


def _inside_script(text: str) -> str:
    """JSON that nothing in it can end the script element of."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
