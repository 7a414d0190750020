"""keras.preprocessing.image: pictures read, written and changed."""

from kerasnb.core.preprocessing.image_data_generator import ImageDataGenerator
from kerasnb.core.preprocessing.image_iterators import ArrayIterator as NumpyArrayIterator
from kerasnb.core.preprocessing.image_iterators import DataFrameIterator, DirectoryIterator, Iterator
from kerasnb.core.preprocessing.image_transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
    smart_resize,
)
from kerasnb.core.utils.images import array_to_img, img_to_array, load_img, save_img

__all__ = [
    "DataFrameIterator", "DirectoryIterator", "ImageDataGenerator", "Iterator", "NumpyArrayIterator",
    "apply_affine_transform", "apply_brightness_shift", "apply_channel_shift", "array_to_img", "img_to_array",
    "load_img", "random_brightness", "random_channel_shift", "random_rotation", "random_shear", "random_shift",
    "random_zoom", "save_img", "smart_resize",
]  # fmt: skip
