"""Ctrl-C and the kernel's stop button during training: a flag first, an exception only if pressed again.

The compiled step gives its old arrays away, so an exception at the wrong instant would lose the
weights. While a fit runs, the first interrupt only asks the loop to end after the chunk under way;
a second one raises as usual.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class GracefulInterrupt:
    """Context in which the first interrupt sets ``pressed`` instead of raising."""

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None
        self._active = False

    def __enter__(self) -> GracefulInterrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if callable(self._before):  # None and SIG_IGN are somebody's decision
                signal.signal(signal.SIGINT, self._on_signal)
                self._active = True
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            self.__exit__()
            raise KeyboardInterrupt
        self.pressed = True

    def __exit__(self, *exc: Any) -> None:
        if self._active:
            signal.signal(signal.SIGINT, self._before)
            self._active = False
