"""What checkpoints a folder holds, and how the weights of two of them differ."""

from __future__ import annotations

import html
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..registry import did_you_mean

ENDINGS = {".keras": "model", ".weights.h5": "weights", ".safetensors": "weights", ".h5": "older model"}
SHOWN = 40  # rows of a comparison in full


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint of a folder.

    Attributes:
        path: the file or folder.
        kind: "model", "weights", "older model", "backup" or "orbax".
        modified: seconds since 1970.
        size: bytes on disk.
        epoch, step: where a run stood, None where nothing says it.
        numbers: of the logs at that time, where they were kept.
    """

    path: Path
    kind: str
    modified: float
    size: int
    epoch: int | None = None
    step: int | None = None
    numbers: dict[str, float] = field(default_factory=dict)

    def cells(self) -> list[str]:
        """As a row of texts."""
        place = "" if self.epoch is None else f"epoch {self.epoch}" + (f", step {self.step}" if self.step else "")
        if self.epoch is None and self.step is not None:
            place = f"number {self.step}"
        numbers = "  ".join(f"{k} {v:.4g}" for k, v in self.numbers.items())
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.modified))
        return [self.path.name, self.kind, place, numbers, size_text(self.size), when]


class _Table:
    """Rows under a head, as text and as HTML."""

    head: list[str]
    empty = ""

    def rows(self) -> list[list[str]]:
        raise NotImplementedError

    def __repr__(self) -> str:
        rows = self.rows()
        if not rows:
            return self.empty
        table = [self.head, *rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(self.head))]
        used = [i for i, _ in enumerate(self.head) if any(row[i] for row in rows)]
        return "\n".join("  ".join(row[i].ljust(widths[i]) for i in used).rstrip() for row in table)

    def _repr_html_(self) -> str:
        rows = self.rows()
        if not rows:
            return f"<p>{html.escape(self.empty)}</p>"
        used = [i for i, _ in enumerate(self.head) if any(row[i] for row in rows)]
        cells = lambda row, tag: "".join(f"<{tag}>{html.escape(row[i])}</{tag}>" for i in used)  # noqa: E731
        body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
        return f"<table><thead><tr>{cells(self.head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


class Checkpoints(_Table, list):
    """A list of ``Checkpoint``, oldest first, that shows itself as a table."""

    head = ["name", "kind", "place", "numbers", "size", "written"]
    empty = "There are no checkpoints here."

    def rows(self) -> list[list[str]]:
        return [checkpoint.cells() for checkpoint in self]


def checkpoints(folder: Any) -> Checkpoints:
    """The checkpoints of a folder, oldest first: files of ``ModelCheckpoint`` and ``save``, folders of
    ``BackupAndRestore`` and ``OrbaxCheckpoint``.

    Args:
        folder: where they lie; only its own entries are looked at.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"checkpoints: there is no folder {str(folder)!r}.")
    found = [c for c in map(_described, sorted(folder.iterdir())) if c is not None]
    return Checkpoints(sorted(found, key=lambda c: (c.modified, c.path.name)))


def _described(path: Path) -> Checkpoint | None:
    if path.name.startswith("."):
        return None
    if path.is_file():
        kind = next((k for ending, k in ENDINGS.items() if path.name.endswith(ending)), None)
        return None if kind is None else Checkpoint(path, kind, path.stat().st_mtime, path.stat().st_size)
    size = sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    backup, orbax = path / "training_metadata.json", path / "_CHECKPOINT_METADATA"
    if backup.is_file():
        facts = _json(backup)
        logs = facts.get("logs")
        return Checkpoint(
            path, "backup", backup.stat().st_mtime, size, _whole(facts.get("epoch")), _whole(facts.get("step")),
            _numbers(logs),
        )  # fmt: skip
    if orbax.is_file() and path.name.isdecimal():
        own = _json(orbax).get("custom_metadata")
        logs = own.get("logs") if isinstance(own, dict) else None
        return Checkpoint(path, "orbax", orbax.stat().st_mtime, size, None, int(path.name), _numbers(logs))
    if (path / "config.json").is_file() and (path / "model.weights.h5").is_file():
        return Checkpoint(path, "model", (path / "model.weights.h5").stat().st_mtime, size)
    return None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _numbers(logs: Any) -> dict[str, float]:
    items = logs.items() if isinstance(logs, dict) else ()
    return {str(k): float(v) for k, v in items if isinstance(v, (int, float))}


# --- two of them ---------------------------------------------------------------------------------------


class Comparison(_Table):
    """How the weights of two checkpoints differ.

    Attributes:
        changed: path -> (shape, largest difference, length of the difference over the length of the first).
        only: path -> which of the two has it, or "shapes differ".
    """

    head = ["weight", "shape", "largest difference", "relative"]

    def __init__(self, one: dict[str, np.ndarray], other: dict[str, np.ndarray]):
        self.changed: dict[str, tuple[tuple[int, ...], float, float]] = {}
        self.only: dict[str, str] = {}
        for name in [*one, *(n for n in other if n not in one)]:
            a, b = one.get(name), other.get(name)
            if a is None or b is None:
                self.only[name] = "only in the first" if b is None else "only in the second"
            elif a.shape != b.shape:
                self.only[name] = f"{a.shape} and {b.shape}"
            else:
                difference = np.abs(a.astype(np.float64) - b.astype(np.float64))
                length = float(np.linalg.norm(a.astype(np.float64)))
                relative = float(np.linalg.norm(difference)) / length if length else float(bool(difference.any()))
                self.changed[name] = (a.shape, float(difference.max(initial=0.0)), relative)

    @property
    def equal(self) -> bool:
        """Whether all weights are equal to the bit."""
        return not self.only and all(largest == 0 for _, largest, _ in self.changed.values())

    @property
    def empty(self) -> str:  # type: ignore[override]
        """What stands instead of an empty table."""
        return f"All {len(self.changed)} weights are equal."

    def rows(self) -> list[list[str]]:
        different = {k: v for k, v in self.changed.items() if v[1] != 0}
        rows = [[k, "x".join(map(str, s)), f"{d:.3g}", f"{r:.2%}"] for k, (s, d, r) in different.items()]
        rows += [[name, what, "", ""] for name, what in self.only.items()]
        same = len(self.changed) - len(different)
        rows = rows if len(rows) <= SHOWN else [*rows[:SHOWN], [f"... {len(rows) - SHOWN} more", "", "", ""]]
        return [*rows, [f"{same} equal", "", "", ""]] if rows and same else rows


def compare_checkpoints(one: Any, other: Any) -> Comparison:
    """The weights of two checkpoints side by side, by their paths; optimizers are left out.

    Args:
        one, other: ``Checkpoint`` objects or paths.

    Raises:
        FileNotFoundError, ValueError: there is none at a path, or it is damaged.
    """
    return Comparison(weights_of(one), weights_of(other))


def weights_of(checkpoint: Any) -> dict[str, np.ndarray]:
    """The weights of a checkpoint by their paths, read without a model and without trust."""
    from .weight_tree import objects, own_weights, read_file

    path = Path(getattr(checkpoint, "path", checkpoint))
    if not path.exists():
        near = did_you_mean(path.name, [p.name for p in path.parent.glob("*")]) if path.parent.is_dir() else ""
        raise FileNotFoundError(f"compare: there is no checkpoint {str(path)!r}.{near}")
    if path.suffix == ".safetensors":
        from .safetensors import read_file as read_safetensors_file

        return read_safetensors_file(path)
    if path.is_dir():
        if (path / "default").is_dir():
            return _orbax_weights(path / "default")
        inside = [path / n for n in ("latest.weights.h5", "model.weights.h5") if (path / n).is_file()]
        if not inside:
            raise ValueError(f"compare: the folder {str(path)!r} is no checkpoint.")
        path = inside[0]
    tree, _, _, _ = read_file(path)
    found = {}
    for place, entry in objects(tree):
        if place.split("/")[1:2] not in (["optimizer"], ["run_arrays"]):
            found.update({f"{place}/{name}".lstrip("/"): array for name, array in own_weights(entry).items()})
    return found


def _orbax_weights(path: Path) -> dict[str, np.ndarray]:
    import jax
    import orbax.checkpoint as orbax

    with orbax.StandardCheckpointer() as reader:
        described = reader.metadata(path.absolute())
        described = getattr(described, "item_metadata", described)
        plain = jax.tree.map(lambda a: np.empty(a.shape, a.dtype), getattr(described, "tree", described))
        found = reader.restore(path.absolute(), plain)
    return {f"weights/{k}": np.asarray(v) for k, v in sorted(found["weights"].items())}


def size_text(count: float) -> str:
    """Bytes for people.

    >>> size_text(1536)
    '1.5 kB'
    """
    for unit in ("bytes", "kB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"


def command(folder: str, one: str = "", other: str = "") -> str:
    """What ``%kerasnb checkpoints FOLDER [ONE OTHER]`` prints."""
    if not one:
        return repr(checkpoints(folder))
    if not other:
        raise ValueError("Name two checkpoints to compare: %kerasnb checkpoints FOLDER ONE OTHER.")
    return repr(compare_checkpoints(Path(folder, one), Path(folder, other)))
