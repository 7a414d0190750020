"""Ctrl-C and the kernel's stop button during training: a flag first, an exception where it can harm nothing.

While the device works on a chunk, an interrupt only asks the loop to end after it, so that the weights are
those of a finished chunk. While a program is traced or a callback of the user's runs, nothing is under way and
``KeyboardInterrupt`` is raised at once. A second interrupt raises as soon as the chunk's result is kept.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_open: list[GracefulInterrupt] = []  # the runs under way in the main thread, outermost first


class GracefulInterrupt:
    """Context in which the first interrupt sets ``pressed`` instead of raising."""

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None
        self._active = False
        self._raising = 0
        self._shielded = 0
        self._again = False

    def __enter__(self) -> GracefulInterrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if callable(self._before):  # None and SIG_IGN are somebody's decision
                signal.signal(signal.SIGINT, self._on_signal)
                self._active = True
                _open.append(self)
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._shielded:
            self._again = self._again or self.pressed
            self.pressed = True
            return
        again, self.pressed = self.pressed, True
        if again or self._raising:
            raise KeyboardInterrupt

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Inside it nothing raises: between giving arrays to a program and keeping what it returns."""
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1
        if self._again and not self._shielded:
            self._again = False
            raise KeyboardInterrupt

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Inside it an interrupt raises at once (unless a shield is up)."""
        self._raising += 1
        try:
            yield
        finally:
            self._raising -= 1

    def __exit__(self, *exc: Any) -> None:
        if self._active:
            signal.signal(signal.SIGINT, self._before)
            self._active = False
            _open.remove(self)
            if self.pressed and _open:  # a run inside a callback of another run: both shall end
                _open[-1].pressed = True


@contextmanager
def tracing() -> Iterator[None]:
    """Around the tracing of a program: pure Python that may end at any instant, whatever shield is up."""
    inner = _open[-1] if _open and threading.current_thread() is threading.main_thread() else None
    if inner is None:
        yield
        return
    shields, inner._shielded = inner._shielded, 0
    try:
        with inner.raising():
            yield
    finally:
        inner._shielded = shields
