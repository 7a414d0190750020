"""Feeds broken and hostile files to every reader: ``python tests/fuzz/run.py --cases 10000 --jobs 2 [READER ...]``.

Each reader runs in a child with bounded memory. What counts as a failure: an error that is not ours or has no words, a
crash, a case over a second of CPU, memory over four times the declared bound, a program started, a connection made,
a file written outside of the case's folder. Files that fail are kept in ``out/fuzz``.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 1.0  # of a CPU, for one file
MEMORY = "/dev/shm"  # where cases lie, if it is there: a disk takes longer to write them than readers to read
WATCHDOG = 60.0  # of the clock: a hang, on however busy a machine
OURS = (ValueError, OSError, TypeError, ImportError, tarfile.FilterError)
FORBIDDEN = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "ctypes.dlopen")


class Watch:
    """An audit hook: what was started, reached, or written outside of the folder, while it is on."""

    def __init__(self, folder: Path):
        self.folder, self.on, self.seen = str(folder), False, []
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in FORBIDDEN:
            self.seen.append(f"{event} {args[:1]!r}")
        elif event == "open" and isinstance(args[0], str) and isinstance(args[2], int):
            if args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and args[0] != os.devnull:
                if not os.path.realpath(args[0]).startswith(self.folder):
                    self.seen.append(f"wrote {args[0]}")


class Honest:
    """The sample as it was made, and the way back to it: no case sees what the one before left."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.contents = {p: p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}
        self.marks = {p: _mark(p) for p in self.contents}

    def restore(self, *changed: Path) -> None:
        """Write again what was changed or is gone, in place of what is there; remove what a reader left.

        Args:
            changed: what is surely no longer as it was; of the rest only what looks otherwise is written.
        """
        for path in list(self.folder.rglob("*")):
            if path not in self.contents:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        for path, content in self.contents.items():
            if path in changed or self.marks[path] != _mark(path):
                if content is None:
                    path.mkdir(parents=True, exist_ok=True)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                self.marks[path] = _mark(path)


def _mark(path: Path) -> tuple[int, ...] | None:
    """What tells that a file was written; of a folder only whether it is there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino,) if path.is_dir() else (found.st_ino, found.st_size, found.st_mtime_ns)


def child(name: str, cases: int, seed: int, folder: Path, keep: Path, seconds: float) -> dict[str, Any]:
    """Run the cases of one reader in this process."""
    from fuzz.readers import READERS

    reader = READERS[name]
    path = folder / "case" / reader.file
    path.parent.mkdir()
    warnings.simplefilter("ignore")
    watch = Watch(folder)
    reader.make(path)
    originals = {p: p.read_bytes() for p in ([path] if path.is_file() else sorted(path.rglob("*"))) if p.is_file()}
    honest = Honest(path.parent)
    targets = [p for p in originals if originals[p] and _is_target(name, p)]
    reader.read(path)  # the honest file can be read
    honest.restore(*targets)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (pages + 4 * reader.bound + 2**30, resource.RLIM_INFINITY))
    before, _ = _peak(), (folder / "now").write_text("")
    # A clock of the kernel's: a thread that watches would cost two switches of threads for every file.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    faulthandler.register(signal.SIGALRM, chain=True)  # where it hung, then the end
    result: dict[str, Any] = {"reader": name, "cases": 0, "refused": 0, "slowest": 0.0, "failures": []}
    began = time.monotonic()
    for case in range(cases):
        if seconds and time.monotonic() - began > seconds:
            break
        rng = random.Random(f"{name} {seed} {case}")
        hit = rng.choice(targets)
        data = reader.change(originals[hit], rng)
        hit.write_bytes(data)
        (folder / "now").write_bytes(data)
        signal.setitimer(signal.ITIMER_REAL, WATCHDOG)
        watch.seen, watch.on, failure, start = [], True, None, time.process_time()
        try:
            reader.read(path)
        except OURS as error:
            result["refused"] += 1
            if not str(error).strip():
                failure = f"{type(error).__name__} without words"
        except BaseException as error:
            import traceback

            where = traceback.extract_tb(error.__traceback__)[-1]
            failure = f"{type(error).__name__}: {str(error)[:160]} ({Path(where.filename).name}:{where.lineno})"
        watch.on = False
        spent = time.process_time() - start
        signal.setitimer(signal.ITIMER_REAL, 0)
        if spent > SECONDS:  # again: the first time something may have been compiled or collected
            start = time.process_time()
            hit.parent.mkdir(parents=True, exist_ok=True)
            hit.write_bytes(data)
            try:
                reader.read(path)
            except Exception:
                pass
            spent = min(spent, time.process_time() - start)
        failure = failure or (f"{spent:.1f} s of a CPU" if spent > SECONDS else None)
        failure = failure or (watch.seen[0] if watch.seen else None)
        if failure:
            kept = keep / f"{name.replace(' ', '-')}-{seed}-{case}{path.suffix}"
            kept.write_bytes(data)
            result["failures"].append(f"case {case}: {failure}")
        result["slowest"], result["cases"] = max(result["slowest"], spent), case + 1
        honest.restore(hit)
    result["memory"] = _peak() - before
    if result["memory"] > 4 * reader.bound:
        result["failures"].append(f"{result['memory'] / 2**20:.0f} MB of memory")
    return result


def _is_target(name: str, path: Path) -> bool:
    if name == "orbax listing":
        return "METADATA" in path.name or path.suffix == ".json"
    return True


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fuzz(names: list[str], cases: int, seed: int = 0, seconds: float = 0.0, jobs: int = 1) -> Iterator[dict[str, Any]]:
    """The result of each reader as soon as it is there, each from a process of its own.

    Args:
        names: of the readers.
        cases: how many files for each.
        seed: of the files; the same seed gives the same files.
        seconds: after which a reader begins no further case; 0 for no limit.
        jobs: how many readers at a time.
    """
    keep = ROOT / "out" / "fuzz"
    keep.mkdir(parents=True, exist_ok=True)
    waiting, running = list(names), {}
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kerasnb-fuzz-", dir=memory) as scratch:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                folder = Path(tempfile.mkdtemp(dir=scratch)).resolve()
                number = os.fork()
                if not number:
                    _in_child(name, cases, seed, seconds, folder, keep)
                running[number] = name, folder
            number, status = os.wait()
            name, folder = running.pop(number)
            yield _result(name, folder, keep, os.waitstatus_to_exitcode(status))
            shutil.rmtree(folder, ignore_errors=True)


def _result(name: str, folder: Path, keep: Path, code: int) -> dict[str, Any]:
    """What a child left: its result, or the case in which it ended."""
    report = folder / "result.json"
    if report.is_file():
        return json.loads(report.read_text())
    kept = keep / f"{name.replace(' ', '-')}-crash"
    if (folder / "now").is_file():
        kept.write_bytes((folder / "now").read_bytes())
    said = (folder / "said").read_text(errors="replace")[-1500:] if (folder / "said").is_file() else ""
    failure = f"crash: the process ended with {code}, see {kept}: {said}"
    return {"reader": name, "cases": 0, "refused": 0, "slowest": 0.0, "memory": 0, "failures": [failure]}


def _in_child(name: str, cases: int, seed: int, seconds: float, folder: Path, keep: Path) -> None:
    """What the forked process does; it never returns."""
    code = 1
    try:
        with open(folder / "said", "w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        tempfile.tempdir = str(folder)
        os.environ.update(TMPDIR=str(folder), KERAS_HOME=f"{folder}/keras", KERASNB_RUNS="off", KERASNB_DATA="")
        result = child(name, cases, seed, folder, keep, seconds)
        (folder / "result.json").write_text(json.dumps(result))
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def prepare() -> None:
    """Import what readers need, once for all children; jax starts its threads only when it first computes."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    warnings.simplefilter("ignore")
    for name in ("flax.nnx", "h5py", "jax", "nbformat", "optax", "PIL.Image", "safetensors.numpy", "kerasnb.layers"):
        importlib.import_module(name)
    import kerasnb

    kerasnb.Sequential


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", metavar="READER")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0, help="after which a reader begins no further case")
    parser.add_argument("--jobs", type=int, default=1, help="how many readers at a time")
    given = parser.parse_args()
    prepare()
    from fuzz.readers import READERS

    failed = 0
    print(
        "| reader | cases | refused | slowest, s of a CPU | memory, MB | failures |\n|---|---|---|---|---|---|",
        flush=True,
    )
    for found in fuzz(given.readers or list(READERS), given.cases, given.seed, given.seconds, given.jobs):
        failed += len(found["failures"])
        print(
            f"| {found['reader']} | {found['cases']} | {found['refused']} | {found['slowest']:.2f} "
            f"| {found['memory'] / 2**20:.0f} | {len(found['failures'])} |",
            flush=True,
        )
        for failure in dict.fromkeys(f.partition(": ")[2] or f for f in found["failures"]):
            print(f"    {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
