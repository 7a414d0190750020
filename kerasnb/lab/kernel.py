"""The kernel's answers to the side panel: which models there are, and the card of one.

JupyterLab's half asks by a silent request between two cells; nothing of it enters the notebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 40  # models of a list


class Answer:
    """A bundle of media types for the panel, and its text."""

    def __init__(self, bundle: dict[str, Any]):
        self.bundle = bundle

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), **self.bundle}

    def __repr__(self) -> str:
        return repr(self.bundle.get("text/plain") or self.bundle.get("application/json"))


def models(variables: Mapping[str, Any]) -> Answer:
    """The models among a notebook's variables.

    Args:
        variables: names and values.

    Returns: a list of dicts: the variable's name (of a model with several the first), the class, the number of layers,
        and parameters, None where it is not built yet.
    """
    from kerasnb.core.models.model import Model

    found: dict[int, dict[str, Any]] = {}
    for name, value in list(variables.items()):
        if name.startswith("_") or not isinstance(value, Model) or id(value) in found:
            continue
        found[id(value)] = _facts(name, value)
        if len(found) == MOST:
            break
    return Answer({"application/json": list(found.values())})


def card(variables: Mapping[str, Any], name: str) -> Answer:
    """The card of the model in a variable, as HTML.

    Args:
        variables: names and values.
        name: of the variable.

    Raises:
        ValueError: there is no such model any more.
    """
    from kerasnb.core.models.model import Model
    from kerasnb.widgets.summary_card import Card

    model = variables.get(name)
    if not isinstance(model, Model):
        raise ValueError(f"{name} is no model any more.")
    return Answer(Card(model)._repr_mimebundle_())  # the card itself would show itself in a cell


def _facts(name: str, model: Any) -> dict[str, Any]:
    try:
        layers = len(model.layers)
        parameters = int(model.count_params()) if model.built else None
    except Exception:  # a subclass may answer as it likes; the list is there all the same
        layers, parameters = None, None
    return {"variable": name, "class": type(model).__name__, "layers": layers, "parameters": parameters}
