"""Batches without arrays that fill the memory: ``Dataset``, ``PyDataset`` and what runs them."""
