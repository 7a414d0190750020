"""Trains one small network on as many CPU devices as asked for; prints what came out as JSON.

``python on_devices.py DEVICES one|data|model`` with XLA's forced host devices; nothing of it is a test by itself.
"""

from __future__ import annotations

import json
import os
import sys

devices, how = int(sys.argv[1]), sys.argv[2]
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np  # noqa: E402

import kerasnb as keras  # noqa: E402
from kerasnb import layers  # noqa: E402

keras.utils.set_random_seed(5)
if how == "data":
    keras.distribution.set_distribution(keras.distribution.DataParallel())
elif how == "model":
    mesh = keras.distribution.DeviceMesh((2, devices // 2), ["batch", "model"])
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["wide/kernel"] = (None, "model")
    layouts["wide/bias"] = ("model",)
    keras.distribution.set_distribution(keras.distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch"))

draw = np.random.RandomState(0)
x = draw.normal(size=(200, 6)).astype("float32")
y = (x.sum(1) > 0).astype("int32")
model = keras.Sequential(
    [keras.Input((6,)), layers.Dense(16, activation="relu", name="wide"), layers.BatchNormalization(), layers.Dense(2)]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss, metrics=["accuracy"])
history = model.fit(x, y, epochs=3, batch_size=32, validation_split=0.2, verbose=0)
kernel = model.get_layer("wide").kernel.value
slot = next(v for v in model.optimizer.variables if "wide" in v.path and v.shape == kernel.shape).value
print(
    json.dumps(
        {
            "history": history.history,
            "evaluated": model.evaluate(x, y, verbose=0),
            "predicted": model.predict(x[:10], verbose=0).tolist(),
            "devices": len(kernel.sharding.device_set),
            "shard": list(kernel.sharding.shard_shape(kernel.shape)),
            "slot_shard": list(slot.sharding.shard_shape(slot.shape)),
        }
    )
)
