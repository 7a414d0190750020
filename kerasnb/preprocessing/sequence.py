"""keras.preprocessing.sequence: padding, windows, pairs of words."""

from kerasnb.core.preprocessing.sequence import TimeseriesGenerator, make_sampling_table, skipgrams
from kerasnb.core.utils.sequences import pad_sequences

__all__ = [
    "TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams",
]  # fmt: skip
