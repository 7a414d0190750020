"""kerasnb beside a hand-written JAX loop and whatever else is installed, on the same machine.

    python benchmarks/bench.py                               # the first workloads, kerasnb and JAX
    python benchmarks/bench.py --all --reference-python PY   # all, with Keras and PyTorch from PY
    python benchmarks/bench.py --workload boston --runs 9 --json boston.json

Each framework does a workload in a process of its own, first unmeasured (so compilation counts
nowhere), then in turn with the others, A B C A B C ..., so that a machine that slows down slows
all. Medians are compared.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import functools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tables import median, memory_table, put_in, shown, table
from worker import FRAMEWORKS
from workloads import BY_NAME, WORKLOADS, Workload

HERE = Path(__file__).resolve().parent
FIRST = ["mnist_mlp", "mnist_mlp.plain", "boston"]
IN_README = ["mnist_mlp", "boston", "imdb", "cnn", "lstm", "transformer", "mnist_mlp.predict1", "mnist_mlp.warm"]
BACKENDS = {
    "Keras on JAX": "jax",
    "Keras on TensorFlow": "tensorflow",
    "Keras on PyTorch": "torch",
}
# what must be importable for a framework
NEEDS = {
    "kerasnb": ["kerasnb"],
    "handwritten JAX": ["jax", "optax"],
    "Keras on JAX": ["keras", "jax"],
    "Keras on TensorFlow": ["keras", "tensorflow"],
    "Keras on PyTorch": ["keras", "torch"],
    "PyTorch": ["torch"],
    "PyTorch compiled": ["torch"],
    "Lightning": ["lightning"],
}
OURS = ("kerasnb", "handwritten JAX")
_VERSIONS = """
import json, sys, importlib.util as u, importlib.metadata as m
found = {}
for name in "kerasnb jax jaxlib flax optax keras tensorflow torch lightning".split():
    if u.find_spec(name):
        found[name] = "source"  # a checkout has no version
        for distribution in (name, name + "-cpu"):
            try: found[name] = m.version(distribution)
            except m.PackageNotFoundError: pass
print(json.dumps({"python": sys.version.split()[0], **found}))
"""


def environment(framework: str, cache: str | None = None) -> dict[str, str]:
    """The worker's environment: this checkout in front, Keras's backend named, where compiled programs are kept."""
    path = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    env = {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Processes that share a GPU take of its memory what they need, not three quarters each.
    env["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    env["KERASNB_COMPILE_CACHE"] = cache or "off"
    # Runs are recorded, as a person's are, but not among a person's.
    env["KERASNB_RUNS"] = str(Path(tempfile.gettempdir()) / "kerasnb-benchmarks" / "runs.sqlite")
    if cache and framework != "kerasnb":
        env["JAX_COMPILATION_CACHE_DIR"] = cache
        env["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        env["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
    if framework in BACKENDS:
        env["KERAS_BACKEND"] = BACKENDS[framework]
    return env


def versions(python: str) -> dict[str, str]:
    """What a Python has installed."""
    command = [python, "-c", _VERSIONS]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(""), check=True)
    return json.loads(done.stdout)


def available(reference: str | None) -> dict[str, str]:
    """Framework -> the Python that has it."""
    found = {}
    for name, needs in NEEDS.items():
        for python in filter(None, (sys.executable, None if name in OURS else reference)):
            if name not in found and set(needs) <= set(versions_of(python)):
                found[name] = python
    return found


_seen: dict[str, dict[str, str]] = {}


def versions_of(python: str) -> dict[str, str]:
    """``versions``, asked once."""
    if python not in _seen:
        _seen[python] = versions(python)
    return _seen[python]


class Worker:
    """A process that warms up and measures when told to."""

    def __init__(self, framework: str, python: str, workload: Workload):
        self.framework = framework
        command = [python, str(HERE / "worker.py"), framework, workload.name, str(workload.epochs)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(framework),
        )

    @functools.cached_property
    def ready(self) -> bool:
        """Whether it has warmed up, which is waited for; False where it could not."""
        return self.process.stdout.readline() == "ready\n"

    def measure(self) -> dict:
        """Do the work once more."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def started(workload: Workload, pythons: dict[str, str], stack: ExitStack) -> list[Worker]:
    """A worker for each framework, which end with the stack; none for workloads of whole processes."""
    if workload.unit in ("cold", "warm"):
        return []
    return [stack.enter_context(Worker(name, python, workload)) for name, python in pythons.items()]


def run(workload: Workload, pythons: dict[str, str], runs: int, workers: list[Worker] | None = None) -> dict[str, dict]:
    """Framework -> its samples in seconds and its peak memory in MiB.

    Args:
        workers: those that ``started`` gave; by default they start one after the other.
    """
    if workload.unit in ("cold", "warm"):
        return run_processes(workload, pythons, runs)
    with ExitStack() as stack:
        if workers is None:
            workers = []
            for name, python in pythons.items():
                workers += started(workload, {name: python}, stack)
                _ = workers[-1].ready  # waited for: on few cores they would slow one another down
        results = {w.framework: {"seconds": [], "memory": 0.0} for w in workers if w.ready}
        for name in set(pythons) - set(results):
            say(f"  {name}: cannot do {workload.name} here")
        divisor = workload.epochs if workload.unit == "epoch" else 1
        for _ in range(runs):
            for worker in workers:
                if worker.ready:
                    one = worker.measure()
                    results[worker.framework]["seconds"].append(one["seconds"] / divisor)
                    results[worker.framework]["memory"] = one["memory"]
    return results


def run_processes(workload, pythons: dict[str, str], runs: int) -> dict[str, dict]:
    """Whole processes, in turn. Compiled programs are kept between them for "warm" and for nobody for "cold"."""
    results = {name: {"seconds": [], "memory": 0.0} for name in pythons}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(runs + 1):  # the first one fills what caches there are
            for name, python in pythons.items():
                cache = os.path.join(folder, name) if workload.unit == "warm" else None
                command = [python, str(HERE / "worker.py"), name, workload.name]
                begin = time.perf_counter()
                done = subprocess.run(command, capture_output=True, env=environment(name, cache), check=False)
                if done.returncode:
                    results.pop(name, None)
                elif turn:
                    results[name]["seconds"].append(time.perf_counter() - begin)
    return results


def machine() -> dict[str, object]:
    """What the numbers were taken on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else model
    smi = shutil.which("nvidia-smi")
    gpu = smi and subprocess.run(
        [smi, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, check=False
    )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "cpu": model,
        "gpu": gpu.stdout.strip() if gpu else "",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
        "load": load,
        "JAX_PLATFORMS": os.environ.get("JAX_PLATFORMS", ""),
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="every workload")
    parser.add_argument("--workload", action="append", choices=list(BY_NAME), help="only this one")
    parser.add_argument("--framework", action="append", choices=list(FRAMEWORKS))
    parser.add_argument("--reference-python", metavar="PY", help="a Python that has the peers")
    parser.add_argument("--runs", type=int, default=5, help="measurements each (default 5)")
    parser.add_argument("--together", action="store_true", help="warm all up side by side (on many cores)")
    parser.add_argument("--epochs", type=int, default=1, help="so many times the epochs in a fit (fast machines)")
    parser.add_argument("--json", type=Path, help="default: benchmarks/results/DATE.json")
    parser.add_argument(
        "--from",
        dest="earlier",
        type=Path,
        metavar="JSON",
        action="append",
        default=[],
        help="results of earlier runs on this machine, to be shown beside the new ones",
    )
    parser.add_argument("--write", action="store_true", help="put the table into README.md and docs/benchmarks.md")
    arguments = parser.parse_args()

    pythons = available(arguments.reference_python)
    if arguments.framework:
        pythons = {n: p for n, p in pythons.items() if n in arguments.framework}
    names = arguments.workload or ([w.name for w in WORKLOADS] if arguments.all else FIRST)
    say(f"{', '.join(pythons)}; {arguments.runs} runs each, in turn")

    begin, results = machine(), {}
    for path in arguments.earlier:
        results.update(json.loads(path.read_text())["results"])
    workloads = [BY_NAME[name] for name in names]
    longer = {w.name: w.epochs * arguments.epochs for w in workloads if w.unit == "epoch"}
    workloads = [dataclasses.replace(w, epochs=longer.get(w.name, w.epochs)) for w in workloads]
    with ExitStack() as stack:
        ahead = {w.name: started(w, pythons, stack) for w in workloads} if arguments.together else {}
        for workload in workloads:
            say(workload.title)
            found = results[workload.name] = run(workload, pythons, arguments.runs, ahead.get(workload.name))
            for framework, result in found.items():
                low, high = min(result["seconds"]), max(result["seconds"])
                spread = f"{shown(low)} to {shown(high)}"
                memory = f", {result['memory']:.0f} MiB" if result["memory"] else ""
                say(f"  {framework:<20} {shown(median(result)):>9}   {spread}{memory}")

    now = datetime.datetime.now(datetime.UTC)
    results = {w.name: results[w.name] for w in WORKLOADS if w.name in results}
    used = {name: v for python in set(pythons.values()) for name, v in versions_of(python).items()}
    where = f"{now:%Y-%m-%d}, {begin['gpu'] or begin['cpu']}, {begin['cores']} cores; "
    where += ", ".join(f"{n} {v}" for n, v in used.items())
    print(f"{where}\n\n{table(results)}")
    if arguments.write:
        short = {name: results[name] for name in IN_README if name in results}
        put_in(HERE.parent / "README.md", f"{table(short, ['kerasnb', 'handwritten JAX', 'Keras on JAX'])}\n\n{where}")
        put_in(HERE.parent / "docs" / "benchmarks.md", f"{table(results)}\n\n{where}\n\n{memory_table(results)}")
    path = arguments.json or HERE / "results" / f"{now:%Y-%m-%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "date": now.isoformat(timespec="seconds"),
        "machine": begin,
        "versions": {Path(p).parts[-3] if p != sys.executable else "this": versions_of(p)
                     for p in set(pythons.values())},
        "results": results,
    }  # fmt: skip
    path.write_text(json.dumps(record, indent=1) + "\n")
    say(f"\nwritten: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
