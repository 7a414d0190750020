"""Wire: a widget whose messages may get lost, because no browser's fault may cost a training."""

from __future__ import annotations

from typing import Any

import anywidget


class Wire(anywidget.AnyWidget):
    """Base of all our widgets. Where the browser has gone, what is sent is dropped and noted in the kernel's log.

    Messages and traits both leave through ``_send`` (in ipywidgets 7 as in 8). A page that comes back asks for
    everything anew, so nothing is sent twice.
    """

    def _send(self, msg: Any, buffers: Any = None) -> None:
        try:
            super()._send(msg, buffers=buffers)
        except Exception:
            self.log.debug("kerasnb: a message to the browser got lost", exc_info=True)

    def close(self) -> None:
        """Give the comm back, also one that is dead."""
        try:
            super().close()
        except Exception:
            self.log.debug("kerasnb: a comm could not be closed", exc_info=True)
            self.comm = None
