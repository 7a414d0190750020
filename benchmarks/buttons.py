"""From button to effect: how long Stop, Pause and a new learning rate take while ``fit`` runs.

    python benchmarks/buttons.py [--times 20] [--stops 5]

A real kernel, of this environment's ipykernel, trains under the live monitor. What the page sends at a press is sent
over the kernel's shell channel, and the kernel notes when the loop obeys: when the pause begins, when the optimizer has
the new rate, when no further step is made, and when ``fit`` has returned with its still picture shown. The figure to
reach is 200 ms or one chunk, whichever is longer: nothing happens within a chunk of compiled steps, which takes 50 to
200 ms while somebody watches, or one step where that takes longer.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # the kernel is that of the tests

from contracts.kernels import Kernel  # noqa: E402

# network -> (hidden units, batch size): steps too short to see, of some milliseconds, of a fifth of a second and more
NETWORKS = {"short steps": (8, 32), "steps of some ms": (512, 256), "long steps": (2048, 256)}

SET_UP = """
import json, time
import numpy as np
import kerasnb as keras
from kerasnb.core.training.fitting import Fit
from kerasnb.widgets.monitor import Monitor

between, paused, last, running = [], False, None, False
start, chunk, obey = Monitor.start, Monitor.chunk, Fit.obey

def say(what, **more):
    print("EVENT " + json.dumps({"what": what, "at": time.time(), **more}), flush=True)

def started(self, plan):
    start(self, plan)
    say("open", comm=self.view.comm.comm_id)

def counted(self, *arguments, **options):
    global running
    chunk(self, *arguments, **options)
    if not running:
        running = True
        say("running")

def obeyed(self, commands):
    global paused, last
    now = time.time()
    if running and last is not None:
        between.append(now - last)
    wish, stop = commands.learning_rate, commands.stop and not self.stopped
    obey(self, commands)
    if wish is not None:
        say("rate")
    if stop:
        say("stopped")
    if commands.pause != paused:
        paused = commands.pause
        say("paused" if paused else "going on")
    last = None if paused else now

Monitor.start, Monitor.chunk, Fit.obey = started, counted, obeyed

def train(units, batch):
    global last, running
    x = np.random.default_rng(0).normal(size=(max(4 * batch, 4096), 64)).astype("float32")
    model = keras.Sequential([keras.Input((64,)), *(keras.layers.Dense(units, "relu") for _ in range(2)),
                              keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e-6), "mse")
    last, running = None, False
    between.clear()
    model.fit(x, x[:, 0], batch_size=batch, epochs=10**6, verbose="auto")
    say("ended", between=between[1:])
"""


class Session(Kernel):
    """A kernel, and what it says."""

    def event(self, *wanted: str, seconds: float = 120) -> dict[str, dict[str, Any]]:
        """Waits for events of these names; by name what came with each. An error of the cell is raised."""
        end, found = time.monotonic() + seconds, {}
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] == "error":
                raise RuntimeError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream":
                lines = message["content"]["text"].splitlines()
                events = [json.loads(line[6:]) for line in lines if line.startswith("EVENT ")]
                found.update((e["what"], e) for e in events if e["what"] in wanted)
            if len(found) == len(wanted):
                return found
        raise TimeoutError(f"the kernel never said all of {wanted}")

    def press(self, comm: str, *wanted: str, **content: Any) -> dict[str, dict[str, Any]]:
        """Send what the page sends; the events that follow, each with the seconds that it took."""
        data = {"method": "custom", "content": content}
        at = time.time()
        self.send("comm_msg", {"comm_id": comm, "data": data})
        return {what: {**event, "seconds": event["at"] - at} for what, event in self.event(*wanted).items()}


HEADS = {"paused": "Pause", "rate": "learning rate", "stopped": "Stop", "ended": "Stop, to the end of `fit`"}


def measure(kernel: Session, units: int, batch: int, times: int, stops: int) -> dict[str, list[float]]:
    """Seconds from each press to its effect, by event, and "between" two looks at what was pressed."""
    found: dict[str, list[float]] = {"between": [], **{what: [] for what in HEADS}}
    draw = random.Random(0)

    def press(*wanted: str, **content: Any) -> dict[str, dict[str, Any]]:
        time.sleep(draw.uniform(0.2, 0.6))  # at any moment of a chunk
        events = kernel.press(comm, *wanted, **content)
        for what, event in events.items():
            found.get(what, []).append(event["seconds"])
        return events

    for run in range(stops):
        kernel.client.execute(f"train({units}, {batch})")
        comm = kernel.event("open", "running")["open"]["comm"]
        for i in range(-(-times // stops)):
            press("rate", kind="learning_rate", value=1e-6 * (1 + (run * times + i) / 100))
            press("paused", kind="pause", value=True)
            press("going on", kind="pause", value=False)
        found["between"] += press("stopped", "ended", kind="stop")["ended"]["between"]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="presses of Pause and new rates for each network")
    parser.add_argument("--stops", type=int, default=5, help="fits that are stopped, for each network")
    options = parser.parse_args()
    import ipykernel

    print(f"ipykernel {ipykernel.__version__}; milliseconds from press to effect, median (worst)\n")
    print(f"| network | between two looks | {' | '.join(HEADS.values())} |\n|---|---|{len(HEADS) * '---|'}")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    kernel = Session(os.environ.get("PYTHONPATH"))
    try:
        kernel.client.execute(SET_UP)
        for name, (units, batch) in NETWORKS.items():
            found = measure(kernel, units, batch, options.times, options.stops)
            said = " | ".join(f"{1e3 * statistics.median(s):.0f} ({1e3 * max(s):.0f})" for s in found.values())
            print(f"| {name} | {said} |", flush=True)
    finally:
        kernel.close()


if __name__ == "__main__":
    main()
