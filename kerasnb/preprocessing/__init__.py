"""keras.preprocessing: data from folders, and the helpers of Keras 2."""

from kerasnb.core.utils.image_dataset import image_dataset_from_directory
from kerasnb.core.utils.text_dataset import text_dataset_from_directory
from kerasnb.core.utils.timeseries import timeseries_dataset_from_array
from kerasnb.preprocessing import image, sequence, text

__all__ = [
    "image", "image_dataset_from_directory", "sequence", "text", "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]  # fmt: skip
