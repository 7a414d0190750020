"""The lifeline: where a model's weights come back from when a program fails on the device."""

from __future__ import annotations

from typing import Any

import jax

from ..distribution.processes import host_array
from ..variable import restore
from .programs import donates
from .steps import Slots


class Lifeline:
    """The arrays of the last chunk that finished.

    A program that fails while it runs (out of memory, an exception in a host callback) returns arrays that
    cannot be read. Where the old arrays still exist they are simply kept; where the program takes them over,
    the last epoch's are kept on the host.
    """

    def __init__(self, slots: Slots):
        self.slots = slots
        self.donated = donates(slots.state())
        self._arrays: list[Any] = []
        self.epoch_finished()

    def chunk_finished(self) -> None:
        """The Variables hold good arrays."""
        if not self.donated:
            self._arrays = [v._raw_value for v in self.slots.all()]

    def epoch_finished(self) -> None:
        """The same, at the end of an epoch (and at the start)."""
        arrays = [v._raw_value for v in self.slots.all()]
        self._arrays = [host_array(a) for a in arrays] if self.donated else arrays

    def pull(self) -> None:
        """Put the good arrays back."""
        restore(self.slots.all(), [jax.device_put(a) for a in self._arrays] if self.donated else self._arrays)
