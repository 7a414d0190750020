"""The channel between a running cell and the browser.

Out: values are collected and sent at most ten times a second. In: while a cell runs, the kernel does
not read its messages, so the training loop does (``poll``): comm messages are handled at once, all
others are put back for after the cell. This leans on private parts of ipykernel (6.x: the shell
stream; 7.x: the socket pair to the main shell); where they are not as expected it does nothing, and
the interrupt button still stops gracefully.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

EVERY = 0.1  # seconds between two messages to the browser
MOST_MESSAGES = 200  # handled in one look


def kernel() -> Any:
    """The IPython kernel this code runs in, or None."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return getattr(shell, "kernel", None) if shell is not None else None


def in_notebook() -> bool:
    """Whether a notebook front end shows what this process displays."""
    return kernel() is not None


class Clock:
    """Says when the next message may go out.

    Args:
        every: seconds between messages.
        clock: the time in seconds, for tests.
    """

    def __init__(self, every: float = EVERY, clock: Callable[[], float] = time.monotonic):
        self.every, self.clock = every, clock
        self._last = float("-inf")

    def due(self, force: bool = False) -> bool:
        """True at most once per ``every`` seconds (or where forced)."""
        now = self.clock()
        if force or now - self._last >= self.every:
            self._last = now
            return True
        return False


class Inbox:
    """Reads comm messages while a cell runs.

    Args:
        owner: the kernel; the running one by default.
    """

    def __init__(self, owner: Any = None):
        self.kernel = owner if owner is not None else kernel()
        self._socket, self._requeue = self._find()

    @property
    def works(self) -> bool:
        """Whether messages can be read here."""
        return self._socket is not None

    def _find(self) -> tuple[Any, Any]:
        """(socket to read, function that puts a message back), as this ipykernel has them."""
        owner = self.kernel
        if owner is None or threading.current_thread() is not threading.main_thread():
            return None, None
        try:
            if getattr(owner, "_supports_kernel_subshells", False):
                pair = owner.shell_channel_thread.manager._shell_channel_to_main
                loop = getattr(owner, "io_loop", None) or _current_loop()
                return pair.to_socket, lambda msg: loop.add_callback(owner.shell_main, None, msg)
            stream = owner.shell_stream
            if hasattr(owner, "schedule_dispatch"):
                return stream.socket, lambda msg: owner.schedule_dispatch(owner.dispatch_shell, msg)
            return stream.socket, lambda msg: owner.msg_queue.put_nowait((owner.dispatch_shell, (msg,)))
        except Exception:
            return None, None

    def poll(self) -> int:
        """Handle what waits; returns how many comm messages there were. Never raises."""
        if self._socket is None:
            return 0
        handled = 0
        try:
            for _ in range(MOST_MESSAGES):
                if not self._socket.poll(0):
                    break
                parts = self._socket.recv_multipart(copy=False)
                if self._handle(parts):
                    handled += 1
                else:
                    self._requeue(parts)
        except Exception:
            self._socket = None  # not what was expected: leave the channel alone from now on
        return handled

    def _handle(self, parts: Any) -> bool:
        """Whether it was a comm message; then it has been handled."""
        session = self.kernel.session
        try:
            identities, rest = session.feed_identities(parts, copy=False)
            message = session.unpack(_data(rest[1]))
        except Exception:
            return False
        kind = message.get("msg_type", "")
        if not kind.startswith("comm_"):
            return False
        handler = self.kernel.shell_handlers.get(kind)
        if handler is None:
            return False
        try:
            full = session.deserialize(rest, content=True, copy=False)
            result = handler(self.kernel.shell_stream, identities, full)
            if hasattr(result, "send"):  # a coroutine in some versions; comm handlers never wait
                try:
                    result.send(None)
                except StopIteration:
                    pass
        except Exception:
            self.kernel.log.debug("kerasnb: a widget message could not be handled", exc_info=True)
        return True


def _data(frame: Any) -> bytes:
    return bytes(frame.buffer) if hasattr(frame, "buffer") else bytes(frame)


def _current_loop() -> Any:
    from tornado.ioloop import IOLoop

    return IOLoop.current()
