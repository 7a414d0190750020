"""keras.utils: helpers around models."""

from kerasnb.core.config import standardize_dtype
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
from kerasnb.core.utils.numerical import normalize, to_categorical
from kerasnb.core.utils.session import clear_session, set_random_seed
from kerasnb.core.utils.switches import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from kerasnb.core.utils.symbols import get_source_inputs, is_keras_tensor

__all__ = [
    "CustomObjectScope", "clear_session", "custom_object_scope", "deserialize_keras_object",
    "disable_interactive_logging", "enable_interactive_logging", "get_custom_objects", "get_registered_name",
    "get_registered_object", "get_source_inputs", "is_interactive_logging_enabled", "is_keras_tensor", "normalize",
    "register_keras_serializable", "serialize_keras_object", "set_random_seed", "standardize_dtype", "to_categorical",
]  # fmt: skip
