"""Training: pure compiled steps, the feed that supplies them, and the host loop that decides."""
