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
from collections import deque
from collections.abc import Callable
from typing import Any

EVERY = 0.1  # seconds between two messages to the browser
MOST_MESSAGES = 200  # handled in one look
# What a page that is loaded anew asks before it shows a widget again.
QUESTIONS = ("kernel_info_request", "comm_info_request")


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


# What another thread (a subshell of ipykernel 7) leaves for the main one, because it needs a model that may be in
# training there: done between two chunks, or when the main thread is free. The tasks never raise.
waiting: deque[Callable[[], None]] = deque()


def do_waiting() -> None:
    """Do what waits for the main thread."""
    while waiting:
        waiting.popleft()()


class Inbox:
    """Reads messages from the browser while a cell runs.

    Comm messages (buttons, sliders) are handled, and the questions that a page asks when it is loaded
    anew are answered; everything else is put back, in its order, for after the cell.

    Args:
        owner: the kernel; the running one by default.
    """

    def __init__(self, owner: Any = None):
        self.kernel = owner if owner is not None else kernel()
        self.beside = threading.current_thread() is not threading.main_thread()
        self._socket: Any = None
        self._requeue: Callable[[Any], Any] = lambda parts: None
        if self.kernel is not None and not self.beside:
            self._find()

    @property
    def works(self) -> bool:
        """Whether messages can be read here."""
        return self._socket is not None

    @property
    def reachable(self) -> bool:
        """Whether a button pressed in the browser has an effect while this thread works."""
        return self.works or (self.beside and self.kernel is not None)

    def _find(self) -> None:
        """The socket to read and the way to put a message back, as this ipykernel has them."""
        owner = self.kernel
        try:
            if getattr(owner, "_supports_kernel_subshells", False):  # from 7.0 on
                manager, loop = owner.shell_channel_thread.manager, owner.io_loop
                self._requeue = lambda parts: loop.add_callback(owner.shell_main, None, parts)
                self._socket = manager._shell_channel_to_main.to_socket
            elif hasattr(owner, "shell_main"):  # 7.x without subshells
                loop = owner.io_loop
                self._requeue = lambda parts: loop.add_callback(owner.shell_main, None, parts)
                self._socket = owner.shell_stream.socket
            else:  # 6.x
                self._requeue = lambda parts: owner.schedule_dispatch(owner.dispatch_shell, parts)
                owner.schedule_dispatch, owner.msg_queue  # noqa: B018
                self._socket = owner.shell_stream.socket
        except AttributeError:
            self._socket = None  # another kernel than ipykernel, or one to come

    def poll(self) -> int:
        """Handle what waits; returns how many messages of widgets there were. Never raises."""
        do_waiting()
        handled = 0
        try:
            for _ in range(MOST_MESSAGES):
                if self._socket is None or not self._socket.poll(0):
                    break
                parts = self._socket.recv_multipart(copy=False)
                if self._handle(parts):
                    handled += 1
                else:
                    self._requeue(parts)
        except Exception:
            self.kernel.log.debug("kerasnb: the kernel's messages cannot be read", exc_info=True)
            self._socket = None  # not what was expected: leave the channel alone from now on
        return handled

    def say_busy(self) -> None:
        """Tell the page that the cell still runs: when a widget opens, JupyterLab takes the kernel for idle."""
        if self.works:
            self.kernel._publish_status("busy", "shell")

    def _handle(self, parts: Any) -> bool:
        """Whether it was a message for now; then it has been handled."""
        session = self.kernel.session
        try:
            identities, rest = session.feed_identities(parts, copy=False)
            kind = session.unpack(_data(rest[1]))["msg_type"]
        except (ValueError, KeyError, IndexError, TypeError):
            return False
        handler = self.kernel.shell_handlers.get(kind)
        if handler is None or not (kind.startswith("comm_") or kind in QUESTIONS):
            return False
        try:
            message = session.deserialize(rest, content=True, copy=False)
            if kind in QUESTIONS:
                self._answer(handler, identities, message)
            else:
                _finish(handler(self.kernel.shell_stream, identities, message))
        except Exception:
            self.kernel.log.debug("kerasnb: a message of a widget could not be handled", exc_info=True)
        return True

    def _answer(self, handler: Any, identities: Any, message: Any) -> None:
        """Answer a page's question; it takes the answer for complete when the kernel says idle after it."""
        owner = self.kernel
        stream = owner.shell_stream
        if getattr(owner, "_supports_kernel_subshells", False):
            stream = owner.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(None)
        owner._publish_status("busy", "shell", parent=message)
        _finish(handler(stream, identities, message))
        if hasattr(stream, "flush"):  # else it would wait for the end of the cell
            from zmq import POLLOUT

            stream.flush(POLLOUT)
        owner._publish_status("idle", "shell", parent=message)
        self.say_busy()


def _finish(result: Any) -> None:
    """Run a handler that is a coroutine in some versions to its end; none of these ever waits."""
    if hasattr(result, "send"):
        try:
            result.send(None)
        except StopIteration:
            return
        result.close()


def _data(frame: Any) -> bytes:
    return bytes(frame.buffer) if hasattr(frame, "buffer") else bytes(frame)
