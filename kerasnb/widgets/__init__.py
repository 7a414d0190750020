"""Views: what a notebook shows of models and runs.

Loading this loads no widget: ``register_views`` hangs up the names, and each view is imported when it
is first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from kerasnb.core.display import hooks
from kerasnb.core.training.progress import register_reporter

# What core asks for (kerasnb.core.display) -> the module here and the function in it.
_VIEWS = {
    "model": ("summary_card", "card_bundle"),
    "summary": ("summary_card", "show_card"),
    "history_plot": ("curves", "history_figure"),
    "history_show": ("still", "still_of"),
    "history_compare": ("compare", "compare_figure"),
    "rewind": ("rewinder", "explore"),
    "gallery": ("gallery", "gallery"),
    "sweep_reporter": ("sweep_view", "reporter"),
    "sweep": ("sweep_view", "bundle"),
    "sweep_plot": ("sweep_plot", "sweep_figure"),
    "graph": ("graph", "graph"),
    "inspect": ("inspector", "inspect"),
}
# Names that people use.
_NAMES = {
    "Sketchpad": "sketchpad",
    "Playground": "playground",
    "Gallery": "gallery",
    "Residuals": "residuals",
    "Monitor": "monitor",
    "Graph": "graph",
    "Inspector": "inspector",
    "LatentMap": "latent_map",
}

__all__ = ["is_live", "register_views", "set_live", *_NAMES]  # noqa: PLE0604

_state: dict[str, Any] = {"live": True, "registered": False, "per_second": 10.0}


def register_views() -> None:
    """Answer core's questions for views, and report on ``fit`` where a notebook is looking."""
    if _state["registered"]:
        return
    _state["registered"] = True
    for name, (module, function) in _VIEWS.items():
        hooks[name] = _on_demand(module, function)
    register_reporter(_reporter)


def is_live() -> bool:
    """Whether ``fit`` shows its live view in this notebook."""
    return _state["live"]


def set_live(on: bool, per_second: float | None = None) -> None:
    """Switch the live view of ``fit`` on or off (``%kerasnb live on|off|N per second``).

    Args:
        on: whether ``fit`` shows it.
        per_second: how often it gets news, at most (10 unless changed). Buttons are heard as quickly as ever.
    """
    register_views()
    _state["live"] = bool(on)
    if per_second is not None:
        if not per_second > 0:
            raise ValueError(f"set_live: per_second must be above 0, got per_second={per_second!r}.")
        _state["per_second"] = float(per_second)


def seconds_between() -> float:
    """Seconds between two messages to a live view."""
    return 1 / _state["per_second"]


def _on_demand(module: str, function: str) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(f"{__name__}.{module}"), function)(*args, **options)

    return call


def _reporter(model: Any, verbose: Any, task: str) -> Any:
    """The live monitor for a ``fit`` in a notebook; None leaves it to text."""
    from .live import in_notebook

    if task != "fit" or verbose not in (1, True, "auto") or not (is_live() and in_notebook()):
        return None
    from .monitor import Monitor

    return Monitor(model, every=seconds_between())


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
