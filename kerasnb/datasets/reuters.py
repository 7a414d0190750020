"""keras.datasets.reuters: news wires and their topics."""

from kerasnb.core.datasets.reuters import get_label_names, get_word_index, load_data

__all__ = ["get_label_names", "get_word_index", "load_data"]
