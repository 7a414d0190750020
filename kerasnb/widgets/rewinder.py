"""Rewinder: a run to drag along, with what the model said of samples at each of its epochs."""

from __future__ import annotations

from typing import Any

from . import still
from .gallery import gallery
from .in_place import InPlace, Link
from .numbers import json_numbers
from .series import Panel, is_rising, panels_of


def explore(rewind: Any, x: Any, y: Any = None, **options: Any) -> Rewinder:
    """What ``history.rewind.explore`` gives."""
    return Rewinder(rewind, x, y, **options)


class Rewinder(InPlace):
    """The curves of a run that kept its states, above a gallery that shows the predictions of one epoch.

    In the notebook, dragging along a chart or moving the slider chooses the epoch; a button puts the model back to it.

    Args:
        rewind: ``history.rewind`` of a fit with ``rewind=True``.
        x, y: samples and labels, as in ``model.gallery``.
        options: of the gallery.

    Attributes:
        epoch: the epoch that is shown, counted from 1 (0 is before the first).
        gallery: a Gallery, with its confusion matrix; a Residuals view has no former epochs.

    Raises:
        ValueError: no states are kept (any more).
        TypeError: the model gives quantities, which the gallery does not show.
    """

    view_name = "rewinder"
    view_parts = ("values", "chart", "paint", "record", "controls", "tools")

    def __init__(self, rewind: Any, x: Any, y: Any = None, **options: Any):
        if not rewind.epochs:
            raise ValueError("explore: no states are kept (any more). Train with fit(..., rewind=True).")
        self.rewind, self.model = rewind, rewind.model
        self.gallery = gallery(self.model, x, y, **options)
        if not hasattr(self.gallery, "refresh"):
            raise TypeError(
                "explore: the model gives quantities; former epochs are shown for classes. For numbers use "
                "history.rewind.predict(epoch, x), or: with history.rewind.at(epoch) as model: model.gallery(x, y)."
            )
        self.epoch = rewind.epochs[-1]
        self.show(self.epoch)

    def show(self, epoch: int) -> int:
        """Show an epoch, or the nearest that is kept; returns it. What is displayed follows."""
        self.epoch = self.rewind.nearest(epoch)
        with self.rewind.at(self.epoch):
            self.gallery.refresh(note=f"as after epoch {self.epoch}")
        return self.epoch

    def go_back(self, epoch: int) -> str:
        """Put the model back to an epoch; returns what to say."""
        if getattr(self.model.history, "status", "") == "running":
            raise ValueError("The model is in training now. Use the Rewind line of its chart, or stop it first.")
        epoch = self.rewind.restore(self.rewind.nearest(epoch))
        return f"The model is as it was after epoch {epoch}. To go on: model.fit(…, initial_epoch={epoch})."

    @property
    def panels(self) -> list[Panel]:
        """The run's curves."""
        history = self.rewind.history
        return panels_of(history.history, history.epoch, self.model)

    # --- pictures --------------------------------------------------------------------------------------------

    def still(self) -> dict[str, Any]:
        found = self.gallery.still()
        pictures = "".join(still.panel_svg(p) for p in self.panels)
        head = f"Epoch {self.epoch} of {self.rewind.epochs[-1]}"
        found["text/html"] = (
            f'<div class="knb knb-still knb-monitor {self.place}">{still.style("base", "still", "monitor", "rewinder")}'
            f'<div class="knb-head"><span class="knb-title">{still.escape(head)}</span></div>'
            f'<div class="knb-panels">{pictures}</div></div>{found["text/html"]}'
        )
        found["text/plain"] = self.text()
        return found

    def text(self) -> str:
        """The run and the gallery in words and numbers."""
        said = [
            f"Epoch {self.epoch} of {self.rewind.epochs[-1]}",
            *(f"  {still.panel_sentence(p)}" for p in self.panels),
        ]
        return "\n".join([*said, self.gallery.text()])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        self.gallery._repr_mimebundle_()  # its wire opens with ours
        return super()._repr_mimebundle_(include, exclude)

    # --- the browser -----------------------------------------------------------------------------------------

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        if self.link is None:
            return
        number = content.get("request")
        if kind == "hello":
            self.link.answer(number, self._everything())
        elif kind == "look":
            value = content.get("value")
            epoch = self.show(self.rewind.epochs[-1] if value is None else int(value))
            self.link.answer(number, {"kind": "looked", "epoch": epoch})
        elif kind == "back":
            said = self.go_back(int(content["value"]))
            self.link.answer(number, {"kind": "said", "text": said})

    def shown(self, link: Link) -> None:
        link.send(self._everything())

    def close(self) -> None:
        super().close()
        self.gallery.close()

    def _everything(self) -> dict[str, Any]:
        history = self.rewind.history
        names = [p.title for p in self.panels]
        # What was validated now and then has fewer numbers than epochs: the panels say which epochs they belong to.
        lines: dict[int, dict[str, float]] = {e + 1: {} for e in history.epoch}
        for panel in self.panels:
            for curve in panel.curves:
                name = f"val_{panel.title}" if curve.validation else panel.title
                for x, y in zip(curve.x, curve.y, strict=True):
                    lines.setdefault(int(x), {})[name] = y
        return {
            "kind": "everything",
            "panels": names,
            "rising": {n: is_rising(n, self.model) for n in names},
            "first": self.rewind.epochs[0],
            "last": self.rewind.epochs[-1],
            "epoch": self.epoch,
            "name": getattr(self.model, "name", "model"),
            "rows": [{"epoch": e - 1, "end": 0, "values": json_numbers(row)} for e, row in sorted(lines.items())],
        }
