"""Mutation testing: ``python tests/mutation/run.py [--sample N] [--seed S] [--all] [FILES]``.

Each mutant is one small wrong change of losses, metrics or feed code (``mutants.py`` says which, and what is left as it
is). The tests that run the changed line are played on it, quickest first, until one fails: then the mutant is killed. A
mutant that no test reaches has survived. One that hangs until its time is up counts as killed, and is counted apart.
Changes that make no difference stand with their reasons in ``equivalent.toml`` and are not drawn.

A sample is drawn at random, in each file as many as its share of all mutants. Figures go to ``out/mutation``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation import children, reach
from mutation.mutants import Mutant, mutants, mutated

ROOT = Path(__file__).resolve().parents[2]
FEED = (
    "feed", "sources", "streams", "batches", "shifted_rows", "seen_rows", "repeated_rows", "packing", "process_feed",
    "array_epochs", "block_epochs", "stream_epochs", "prepare", "pace", "structure",
)  # fmt: skip
TESTS = (
    "tests/contracts/test_losses.py", "tests/contracts/test_metrics.py", "tests/contracts/test_keras_figures.py",
    "tests/core/losses", "tests/core/metrics", "tests/core/training", "tests/core/data",
    "tests/core/callbacks/test_going_on.py",
)  # fmt: skip
LONGEST = 90.0  # seconds of tests for one mutant, as they were measured; slower tests are left out
START = 30.0  # seconds of a CPU beyond their tests that children have before they count as hanging
SLOWER = 3.0  # how much longer than measured tests may take
GOAL = 0.85


def targets() -> list[str]:
    """The files whose mutants are counted."""
    found = [p for part in ("losses", "metrics") for p in sorted((ROOT / "kerasnb/core" / part).rglob("*.py"))]
    found += [ROOT / f"kerasnb/core/training/{name}.py" for name in FEED]
    return [str(p.relative_to(ROOT)) for p in found]


def measured(root: Path, files: list[str], tests: list[str], place: Path, jobs: int) -> reach.Reach:
    """The lines that every test runs; only files of tests that were changed since the last time are run again."""
    kept = place / "reach.json"
    known = json.loads(kept.read_text()) if kept.is_file() else {"texts": {}, "tests": {}}
    modules = [p for t in tests for p in (sorted((root / t).rglob("test_*.py")) if (root / t).is_dir() else [root / t])]
    wanted = {str(p.relative_to(root)): reach.stamp(root, p) for p in modules}
    texts = {file: (root / file).read_text() for file in files}
    known["texts"] |= {reach.digest(text): text for text in texts.values()}
    stale = [name for name, stamp in wanted.items() if known["tests"].get(name, {}).get("stamp") != stamp]
    running: list[children.Child] = []

    def work(name: str) -> dict[str, Any]:
        watcher = reach.Watcher(root, files)
        children.run_tests(root, [name], watcher)
        return watcher.result()

    while stale or running:
        while stale and len(running) < jobs:
            name = stale.pop(0)
            answer = place / f"{name.replace('/', '.')}.json"
            running.append(children.start(name, lambda name=name: work(name), answer, 3600))
        for child, found in children.finished(running):
            if isinstance(found, str):
                raise RuntimeError(f"{child.name}: {found}; see {child.answer.with_suffix('.txt')}")
            sources = {file: reach.digest(text) for file, text in texts.items()}
            known["tests"][child.name] = {"stamp": wanted[child.name], "sources": sources, **found}
            kept.write_text(json.dumps(known))
            print(f"{child.name}: {len(found['seconds'])} tests, {sum(found['seconds'].values()):.0f} s", flush=True)
        time.sleep(0.02)
    return reach.Reach([known["tests"][name] for name in wanted], known["texts"], texts)


def sample(all_of_them: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many mutants, of each file its share: in random order within the file, every n-th of the row is taken."""
    draw = random.Random(seed)
    files: dict[str, list[Mutant]] = {}
    for mutant in all_of_them:
        files.setdefault(mutant.file, []).append(mutant)
    row = [m for found in files.values() for m in draw.sample(found, len(found))]
    step = max(len(row) / count, 1)
    taken = [
        row[int(at)] for at in (draw.random() * step + i * step for i in range(min(count, len(row)))) if at < len(row)
    ]
    draw.shuffle(taken)  # stopped half-way, it is still a sample
    return taken


def tried(
    root: Path, wanted: list[Mutant], reached: reach.Reach, place: Path, jobs: int
) -> Iterator[tuple[Mutant, str, str]]:
    """(mutant; "killed", "timeout" or "survived"; by which test or why) as they end."""
    left, running = list(wanted), []
    free = list(range(jobs))

    def work(mutant: Mutant, tests: list[str]) -> dict[str, Any]:
        first = children.First()
        status = children.run_tests(root, tests, first, (mutant.file, mutated(root, mutant)))
        return {"status": status, "by": first.name}

    while left or running:
        while left and free:
            mutant = left.pop(0)
            tests, seconds = [], 0.0
            for test in reached.of(mutant):
                seconds += reached.seconds[test]
                if tests and seconds > LONGEST:
                    break
                tests.append(test)
            if not tests:
                yield mutant, "survived", "no test reaches it"
                continue
            slot = free.pop()
            bound = START + SLOWER * min(seconds, 2 * LONGEST)
            name = (mutant, slot, len(tests))
            running.append(
                children.start(name, lambda m=mutant, t=tests: work(m, t), place / f"child{slot}.json", bound)
            )
        for child, answer in children.finished(running):
            mutant, slot, count = child.name
            free.append(slot)
            if answer == "timeout":
                yield mutant, "timeout", f"{count} tests"
            elif answer == "crash":
                yield mutant, "killed", "the process died"
            elif answer["status"] == 0:
                yield mutant, "survived", f"{count} tests passed"
            else:
                yield mutant, "killed", answer["by"] or f"pytest ended with {answer['status']}"
        time.sleep(0.02)


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share, 95 %."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle, width = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - width) / (1 + z * z / of), (middle + width) / (1 + z * z / of)


def report(results: list[tuple[Mutant, str, str]], seed: int, of: int) -> str:
    """The table of files, the survivors, and the share that was killed."""
    files: dict[str, list[str]] = {}
    for mutant, how, _ in results:
        files.setdefault(mutant.file, []).append(how)
    lines = ["| file | mutants | killed | of these by timeout | survived |", "|---|---|---|---|---|"]
    for file, found in sorted(files.items()):
        late, alive = found.count("timeout"), found.count("survived")
        lines.append(f"| {file} | {len(found)} | {len(found) - alive} | {late} | {alive} |")
    alive = [(m, why) for m, how, why in results if how == "survived"]
    lines += [
        "",
        *(f"survived: {m} [{m.scope}] ({why})" for m, why in sorted(alive, key=lambda a: (a[0].file, a[0].line))),
    ]
    killed = len(results) - len(alive)
    low, high = interval(killed, len(results))
    share = killed / max(len(results), 1)
    lines.append(
        f"\n{killed} of {len(results)} killed: {share:.1%}, with 95 % certainty between {low:.1%} and {high:.1%} "
        f"(seed {seed}, drawn from {of} mutants)"
    )
    return "\n".join(lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="some of the files; all by default")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--again", action="store_true", help="those that survived the last time")
    parser.add_argument("--fresh", action="store_true", help="measure anew which tests run which lines")
    parser.add_argument("--only", default="", help="mutants whose description has this text")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--root", type=Path, default=ROOT, help="of another project")
    parser.add_argument("--tests", nargs="*", default=list(TESTS), help="files and folders of tests")
    given = parser.parse_args()
    root = given.root.resolve()
    place = root / "out" / "mutation"
    place.mkdir(parents=True, exist_ok=True)
    files = targets() if root == ROOT else given.files
    children.prepare(root, heavy=root == ROOT)
    harmless = equivalents() if root == ROOT else {}
    chosen = [f if root != ROOT else os.path.relpath(Path(f).resolve(), root) for f in given.files] or files
    pool = [m for f in chosen for m in mutants(root, f) if m.key not in harmless and given.only in str(m)]
    last = place / "results.json"
    if given.fresh:
        (place / "reach.json").unlink(missing_ok=True)
    if given.again:
        alive = [tuple(r["key"]) for r in json.loads(last.read_text())["results"] if r["how"] == "survived"]
        wanted = [m for m in pool if m.key in alive]
    else:
        wanted = pool if given.all else sample(pool, given.sample, given.seed)
    reached = measured(root, files, given.tests, place, given.jobs)
    results, began = [], time.monotonic()
    for one in tried(root, wanted, reached, place, given.jobs):
        results.append(one)
        mutant, how, why = one
        print(f"{len(results)}/{len(wanted)} {how}: {mutant} ({why})", flush=True)
        rows = [{"mutant": str(m), "key": m.key, "scope": m.scope, "how": h, "why": w} for m, h, w in results]
        last.write_text(json.dumps({"seed": given.seed, "of": len(pool), "results": rows}, indent=1))
    print(f"\n{report(results, given.seed, len(pool))}, in {time.monotonic() - began:.0f} s")
    alive = sum(how == "survived" for _, how, _ in results)
    return int(not results or 1 - alive / len(results) < GOAL)


def equivalents() -> dict[tuple[str, str, str, str], str]:
    """Changes that make no difference, and why."""
    table = tomllib.loads((Path(__file__).with_name("equivalent.toml")).read_text())
    return {(e["file"], e["scope"], e["old"], e["new"]): e["why"] for e in table.get("equivalent", ())}


if __name__ == "__main__":
    sys.exit(main())
