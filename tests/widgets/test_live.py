"""The channel: when messages go out, and how those of the browser come in while a cell runs."""

from __future__ import annotations

import queue
import time as wall
from types import SimpleNamespace

import pytest
from browser.lab import other_ipykernel
from contracts.kernels import Kernel

from kerasnb.widgets import live
from kerasnb.widgets.live import Clock, Inbox

# A cell that works for up to ten seconds and looks into its inbox between chunks, as fit does.
CELL = """
import time
import ipykernel
from kerasnb.widgets.live import Inbox
if ipykernel.version_info < (6, 18):
    from ipykernel.comm import Comm
else:
    from comm import create_comm as Comm
told = []
channel = Comm(target_name="test")
channel.on_msg(lambda m: told.append(m["content"]["data"]["n"]))
inbox = Inbox()
print("works", inbox.works, "comm", channel.comm_id, flush=True)
end = time.monotonic() + 10
while time.monotonic() < end and 3 not in told:
    inbox.poll()
    time.sleep(0.01)
print("told", told, "in time", time.monotonic() < end, flush=True)
"""


def test_clock(time):
    clock = Clock(0.1, time)
    found = []
    for i in range(101):
        time.now = i / 100
        found.append(clock.due())
    assert sum(found) in (10, 11) and found[0]
    assert clock.due(force=True) and not clock.due()


class TestOutsideAKernel:
    def test_nothing_is_read(self):
        inbox = Inbox()
        assert not inbox.works and not inbox.reachable and inbox.poll() == 0
        assert not live.in_notebook()

    def test_an_unknown_kernel_is_left_alone(self):
        inbox = Inbox(SimpleNamespace(shell_stream=SimpleNamespace(socket=object())))
        assert not inbox.works and inbox.poll() == 0

    def test_a_channel_that_breaks_is_left_alone(self):
        class Socket:
            def poll(self, timeout):
                raise OSError("closed")

        kernel = SimpleNamespace(
            shell_stream=SimpleNamespace(socket=Socket()),
            schedule_dispatch=None,
            dispatch_shell=None,
            msg_queue=None,
            log=SimpleNamespace(debug=lambda *a, **k: None),
        )
        inbox = Inbox(kernel)
        assert inbox.works and inbox.poll() == 0 and not inbox.works


class Session(Kernel):
    """A kernel, and what it answers."""

    def printed(self, seconds: float = 30) -> str:
        """What comes next on standard output."""
        end = wall.monotonic() + seconds
        while wall.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            if message["msg_type"] == "stream" and message["content"]["text"].strip():
                return message["content"]["text"]
        raise AssertionError("the kernel printed nothing")

    def replies(self, count: int, seconds: float = 20) -> list[tuple[str, str, dict]]:
        """The next replies on the shell channel: kind, what they answer, content."""
        found = []
        end = wall.monotonic() + seconds
        while len(found) < count and wall.monotonic() < end:
            try:
                message = self.client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] == "kernel_info_reply":  # wait_for_ready asks more than once
                continue
            found.append((message["msg_type"], message["parent_header"]["msg_id"], message["content"]))
        return found


def conversation(extra: str | None = None) -> None:
    """Messages of a widget arrive during the cell, questions are answered, cells wait their turn."""
    kernel = Session(extra)
    try:
        cell = kernel.client.execute(CELL)
        first = kernel.printed()
        assert first.startswith("works True"), first
        comm_id = first.split()[-1]
        later = [kernel.client.execute(f"order = globals().get('order', []) + [{i}]") for i in range(3)]
        asked = kernel.send("comm_info_request", {})
        for n in (1, 2):
            kernel.send("comm_msg", {"comm_id": comm_id, "data": {"n": n}})
        ((kind, parent, content),) = kernel.replies(1)
        assert (kind, parent) == ("comm_info_reply", asked) and comm_id in content["comms"]
        kernel.send("comm_msg", {"comm_id": comm_id, "data": {"n": 3}})
        assert kernel.printed().strip() == "told [1, 2, 3] in time True"
        done = kernel.replies(4)
        assert [parent for _, parent, _ in done] == [cell, *later]  # nothing lost, nothing overtaken
        assert [content["status"] for _, _, content in done] == ["ok"] * 4
        kernel.client.execute("print(order)")
        assert kernel.printed().strip() == "[0, 1, 2]"
    finally:
        kernel.close()


@pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")
def test_messages_are_read_while_a_cell_runs():
    conversation()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["6.17.1", "6.29.5", "7.0.1", "7.3.0"])
def test_on_other_ipykernels(version, tmp_path):
    """Colab has 6.17; 7.0 to 7.3 and 7.4 read the shell channel in a thread of its own."""
    conversation(other_ipykernel(version, tmp_path))
