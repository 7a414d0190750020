"""Nobody is called unasked: all that needs no download works without a network, and never tries one."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = r"""
import os, sys, tempfile
tried = []
def hook(event, args):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request", "http.client.connect"):
        tried.append((event, str(args[:2])))
    elif event == "socket.connect" and isinstance(args[1], tuple):
        tried.append((event, str(args[1])))
    if tried and tried[-1][0] == event:
        raise OSError(f"no network here: {event} {args[:2]}")
sys.addaudithook(hook)
try:  # the hook works
    import socket
    socket.create_connection(("192.0.2.1", 80), timeout=0.1)
except OSError:
    pass
assert tried, "the hook saw nothing"
tried.clear()

import numpy as np
import kerasnb as keras
folder = tempfile.mkdtemp()
os.environ["KERASNB_RUNS"] = os.path.join(folder, "runs.db")
x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=2, verbose=0)
model.predict(x, verbose=0)
path = os.path.join(folder, "m.keras")
model.save(path)
keras.saving.load_model(path)
model.export(os.path.join(folder, "demo.html"))
page = model._repr_mimebundle_() if hasattr(model, "_repr_mimebundle_") else {}
keras.runs.flush(10)
assert len(keras.runs.table()) == 1
import kerasnb.widgets.summary_card
import kerasnb.doctor
assert not tried, tried
text = open(os.path.join(folder, "demo.html"), encoding="utf-8").read()
import re
for part in (r"(src|href)\s*=\s*[\"']?(https?:)?//", r"@import", r"\bfetch\(", r"XMLHttpRequest", r"sendBeacon"):
    assert not re.search(part, text), f"the page has {part}"
print("nothing was called")
"""


def test_nothing_calls_out():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "nothing was called" in done.stdout
