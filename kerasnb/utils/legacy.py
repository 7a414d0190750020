"""keras.utils.legacy: the serialized form of Keras 2."""

from kerasnb.core.utils.legacy_serialization import deserialize_keras_object, serialize_keras_object

__all__ = ["deserialize_keras_object", "serialize_keras_object"]
