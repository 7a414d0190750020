"""Trains one small network on as many CPU devices as asked for; prints what came out as JSON.

``python on_devices.py DEVICES one|data|model`` with XLA's forced host devices; nothing of it is a test by itself.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys

devices, how = int(sys.argv[1]), sys.argv[2]
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np  # noqa: E402

import kerasnb as keras  # noqa: E402
from kerasnb import layers  # noqa: E402
from kerasnb.core.distribution.placement import place_rest  # noqa: E402
from kerasnb.core.training.programs import Programs  # noqa: E402

keras.utils.set_random_seed(5)
if how == "data":
    keras.distribution.set_distribution(keras.distribution.DataParallel())
elif how == "model":
    mesh = keras.distribution.DeviceMesh((2, devices // 2), ["batch", "model"])
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["wide/kernel"] = (None, "model")
    layouts["wide/bias"] = ("model",)
    keras.distribution.set_distribution(keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch"))

texts = {}
COLLECTIVE = re.compile(r"= (.*?) (all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute)(-start)?\(")


def call(self, model, slots, kind, *args, _original=Programs.call, **static):
    """The engine's way to programs; the compiled text of the training program is kept."""
    found = _original(self, model, slots, kind, *args, **static)
    if kind in ("train", "epochs") and kind not in texts:
        self._local.lent = (model, slots)
        function = next(f for key, f in self._functions.items() if key[0] == kind)
        texts[kind] = function.lower(*(place_rest(args))).compile().as_text()
    return found


def exchanged(text):
    """Bytes of what the collective operations of a program give, each counted once."""
    total = 0
    for shapes, *_ in COLLECTIVE.findall(text):
        for dtype, dims in re.findall(r"(pred|[a-z]+\d+)\[([\d,]*)\]", shapes):
            size = 1 if dtype == "pred" else int(re.sub(r"\D", "", dtype)) // 8
            total += size * math.prod(int(n) for n in dims.split(",") if n)
    return total


Programs.call = call
draw = np.random.RandomState(0)
x = draw.normal(size=(200, 6)).astype("float32")
y = (x.sum(1) > 0).astype("int32")
model = keras.Sequential(
    [keras.Input((6,)), layers.Dense(16, activation="relu", name="wide"), layers.BatchNormalization(), layers.Dense(2)]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss, metrics=["accuracy"])
history = model.fit(x, y, epochs=3, batch_size=32, validation_split=0.2, verbose=0)
planned = keras.distribution.costs(model, batch_size=32)
generator = model.fit(((x[i : i + 32], y[i : i + 32]) for i in range(0, 200, 32)), verbose=0)  # the last has 8 rows
kernel = model.get_layer("wide").kernel.value
slot = next(v for v in model.optimizer.variables if "wide" in v.path and v.shape == kernel.shape).value
print(
    json.dumps(
        {
            "history": history.history,
            "generator": generator.history,
            "gradients": planned.gradients,
            "weights_sent": planned.weights_sent,
            "held": planned.held,
            "weights": planned.weights,
            "optimizer": planned.optimizer,
            "really_weights": sum(v.value.addressable_shards[0].data.nbytes for v in model.variables),
            "really_optimizer": sum(v.value.addressable_shards[0].data.nbytes for v in model.optimizer.variables),
            "exchanged": {kind: exchanged(text) for kind, text in texts.items()},
            "evaluated": model.evaluate(x, y, verbose=0),
            "predicted": model.predict(x[:10], verbose=0).tolist(),
            "devices": len(kernel.sharding.device_set),
            "shard": list(kernel.sharding.shard_shape(kernel.shape)),
            "slot_shard": list(slot.sharding.shard_shape(slot.shape)),
        }
    )
)
