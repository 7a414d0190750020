"""Image layers, one line each; ``test_preprocessing.py`` plays every line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One image layer under test.

    Args:
        layer: its name in ``keras.layers``.
        arguments: of its constructor, the seed left out.
        keeps_shape: whether images come out as large as they went in.
        size: height and width of the outputs otherwise.
        deterministic: whether it does the same in training and inference.
        in_range: whether values stay within 0 to 255.
        mixes: whether rows influence each other.
        moves: whether pixels move, so that boxes and masks must follow.
        tolerance: of compiled against eager.
    """

    layer: str
    arguments: dict[str, Any] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    deterministic: bool = False
    in_range: bool = True
    mixes: bool = False
    moves: bool = False
    tolerance: float = 1e-3

    @property
    def name(self) -> str:
        """Shown by pytest."""
        shown = ",".join(f"{k}={v}" for k, v in self.arguments.items())
        return f"{self.layer}({shown})"


IMAGE_CASES = [
    Case("RandomFlip", moves=True),
    Case("RandomFlip", {"mode": "horizontal"}, moves=True),
    Case("RandomRotation", {"factor": 0.2}, moves=True),
    Case("RandomRotation", {"factor": (-0.1, 0.3), "fill_mode": "constant", "interpolation": "nearest"}, moves=True),
    Case("RandomTranslation", {"height_factor": 0.2, "width_factor": (-0.1, 0.3), "fill_mode": "wrap"}, moves=True),
    Case("RandomZoom", {"height_factor": 0.2, "width_factor": 0.3, "fill_mode": "nearest"}, moves=True),
    Case("RandomShear", {"x_factor": 0.2, "y_factor": 0.1, "fill_mode": "mirror"}, moves=True),
    Case("RandomPerspective", {"scale": 0.4}, moves=True),
    Case("RandomElasticTransform"),
    Case("RandomCrop", {"height": 4, "width": 3}, size=(4, 3), moves=True),
    Case("RandomContrast", {"factor": 0.3}),
    Case("RandomBrightness", {"factor": 0.3}),
    Case("RandomHue", {"factor": 0.3}),
    Case("RandomSaturation", {"factor": (0.2, 0.8)}, in_range=False),
    Case("RandomGrayscale"),
    Case("RandomColorDegeneration", {"factor": 0.5}),
    Case(
        "RandomColorJitter",
        {"brightness_factor": 0.1, "contrast_factor": 0.2, "saturation_factor": (0.4, 0.5), "hue_factor": 0.1},
    ),
    Case("RandomPosterization", {"factor": 4}),
    Case("RandomSharpness", {"factor": 0.4}),
    Case("RandomGaussianBlur", {"kernel_size": (3, 5)}),
    Case("RandomInvert", {"factor": 0.9}),
    Case("RandomErasing"),
    Case("RandomErasing", {"fill_value": 3.0}),
    Case("Solarization", {"addition_factor": 0.1, "threshold_factor": 0.5}),
    Case("RandAugment", mixes=True, moves=True),
    Case("AugMix", {"num_chains": 2, "chain_depth": 2}, mixes=True),
    Case("AutoContrast", deterministic=True),
    Case("Equalization", deterministic=True, mixes=True),
    Case("ContrastLimitedAdaptiveHistogramEqualization", {"tile_grid_size": (2, 2)}, deterministic=True),
    Case("CenterCrop", {"height": 4, "width": 3}, size=(4, 3), deterministic=True, moves=True),
    Case("CenterCrop", {"height": 12, "width": 9}, size=(12, 9), deterministic=True, moves=True),
    Case("Resizing", {"height": 4, "width": 3}, size=(4, 3), deterministic=True, moves=True),
    Case(
        "Resizing",
        {"height": 5, "width": 7, "pad_to_aspect_ratio": True},
        size=(5, 7),
        deterministic=True,
        moves=True,
    ),
    Case(
        "Resizing",
        {"height": 5, "width": 7, "crop_to_aspect_ratio": True, "antialias": True},
        size=(5, 7),
        deterministic=True,
        moves=True,
    ),
]
