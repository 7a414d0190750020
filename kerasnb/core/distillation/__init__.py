"""Distillation: a student that learns from a trained teacher as well as from the targets."""
