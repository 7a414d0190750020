"""The lifeline: where a model's weights come back from when a program fails on the device, or gives no numbers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..distribution.processes import host_array
from ..variable import restore
from .programs import donates
from .steps import Slots


class Lifeline:
    """The arrays of the last chunk that finished.

    A program that fails while it runs (out of memory, an exception in a host callback) returns arrays that
    cannot be read. Where the old arrays still exist they are simply kept; where the program takes them over,
    the last epoch's are kept on the host.

    Attributes:
        careful: keep only arrays whose numbers are finite.
        current: whether what is kept is what the Variables held when it was last looked at.
    """

    def __init__(self, slots: Slots):
        self.slots = slots
        self.donated = donates(slots.state())
        self.careful, self.current = False, True
        self._arrays: list[Any] = []
        self.epoch_finished()

    def chunk_finished(self) -> None:
        """The Variables hold good arrays."""
        if not self.donated:
            self._keep([v._raw_value for v in self.slots.all()])

    def epoch_finished(self) -> None:
        """The same, at the end of an epoch (and at the start)."""
        arrays = [v._raw_value for v in self.slots.all()]
        self._keep([host_array(a) for a in arrays] if self.donated else arrays)

    def pull(self) -> None:
        """Put the good arrays back."""
        restore(self.slots.all(), [jax.device_put(a) for a in self._arrays] if self.donated else self._arrays)

    def mend(self) -> None:
        """Put them back if a program has taken the Variables' arrays over and given nothing for them."""
        if any(getattr(v._raw_value, "is_deleted", bool)() for v in self.slots.all()):
            self.pull()

    def kept(self) -> tuple[list[Any], bool]:
        """What is kept now, for ``put_back`` after the next chunk."""
        return self._arrays, self.current

    def put_back(self, kept: tuple[list[Any], bool]) -> None:
        """Keep that again, and pull."""
        self._arrays, self.current = kept
        self.pull()

    def _keep(self, arrays: list[Any]) -> None:
        self.current = not self.careful or not self._arrays or self.finite(arrays)
        if self.current:
            self._arrays = arrays

    def finite(self, arrays: list[Any] | None = None) -> bool:
        """Whether all weights (not the sums of metrics) are numbers; of the Variables by default."""
        arrays = [v._raw_value for v in self.slots.all()] if arrays is None else arrays
        count = len(arrays) - len(self.slots.metrics)
        return all(_finite(a) for a in arrays[:count])


def _finite(array: Any) -> bool:
    if not jnp.issubdtype(array.dtype, jnp.inexact):
        return True
    if isinstance(array, jax.Array) and jax.default_backend() != "cpu":
        return bool(jnp.isfinite(array).all())  # one number comes to the host
    return bool(np.isfinite(np.asarray(array, None if array.dtype.kind == "f" else np.float32)).all())
