"""Callbacks: the protocol and the ready-made ones."""
