"""How views look: light, dark, or as the notebook does (``%kerasnb theme``).

Style sheets follow JupyterLab's theme by themselves. A choice is written down where a view is made, so it holds for
what is shown from then on and stays in a saved notebook: as an attribute of the style element that each still picture
brings along, as a class of a displayed widget, as colours of a plotly figure.
"""

from __future__ import annotations

from typing import Any

THEMES = ("light", "dark", "auto")
# What a plotly figure is drawn on and with; grey on nothing stands on a white page as on a dark one.
GROUND = {"light": "#ffffff", "dark": "#111111", "auto": "rgba(0,0,0,0)"}
INK = {"light": "#3d444d", "dark": "#c9d1d9", "auto": "#808080"}

_state = {"chosen": "auto"}


def chosen() -> str:
    """ "light", "dark" or "auto"."""
    return _state["chosen"]


def choose(name: str) -> None:
    """Choose for all views made from here on.

    Args:
        name: "light", "dark", or "auto" for the notebook's own.

    Raises:
        ValueError: any other name.
    """
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(THEMES)}, got {name!r}.")
    _state["chosen"] = name


def mark() -> str:
    """The attribute of a style element; base.css looks for it.

    >>> mark()
    ''
    """
    return "" if chosen() == "auto" else f' data-knb-theme="{chosen()}"'


def dress(widget: Any) -> None:
    """Give a widget that is displayed as one the class that base.css looks for."""
    if chosen() != "auto":
        widget.add_class(f"knb-theme-{chosen()}")


def plotly_colours() -> dict[str, Any]:
    """Arguments of ``Figure.update_layout``: ground and ink."""
    ground = GROUND[chosen()]
    return {
        "paper_bgcolor": ground,
        "plot_bgcolor": ground,
        "font": {"color": INK[chosen()], "size": 13},
    }
