"""Models: graphs of layers that can be trained."""
