"""Networks that won image competitions, built from tables."""
