"""note: something worth seeing beside the outputs of a cell."""

from __future__ import annotations

from .card import Card


def note(text: str, title: str = "Note") -> None:
    """Show a coloured note in a notebook, a line of text anywhere else.

    Args:
        text: a sentence or some.
        title: a few words.

    >>> note("The small digits stand in for MNIST.", title="No network")
    i No network
      The small digits stand in for MNIST.
    """
    from kerasnb.widgets.live import in_notebook

    card = Card("note", title, text)
    if in_notebook():
        from IPython.display import publish_display_data

        publish_display_data(card._repr_mimebundle_())
    else:
        print(card)
