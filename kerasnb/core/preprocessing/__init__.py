"""The preparation of texts, sequences and pictures of Keras 2, as older tutorials use it."""
