"""What makes the documentation site: ``python -m sitebuild`` in this folder, or ``make docs``."""
