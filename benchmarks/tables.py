"""Results as tables, and where they stand in the pages."""

from __future__ import annotations

import statistics
from pathlib import Path

from worker import FRAMEWORKS
from workloads import BY_NAME

MARKS = ("<!-- written by benchmarks/bench.py --write -->", "<!-- end -->")


def median(result: dict) -> float:
    return statistics.median(result["seconds"])


def shown(seconds: float) -> str:
    """Three digits, in s or ms.

    >>> shown(1.2345), shown(0.01234)
    ('1.23 s', '12.3 ms')
    """
    if seconds >= 100:
        return f"{seconds:.0f} s"
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{seconds * 1e3:.3g} ms"


def table(results: dict[str, dict], frameworks: list[str] | None = None) -> str:
    """Markdown: medians, and behind each how many times kerasnb's."""
    names = [n for n in frameworks or FRAMEWORKS if any(n in row for row in results.values())]
    lines = [
        "| median (times kerasnb) | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for name, row in results.items():
        workload = BY_NAME[name]
        cells = []
        for framework in names:
            if framework not in row:
                cells.append("")
                continue
            text = shown(median(row[framework]))
            if framework != "kerasnb" and "kerasnb" in row:
                text += f" ({median(row[framework]) / median(row['kerasnb']):.2f}x)"
            cells.append(text)
        per = " (s/epoch)" if workload.unit == "epoch" else ""
        lines.append(f"| {workload.title}{per} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def memory_table(results: dict[str, dict]) -> str:
    """Markdown: the most memory a process ever held, MiB, data and imports included."""
    names = [n for n in FRAMEWORKS if any(n in row for row in results.values())]
    lines = ["| peak memory, MiB | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for name, row in results.items():
        if any(found["memory"] for found in row.values()):
            cells = [f"{row[n]['memory']:.0f}" if n in row else "" for n in names]
            lines.append(f"| {BY_NAME[name].title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def put_in(path: Path, text: str) -> None:
    """Exchange what stands between a page's two marks."""
    before, rest = path.read_text().split(MARKS[0], 1)
    _, after = rest.split(MARKS[1], 1)
    path.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")
