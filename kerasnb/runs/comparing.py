"""What differs between runs: curves over one another, and settings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .describe import without_names
from .listing import figure

ABSENT = "–"


class Comparison:
    """Several runs beside one another.

    Attributes:
        runs: the runs.
        differences: (setting, value of each run) for every setting in which they are not equal.
    """

    def __init__(self, runs: Sequence[Any]):
        self.runs = list(runs)
        settings = [settings_of(run) for run in self.runs]
        self.differences = differences(settings)

    def figure(self, **options: Any) -> Any:
        """The curves over one another: a plotly figure. ``options`` as in ``History.compare``."""
        from kerasnb.core.callbacks.history import History

        return History.compare({run.label: run for run in self.runs}, **options)

    def __repr__(self) -> str:
        names = [f"run {run.label}" for run in self.runs]
        lines = [" and ".join(names) if len(names) == 2 else ", ".join(names)]
        figures = dict.fromkeys(n for run in self.runs for n in run.final)
        table = [["", *names], ["status", *(run.status for run in self.runs)]]
        table += [[name, *(figure(run.final.get(name)) for run in self.runs)] for name in figures]
        table += [[name, *values] for name, values in self.differences]
        if not self.differences:
            lines.append("The same model, data and arguments.")
        table = [[_short(cell) for cell in row] for row in table]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines += ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .card import comparison_html

        return {"text/html": comparison_html(self), "text/plain": repr(self)}


def settings_of(run: Any) -> dict[str, str]:
    """Everything that was chosen for a run, flat: "fit.batch_size" -> "32"."""
    found: dict[str, str] = {}
    for name, value in (
        ("model", without_names(run.config)), ("compile", run.compile), ("fit", run.fit), ("data", run.data),
        ("seed", run.seed), ("versions", run.versions),
    ):  # fmt: skip
        flatten(name, value, found)
    return found


def flatten(path: str, value: Any, found: dict[str, str]) -> None:
    """Leaves of nested settings by their paths; parts of a list that have a class are called by it.

    >>> found = {}
    >>> flatten("model", {"layers": [{"class_name": "Dense", "config": {"units": 3}}]}, found)
    >>> found
    {'model.layers.1 Dense': 'Dense', 'model.layers.1 Dense.units': '3'}
    """
    if isinstance(value, dict):
        kind = value.get("class_name")
        if kind is not None:
            found[path] = str(kind)
        for name, inner in value.items():
            if name in ("class_name", "module", "registered_name", "name", "build_config"):
                continue
            flatten(path if name == "config" and kind is not None else f"{path}.{name}", inner, found)
    elif isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        for i, inner in enumerate(value, 1):
            kind = inner.get("class_name") if isinstance(inner, dict) else None
            flatten(f"{path}.{i} {kind}" if kind else f"{path}.{i}", inner, found)
    elif value is not None:
        found[path] = ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def differences(settings: Sequence[dict[str, str]]) -> list[tuple[str, list[str]]]:
    """Settings that are not equal in all of them, with the value of each."""
    names = dict.fromkeys(name for one in settings for name in one)
    rows = [(name, [one.get(name, ABSENT) for one in settings]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _short(text: str, width: int = 48) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
