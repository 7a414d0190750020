"""keras.utils.bounding_boxes: formats of boxes and what is computed with them."""

from kerasnb.core.utils.boxes.deltas import decode_deltas_to_boxes, encode_box_to_deltas
from kerasnb.core.utils.boxes.formats import convert_format
from kerasnb.core.utils.boxes.geometry import affine_transform, clip_to_image_size, crop, pad
from kerasnb.core.utils.boxes.overlap import compute_ciou, compute_iou

__all__ = [
    "affine_transform", "clip_to_image_size", "compute_ciou", "compute_iou", "convert_format", "crop",
    "decode_deltas_to_boxes", "encode_box_to_deltas", "pad",
]  # fmt: skip
