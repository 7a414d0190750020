"""keras.saving: archives, weights, and the names that may stand in them."""

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
from kerasnb.core.saving.api import load_model, load_weights, save_model, save_weights
from kerasnb.core.saving.checkpoints import checkpoints, compare_checkpoints
from kerasnb.core.saving.file_editor import KerasFileEditor

__all__ = [
    "CustomObjectScope", "KerasFileEditor", "checkpoints", "compare_checkpoints", "custom_object_scope",
    "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "load_model", "load_weights", "register_keras_serializable",
    "save_model", "save_weights", "serialize_keras_object",
]  # fmt: skip
