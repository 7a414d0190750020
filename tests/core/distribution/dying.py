"""One process of two, of which one ends in the middle of training; what the other says then is looked at.

``python dying.py PORT PROCESS WHICH``; nothing of it is a test by itself.
"""

from __future__ import annotations

import os
import sys

os.environ["JAX_PLATFORMS"] = "cpu"

import numpy as np

import kerasnb as keras

number, dies = int(sys.argv[2]), int(sys.argv[3])
keras.distribution.initialize(
    f"127.0.0.1:{sys.argv[1]}", 2, number, initialization_timeout=60, heartbeat_timeout_seconds=60,
    shutdown_timeout_seconds=5,
)  # fmt: skip
keras.distribution.set_distribution(keras.distribution.DataParallel())


class Ends(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if number == dies and epoch == 2:
            print(f"process {number} ends", flush=True)
            os._exit(3)


model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.ones((64, 4), "float32")
model.fit(x, x[:, :1], epochs=1000, verbose=0, callbacks=[Ends()])
print("never", flush=True)
