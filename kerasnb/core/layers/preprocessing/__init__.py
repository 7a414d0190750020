"""Layers that prepare data: numbers, images, sound, text and categories."""
