"""A comm that keeps what is sent to the browser, and says what a browser would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from comm.base_comm import BaseComm


class Wire:
    """All messages of all widgets, in their order: dicts with type, data, buffers."""

    def __init__(self):
        self.messages: list[dict] = []
        self.comms: list[BaseComm] = []

    def custom(self, kind: str | None = None) -> list[dict]:
        """The custom messages (``widget.send``) of a kind, with their buffers."""
        found = [
            {**m["data"]["content"], "buffers": m["buffers"]}
            for m in self.messages
            if m["type"] == "comm_msg" and m["data"].get("method") == "custom"
        ]
        return [m for m in found if kind is None or m["kind"] == kind]

    def state(self, name: str) -> list:
        """The values of a trait in the order in which they were sent."""
        return [
            m["data"]["state"][name]
            for m in self.messages
            if m["type"] in ("comm_open", "comm_msg") and name in m["data"].get("state", {})
        ]

    def press(self, **content) -> None:
        """What the newest widget gets when its view sends a custom message."""
        data = {"method": "custom", "content": content}
        self.comms[-1].handle_msg({"content": {"data": data}, "buffers": []})


@pytest.fixture
def wire(monkeypatch):
    """Comms that record."""
    import comm  # not at the top: ipywidgets 7 knows nothing of it, and what needs no comm is tested there as well
    from comm.base_comm import BaseComm

    kept = Wire()

    class Recorder(BaseComm):
        def __init__(self, *args, **options):
            kept.comms.append(self)
            super().__init__(*args, **options)

        def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
            kept.messages.append({"type": msg_type, "data": data or {}, "buffers": buffers or []})

    monkeypatch.setattr(comm, "create_comm", Recorder)
    return kept


class Time:
    """A clock that goes when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()
