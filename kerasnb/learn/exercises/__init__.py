"""The exercises of the tutorials, one table a tutorial: ``EXERCISES`` in ``tutorial_00`` to ``tutorial_09``."""
