"""Where front ends hang their views: core asks here and never knows who answers.

``hooks["model"](model)`` gives a mimebundle, ``hooks["history_plot"](history)`` a figure,
``hooks["gallery"](model, x, y, **options)`` a gallery. ``kerasnb.widgets`` registers them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

hooks: dict[str, Callable[..., Any]] = {}


def view(name: str) -> Callable[..., Any]:
    """The hook of that name; the widgets are loaded when somebody asks for the first time."""
    if name not in hooks:
        importlib.import_module("kerasnb.widgets").register_views()
    if name not in hooks:
        raise ImportError(
            f"No view is registered for {name!r}: install kerasnb's widget dependencies (anywidget, plotly)."
        )
    return hooks[name]
