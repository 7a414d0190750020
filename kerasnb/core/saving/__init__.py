"""Saving and loading: archives of Keras 3, weights, exports. Loading never runs code."""
