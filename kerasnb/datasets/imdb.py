"""keras.datasets.imdb: film reviews, praise or not."""

from kerasnb.core.datasets.imdb import get_word_index, load_data

__all__ = ["get_word_index", "load_data"]
