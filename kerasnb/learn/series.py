"""The series of tutorials: the one table of their order, names and lengths."""

from __future__ import annotations

from dataclasses import dataclass

REPOSITORY = "kerasnb/kerasnb"  # owner and name on GitHub: what the badges "Open in Colab" point to


def colab_address(folder: str, name: str) -> str:
    """Where Colab opens a notebook of this repository.

    >>> colab_address("notebooks", "quickstart")
    'https://colab.research.google.com/github/kerasnb/kerasnb/blob/main/notebooks/quickstart.ipynb'
    """
    return f"https://colab.research.google.com/github/{REPOSITORY}/blob/main/{folder}/{name}.ipynb"


@dataclass(frozen=True)
class Tutorial:
    """One notebook of the series.

    Args:
        number: its place.
        name: the file's name without ``.ipynb``.
        title: its heading.
        minutes: of reading and doing.
    """

    number: int
    name: str
    title: str
    minutes: int

    @property
    def colab(self) -> str:
        """Its address on Colab."""
        return colab_address("tutorials", self.name)


SERIES = (
    Tutorial(0, "00_front_page", "A first network: handwritten digits", 15),
    Tutorial(1, "01_basic_classification", "Basic classification: shirts, shoes and bags", 15),
    Tutorial(2, "02_text_classification", "Text classification: is the film any good?", 20),
    Tutorial(3, "03_basic_regression", "Basic regression: prices and miles", 20),
    Tutorial(4, "04_overfit_and_underfit", "Overfitting and underfitting", 20),
    Tutorial(5, "05_save_and_restore", "Save and restore", 15),
    Tutorial(6, "06_convolutional_networks", "Convolutional networks: looking at pictures", 15),
    Tutorial(7, "07_recurrent_networks", "Recurrent networks: reading in order", 15),
    Tutorial(8, "08_functional_api", "The functional API: networks with several ends", 15),
    Tutorial(9, "09_custom_training", "Your own layers, losses and training step", 20),
)
