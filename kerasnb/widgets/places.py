"""Where the views of fits stand in the output of a cell, and how a still picture takes their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_PLACES = 6  # views in the output of one cell


class Places:
    """Where monitors stand in a cell's output.

    A cell that fits many times (cross-validation, a search) shows the first few and, below them, always the
    newest: the notebook stays small, and the page where it is.
    """

    def __init__(self, most: int = MOST_PLACES):
        self.most = most
        self.cell: Any = None
        self.handles: list[Any] = []

    def show(self, view: Any) -> Callable[[dict[str, str]], None]:
        """Display a widget; returns a function that puts a mimebundle in its place."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        cell = getattr(shell, "execution_count", None)
        if cell != self.cell:
            self.cell, self.handles = cell, []
        # As data: the widgets of Colab's ipywidgets 7 display themselves, in a place that nothing can replace.
        data, metadata = view._repr_mimebundle_()
        if len(self.handles) < self.most:
            self.handles.append(display(data, metadata=metadata, raw=True, display_id=True))
        elif self.handles[-1] is not None:
            self.handles[-1].update(data, metadata=metadata, raw=True)
        handle = self.handles[-1]

        def replace(bundle: dict[str, str]) -> None:
            if handle is not None:
                handle.update(bundle, raw=True)

        return replace


places = Places()
