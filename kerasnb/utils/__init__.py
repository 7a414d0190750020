"""keras.utils: helpers around models."""

from kerasnb.core.config import standardize_dtype
from kerasnb.core.data.py_dataset import PyDataset
from kerasnb.core.layers.preprocessing.feature_space import FeatureSpace
from kerasnb.core.missing_names import missing_names
from kerasnb.core.registry import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kerasnb.core.utils.audio_dataset import audio_dataset_from_directory
from kerasnb.core.utils.config_dict import Config
from kerasnb.core.utils.files import get_file
from kerasnb.core.utils.image_dataset import image_dataset_from_directory
from kerasnb.core.utils.images import array_to_img, img_to_array, load_img, save_img
from kerasnb.core.utils.numerical import normalize, to_categorical
from kerasnb.core.utils.packing import pack_x_y_sample_weight, unpack_x_y_sample_weight
from kerasnb.core.utils.plot_model import model_to_dot, plot_model
from kerasnb.core.utils.progbar import Progbar
from kerasnb.core.utils.sequences import pad_sequences
from kerasnb.core.utils.session import clear_session, set_random_seed
from kerasnb.core.utils.split_dataset import split_dataset
from kerasnb.core.utils.switches import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from kerasnb.core.utils.symbols import get_source_inputs, is_keras_tensor
from kerasnb.core.utils.text_dataset import text_dataset_from_directory
from kerasnb.core.utils.timeseries import timeseries_dataset_from_array
from kerasnb.utils import bounding_boxes, legacy

# The name of Keras 2.
Sequence = PyDataset

__all__ = [
    "FeatureSpace",
    "Config", "CustomObjectScope", "Progbar", "PyDataset", "Sequence", "array_to_img",
    "audio_dataset_from_directory", "bounding_boxes", "clear_session", "custom_object_scope",
    "deserialize_keras_object", "disable_interactive_logging", "enable_interactive_logging",
    "get_custom_objects", "get_file", "get_registered_name", "get_registered_object", "get_source_inputs",
    "image_dataset_from_directory", "img_to_array", "is_interactive_logging_enabled", "is_keras_tensor",
    "legacy", "load_img", "model_to_dot", "normalize", "pack_x_y_sample_weight", "pad_sequences", "plot_model",
    "register_keras_serializable", "save_img", "serialize_keras_object", "set_random_seed", "split_dataset",
    "standardize_dtype", "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical",
    "unpack_x_y_sample_weight",
]  # fmt: skip

__getattr__ = missing_names(__name__, __all__)
