"""``kerasnb.learn``: what the tutorials need beside Keras: exercises that answer, data files, notes.

    learn.check("00.1", 32_896)     # right, or a hint that fits the wrong answer
    learn.progress()                # the series, and what of it is done
    learn.fetch("auto-mpg.data")    # a data file that the tutorials use: local, cached or downloaded
    learn.note("...")               # a coloured note in the notebook
    learn.chart({"loss": [...]})    # lines, to zoom and still there without a kernel

With ``KERASNB_FAST=1`` in the environment the tutorials run on few rows and epochs (see ``quick``).
"""

from __future__ import annotations

from .chart import chart
from .checking import Verdict, check
from .files import fetch
from .notes import note
from .quick import shorten_if_asked
from .record import progress

__all__ = ["Verdict", "chart", "check", "fetch", "note", "progress"]

shorten_if_asked()
