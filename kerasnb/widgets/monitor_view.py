"""The browser's side of the monitor: its module, its styles, and the few traits a new view needs at once."""

from __future__ import annotations

from pathlib import Path

import traitlets

from .still import css
from .wire import Wire

STATIC = Path(__file__).parent / "static"
PARTS = ("values", "chart", "paint", "record", "controls", "tools", "monitor")


def script(*names: str) -> str:
    """JavaScript files of these names as one module."""
    return "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names)


class MonitorView(Wire):
    """Numbers come as messages; what a view must know before them is in the traits."""

    _esm = script(*PARTS)
    _css = css("base", "monitor")
    plan = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode("compiling").tag(sync=True)
    # What was done that a person asked for: {"saved": path} or {"problem": words}; {"looking": epoch or None}.
    done = traitlets.Dict().tag(sync=True)

    def __repr__(self) -> str:
        return f"<Monitor of {self.plan.get('name', 'a model')}: {self.status}>"
