"""Bounding boxes: formats, overlap, offsets from anchors, and what happens to them when a picture is changed."""
