"""A kernel of this Python, over a real connection: for tests and benchmarks that do what a page does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Kernel:
    """A kernel of its own, ready to be spoken to.

    Args:
        extra: what comes before this checkout on its path.
    """

    def __init__(self, extra: str | None = None):
        from jupyter_client.manager import KernelManager

        from kerasnb.execute import this_python

        path = os.pathsep.join(filter(None, [extra, str(ROOT)]))
        self.manager = KernelManager(kernel_spec_manager=this_python())
        self.manager.start_kernel(env={**os.environ, "PYTHONPATH": path})
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def send(self, kind: str, content: dict[str, Any]) -> str:
        """Send a message over the shell channel; its number."""
        message = self.client.session.msg(kind, content)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def close(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
