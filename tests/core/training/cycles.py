"""Builds, fits and drops one small model again and again; prints the resident memory (MB) of each cycle as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import kerasnb as keras
from kerasnb import layers


def resident() -> float:
    line = next(t for t in Path("/proc/self/status").read_text().splitlines() if t.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


x = np.random.RandomState(0).rand(256, 20).astype("float32")
y = (np.arange(256) % 3).astype("int32")
found = []
for _ in range(int(sys.argv[1])):
    model = keras.Sequential([keras.Input((20,)), layers.Dense(64, "relu"), layers.Dropout(0.2), layers.Dense(3)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(x, y, epochs=2, validation_split=0.25, verbose=0)
    model.predict(x[:3], verbose=0)
    found.append(resident())
print(json.dumps(found))
