"""The card of an answer or a note: a few words in colour, the same as text."""

from __future__ import annotations

from typing import Any

KINDS = {  # what a card says -> its sign and its colour in base.css
    "right": ("✓", "--knb-good"),
    "wrong": ("→", "--knb-val"),
    "open": ("…", "--knb-train"),
    "note": ("i", "--knb-warn"),
}


class Card:
    """Words that show themselves: coloured in a notebook, plain anywhere else.

    Args:
        kind: "right", "wrong", "open" or "note".
        title: a few words.
        text: a sentence or some.
    """

    def __init__(self, kind: str, title: str, text: str = ""):
        self.kind, self.title, self.text = kind, title, text

    def html(self) -> str:
        """The card as HTML; everything in it is escaped."""
        from kerasnb.widgets.still import escape, style

        sign, colour = KINDS[self.kind]
        text = f'<div class="knb-words">{escape(self.text)}</div>' if self.text else ""
        return (
            f'<div class="knb knb-answer" role="status" style="--knb-tone:var({colour})">{style("base", "answer")}'
            f'<span class="knb-sign" aria-hidden="true">{sign}</span>'
            f'<div><div class="knb-said">{escape(self.title)}</div>{text}</div></div>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{KINDS[self.kind][0]} {self.title}" + (f"\n  {self.text}" if self.text else "")
