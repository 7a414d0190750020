"""Run by a Python that has the converters: export each kind of model, run the file elsewhere, compare.

    python export_side.py onnx|tf_saved_model FOLDER

It leaves ``report.json``: kind -> the largest difference, or the error.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from core.saving.models import KINDS, compiled, outputs


def through_onnx(path: Path, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    named = {entry.name: x for entry, x in zip(session.get_inputs(), inputs, strict=True)}
    return session.run(None, named)


def through_tensorflow(path: Path, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import tensorflow as tf

    serve = tf.saved_model.load(str(path)).signatures["serving_default"]
    found = serve(**{f"input_{i}": tf.constant(x) for i, x in enumerate(inputs)})
    return [found[name].numpy() for name in sorted(found)]


def difference(kind, form: str, folder: Path) -> float:
    """The largest difference over a whole batch and a part of it: the batch's size is open."""
    model = compiled(kind)
    path = folder / (f"{kind.name}.onnx" if form == "onnx" else kind.name)
    model.export(path, format=form)
    inputs = kind.inputs if isinstance(kind.inputs, list) else [kind.inputs]
    run = through_onnx if form == "onnx" else through_tensorflow
    worst = 0.0
    for rows in (len(inputs[0]), 2):
        part = [x[:rows] for x in inputs]
        wanted = outputs(model, part if len(part) > 1 else part[0])
        found = run(path, part)
        assert [f.shape for f in found] == [w.shape for w in wanted]
        worst = max(worst, *(float(np.abs(f - w).max()) for f, w in zip(found, wanted, strict=True)))
    return worst


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    form, folder = sys.argv[1], Path(sys.argv[2])
    report = {}
    for kind in KINDS:
        try:
            report[kind.name] = difference(kind, form, folder)
        except Exception:
            report[kind.name] = traceback.format_exc()
    (folder / "report.json").write_text(json.dumps(report))
