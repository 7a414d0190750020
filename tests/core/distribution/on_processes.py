"""One process of a run of several; prints what came out as JSON. Nothing of it is a test by itself.

``python on_processes.py PORT PROCESSES PROCESS HOW FOLDER``; with one process there is nothing to join.
"""

from __future__ import annotations

import json
import os
import sys

port, count, number, how, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
os.environ["JAX_PLATFORMS"] = "cpu"
if how.startswith("model"):
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"

import numpy as np  # noqa: E402

import kerasnb as keras  # noqa: E402
from kerasnb import layers  # noqa: E402
from kerasnb.core.data.dataset import Dataset  # noqa: E402

d = keras.distribution
if count > 1:
    d.initialize(f"127.0.0.1:{port}", count, number, initialization_timeout=60, shutdown_timeout_seconds=20)
own = how.endswith("-own")
kind = how.removesuffix("-own")
keras.utils.set_random_seed(5 if count == 1 or kind != "unseeded" else 5 + number)


def distribute() -> None:
    if count == 1:
        return
    if kind.startswith("model"):
        # The weights' columns lie with different processes, or the rows do.
        shape = (1, 2 * count) if kind == "model-across" else (count, 2)
        layouts = d.LayoutMap(d.DeviceMesh(shape, ["batch", "model"]))
        layouts["wide/kernel"] = (None, "model")
        layouts["wide/bias"] = ("model",)
        d.set_distribution(d.ModelParallel(layout_map=layouts, batch_dim_name="batch", auto_shard_dataset=not own))
    else:
        d.set_distribution(d.DataParallel(auto_shard_dataset=not own))


def make_model():
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16, activation="relu", name="wide"), layers.BatchNormalization(),
         layers.Dropout(0.2, seed=3), layers.Dense(2)]
    )  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def rows_of(array, batch):
    """Of every batch the rows of this process, where each has its own data."""
    if not own:
        return array
    batches = [array[i : i + batch] for i in range(0, len(array), batch)]
    return np.concatenate([np.split(b, count)[number] for b in batches])


def batches(x, y, batch):
    while True:
        for i in range(0, len(x), batch):
            yield x[i : i + batch], y[i : i + batch]


class Numbered(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, i):
        return own_x[i * share : (i + 1) * share], own_y[i * share : (i + 1) * share]


distribute()
draw = np.random.RandomState(0)
x = draw.normal(size=(168, 6)).astype("float32")  # the last batch of 32 has 8 rows
y = (x.sum(1) > 0).astype("int32")
share = 32 // count if own else 32
own_x, own_y = rows_of(x, 32), rows_of(y, 32)
model = make_model()
found = {}
history = model.fit(own_x, own_y, epochs=2, batch_size=share, validation_data=(own_x, own_y), verbose=2, shuffle=False)
found["history"] = history.history
history = model.fit(
    batches(own_x[: 5 * share], own_y[: 5 * share], share), steps_per_epoch=5, epochs=2, verbose=0,
    callbacks=[keras.callbacks.ModelCheckpoint(f"{folder}/checked.keras", verbose=1)],
)  # fmt: skip
found["generator"] = history.history
logger = keras.callbacks.CSVLogger(f"{folder}/log.csv")
live = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
found["numbered"] = model.fit(Numbered(), epochs=2, shuffle=True, verbose=0, callbacks=[logger, live]).history
data = Dataset.from_tensor_slices((own_x[: 5 * share], own_y[: 5 * share])).batch(share)
found["dataset"] = model.fit(data, epochs=1, verbose=0).history
if not own:  # here the last batches have 30 and 10 rows, which cannot be shared out among 4 devices
    found["shuffled"] = model.fit(x, y, epochs=2, batch_size=32, validation_split=0.25, verbose=0).history
    found["limited"] = model.fit(x, y, epochs=2, batch_size=32, steps_per_epoch=3, verbose=0).history
found["evaluated"] = model.evaluate(own_x, own_y, batch_size=share, verbose=0)
found["evaluated_stream"] = model.evaluate(batches(own_x, own_y, share), steps=5, verbose=0)
found["predicted"] = model.predict(own_x, batch_size=share, verbose=0).tolist()
found["predicted_stream"] = model.predict(batches(own_x, own_y, share), steps=2, verbose=0).tolist()
found["on_batch"] = [float(v) for v in model.train_on_batch(own_x[:share], own_y[:share])]
found["predicted_on_batch"] = model.predict_on_batch(own_x[:share]).tolist()
kernel = model.get_layer("wide").kernel
found["shard"] = list(kernel.value.sharding.shard_shape(kernel.shape))
found["devices"] = len(kernel.value.sharding.device_set)
model.save(f"{folder}/saved.keras")
model.save_weights(f"{folder}/saved.weights.h5")
checkpoint = keras.callbacks.OrbaxCheckpoint(f"{folder}/orbax")
model.fit(own_x, own_y, epochs=1, batch_size=share, shuffle=False, verbose=0, callbacks=[checkpoint])
found["weights"] = [w.tolist() for w in model.get_weights()]
# What the run would have gone on to: the one that reads the checkpoint must come to the same.
found["after"] = model.fit(own_x, own_y, epochs=1, batch_size=share, shuffle=False, verbose=0).history
print(json.dumps(found))
