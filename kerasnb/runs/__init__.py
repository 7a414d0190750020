"""``keras.runs``: every ``fit`` is recorded in a file on this machine, and never leaves it.

    keras.runs()                # all runs, newest first: a pandas frame, without pandas a list of dicts
    keras.runs.get(3).history   # the numbers of one
    keras.runs.get(3).compare(7)
    keras.runs.off()            # from here on nothing is recorded; KERASNB_RUNS=off does it for good

The file is ``$KERASNB_RUNS``, by default ``$XDG_DATA_HOME/kerasnb/runs.db`` (``~/.local/share/kerasnb/runs.db``).
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasnb.runs.comparing import Comparison
    from kerasnb.runs.listing import RunTable, table
    from kerasnb.runs.places import is_on, off, on, runs_file
    from kerasnb.runs.recorder import flush, named
    from kerasnb.runs.run import Run, get

_NAMES = {
    "get": "run", "Run": "run", "on": "places", "off": "places", "is_on": "places", "runs_file": "places",
    "named": "recorder", "flush": "recorder", "table": "listing", "RunTable": "listing", "Comparison": "comparing",
}  # fmt: skip

__all__ = ["Comparison", "Run", "RunTable", "flush", "get", "is_on", "named", "off", "on", "runs_file", "table"]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"keras.runs has no attribute {name!r}; there are: {', '.join(__all__)}.")
    value = getattr(importlib.import_module(f"kerasnb.runs.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Runs(types.ModuleType):
    """The module, which can be called: ``keras.runs()``."""

    def __call__(self, *, limit: int | None = None, tag: str | None = None) -> Any:
        """All runs, newest first, one row each.

        Args:
            limit: only the newest so many.
            tag: only those with this tag.

        Returns:
            A pandas ``DataFrame`` indexed by the run's number; where pandas is not installed a ``RunTable``, which is
            a list of dicts that prints as a table. Final figures are columns of their own names.
        """
        rows = importlib.import_module("kerasnb.runs.listing").table(limit=limit, tag=tag)
        try:
            importlib.import_module("pandas")
        except ImportError:
            return rows
        return rows.frame()


sys.modules[__name__].__class__ = _Runs
