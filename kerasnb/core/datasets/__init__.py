"""Data sets: one loader each, over one way of finding files."""
