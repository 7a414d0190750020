"""Where front ends hang their views: core asks here and never knows who answers.

``hooks["model"](model)`` gives a mimebundle, ``hooks["summary"](model)`` shows the card and says
whether it could, ``hooks["history_plot"](history)`` gives a figure, ``hooks["history_show"](history)``
the still picture, ``hooks["history_compare"](runs, ...)`` a figure of several, ``hooks["rewind"](rewind, x, y,
**options)`` a run to drag along, ``hooks["gallery"](model, x, y, **options)`` a gallery, ``hooks["graph"](model,
expand_nested)`` the drawing, ``hooks["inspect"](model, x, **options)`` the look inside. ``kerasnb.widgets``
registers them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

hooks: dict[str, Callable[..., Any]] = {}


def in_kernel() -> bool:
    """Whether this process is a notebook's kernel; that ipykernel is imported does not make it one."""
    application = sys.modules.get("ipykernel.kernelapp")
    return application is not None and application.IPKernelApp.initialized()


def attach_front_end() -> None:
    """In a notebook's kernel: load the views (once). Anywhere else this does nothing.

    So a notebook needs no ``%load_ext``, and a terminal never loads a widget.
    """
    if not hooks and in_kernel():
        importlib.import_module("kerasnb.widgets").register_views()


def view(name: str) -> Callable[..., Any]:
    """The hook of that name; the widgets are loaded when somebody asks for the first time."""
    if name not in hooks:
        importlib.import_module("kerasnb.widgets").register_views()
    if name not in hooks:
        raise ImportError(
            f"No view is registered for {name!r}: install kerasnb's widget dependencies (anywidget, plotly)."
        )
    return hooks[name]
