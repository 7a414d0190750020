"""In place: a view that comes alive inside its own still picture.

A widget view saved in a notebook shows "model not found" when the notebook is opened again, even where HTML
stands beside it in the same output. So an output here never holds a widget view: it is the still picture,
HTML (with PNG and text beside it), and the widget is a model *without* a view. JupyterLab and Notebook
make the browser's half of every widget model as soon as the kernel opens it, displayed or not; ours then looks
for elements of its class in the page and moves in. What follows:

- without a kernel (GitHub, nbconvert, paper, a notebook reopened) the picture is there, nothing is missing;
- with one, the same output is alive, in every copy of it ("New View for Output"), and after a page reload too;
- nothing is saved that was not displayed: data travel as messages, never as widget state.

VS Code and Colab make the browser's half only for displayed widgets, and keep outputs apart from one another;
there the widget view stands in the output beside the picture.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
import weakref
from collections import deque
from functools import cache, cached_property, partial
from typing import Any

import traitlets

from . import theme
from .live import do_waiting, kernel, waiting
from .still import STATIC, css
from .wire import Wire

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KEPT = 12  # owners that stay alive although nobody holds them: those last shown


@cache
def module(*parts: str) -> str:
    """The source of the ES module of a view: what all views share, then its own parts, the last of them the view.

    One module, because a widget's module travels as text and has no address that another could be imported from.
    """
    return "\n".join((STATIC / f"{part}.js").read_text(encoding="utf-8") for part in ("in_place", *parts))


class Link(Wire):
    """The wire between an owner in the kernel and its elements in the page.

    Args:
        owner: has ``receive(kind, content, buffers)``, which answers through ``answer``.
        place: the class of the elements.
    """

    place = traitlets.Unicode().tag(sync=True)

    def __init__(self, owner: Any, place: str):
        self._owner = weakref.ref(owner)
        self._loop = _running_loop()
        super().__init__(place=place)
        self.on_msg(self._on_message)
        weakref.finalize(owner, self.close).atexit = False

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        """Answer now, or, beside the main thread, when that one gets to it: the model may be in training there."""
        if not isinstance(content, dict):
            return
        if self._loop is None or threading.current_thread() is threading.main_thread():
            self._handle(content, buffers)
        else:
            waiting.append(partial(self._handle, content, buffers))
            self._loop.call_soon_threadsafe(do_waiting)

    def _handle(self, content: dict[str, Any], buffers: Any) -> None:
        owner = self._owner()
        if owner is None:
            return
        number = content.get("request")
        try:
            owner.receive(str(content.get("kind")), content, buffers or [])
        except Exception as error:  # shown where the person looks, not in a log
            self.answer(number, {"kind": "error", "message": str(error) or type(error).__name__})

    def answer(self, number: Any, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Answer the browser's request of that number."""
        self.send({**content, "request": number}, buffers=buffers or [])


@cache
def link_class(name: str, *parts: str) -> type[Link]:
    """The Link of a view, with its module, static/NAME.js after other parts, and the style sheet NAME.css."""
    return type(f"{name.capitalize()}Link", (Link,), {"_esm": module(*parts, name), "_css": css("base", name)})


_last_shown: deque[Any] = deque(maxlen=KEPT)


class InPlace:
    """Base of views that come alive in place.

    Subclasses have ``text()``, ``still()`` (a bundle of HTML, PNG and text whose HTML has an element of the class
    ``self.place``) and ``receive(kind, content, buffers)``.
    """

    view_name = ""
    view_parts: tuple[str, ...] = ()  # of its module, in front of the view
    _link: Link | None = None
    _handles: tuple[Any, ...] = ()  # of the outputs it was displayed in

    @cached_property
    def place(self) -> str:
        """The class of this view's elements in the page; never used twice."""
        return f"knb-at-{secrets.token_hex(6)}"

    @property
    def link(self) -> Link | None:
        """The wire; None before the view was shown in a notebook."""
        return self._link

    def text(self) -> str:
        """What it shows, in words."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.text()

    def still(self) -> dict[str, Any]:
        """The still picture: a bundle from media type to content."""
        raise NotImplementedError

    def receive(self, kind: str, content: dict[str, Any], buffers: list[Any]) -> None:
        """What the browser asks for."""
        raise NotImplementedError

    def shown(self, link: Link) -> None:
        """Called when the view is displayed for the first time: send what it needs without being asked."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle = self.still()
        if kernel() is None:
            return bundle
        if self._link is None:
            self._link = link_class(self.view_name, *self.view_parts)(self, self.place)
            theme.dress(self._link)
            self.shown(self._link)
        if self not in _last_shown:
            _last_shown.append(self)
        if keeps_outputs_apart():
            bundle[WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self._link.model_id}
        return bundle

    def _ipython_display_(self) -> None:
        if kernel() is None:
            raise NotImplementedError  # IPython goes on to the other forms: text in a terminal
        from IPython.display import display

        handle = display(self._repr_mimebundle_(), raw=True, display_id=True)
        self._handles = (*self._handles, handle)[-KEPT:]

    def redraw(self) -> None:
        """Put a picture of now into the outputs it was displayed in; the notebook keeps that one."""
        for handle in self._handles:
            handle.update(self._repr_mimebundle_(), raw=True)

    def close(self) -> None:
        """Give the wire back; the picture stays."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self in _last_shown:
            _last_shown.remove(self)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that the kernel's main thread runs on; None where there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def keeps_outputs_apart() -> bool:
    """Whether the front end is one that only shows displayed widgets (VS Code, Colab)."""
    if "google.colab" in sys.modules:
        return True
    from IPython import get_ipython

    shell: Any = get_ipython()
    return shell is not None and "__vsc_ipynb_file__" in getattr(shell, "user_ns", {})
