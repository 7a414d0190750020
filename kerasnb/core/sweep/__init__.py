"""sweep: many variants of one model, trained side by side, and the best of them."""

from __future__ import annotations

from .running import sweep

__all__ = ["sweep"]
