"""RandAugment and AugMix: policies that draw among the simple augmentations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from ... import random
from ..arguments import positive_int
from .base_image import BaseImagePreprocessingLayer, as_range, value_range_pair
from .histogram import AutoContrast, Equalization
from .random_color import RandomBrightness, RandomColorDegeneration, RandomContrast, RandomPosterization, Solarization
from .random_filters import RandomSharpness
from .random_geometry import RandomRotation, RandomShear, RandomTranslation


class AugmentationPolicy(BaseImagePreprocessingLayer):
    """Base: a list of augmentations that draw from this layer's generator, one of them applied at a time."""

    _operations: list[BaseImagePreprocessingLayer]
    mixes_rows = True

    def _setup(self, seed: int | None, interpolation: str, factor: tuple[float, float], value_range: Any) -> None:
        self._seed(seed)
        self.interpolation = interpolation
        common = {"bounding_box_format": self.bounding_box_format, "dtype": self.dtype_policy}
        ranged = {"value_range": value_range, **common}
        moving = {"interpolation": interpolation, **common}
        bits = max(int(8 * factor[1]), 2)
        self._by_name = {
            "random_shear": RandomShear(factor, factor, **moving),
            "random_translation": RandomTranslation(factor, factor, **moving),
            "random_rotation": RandomRotation(factor, **moving),
            "random_brightness": RandomBrightness(factor, **ranged),
            "random_color_degeneration": RandomColorDegeneration(factor, **ranged),
            "random_contrast": RandomContrast(factor, **ranged),
            "random_sharpness": RandomSharpness(factor, **ranged),
            "random_posterization": RandomPosterization((1, bits), **ranged),
            "solarization": Solarization(factor, factor, **ranged),
            "auto_contrast": AutoContrast(**ranged),
            "equalization": Equalization(**ranged),
        }
        for layer in self._by_name.values():
            if hasattr(layer, "generator"):
                layer.generator = self.generator

    def draws(self, operations: Sequence[BaseImagePreprocessingLayer], data: Any) -> list[Any]:
        """One draw of every operation, so that the generator moves on by the same number each time."""
        return [layer.get_random_transformation(data) for layer in operations]

    def switch(self, operations: Sequence[Any], method: str, index: Any, value: Any, drawn: Sequence[Any]) -> Any:
        """The value after the operation number ``index``."""

        def branch(i: int, layer: Any) -> Any:
            apply = getattr(layer, method)
            return lambda v, d: jax.tree.map(lambda new, old: new.astype(old.dtype), apply(v, d[i]), v)

        if not isinstance(index, jax.core.Tracer):  # outside of compiled code there is nothing to be prepared for
            return branch(int(index), operations[int(index)])(value, drawn)
        branches = [branch(i, layer) for i, layer in enumerate(operations)]
        return jax.lax.switch(index, branches, value, list(drawn))


class RandAugment(AugmentationPolicy):
    """Apply a few randomly chosen augmentations of one strength to each batch, in training.

    Chosen among: shear, translation, rotation, brightness, colour degeneration, contrast, sharpness,
    posterization, solarization, automatic contrast, equalization.

    Args:
        value_range: lowest and highest value of a pixel.
        num_ops: how many augmentations are applied, one after the other.
        factor: largest strength, or the two ends, from 0 to 1.
        interpolation: "bilinear" or "nearest".
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, 3) or one image, unchanged.

    Source: Cubuk et al., RandAugment, 2019.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range_pair(value_range, "RandAugment")
        self.num_ops = positive_int(num_ops, "num_ops", "RandAugment")
        self.factor = as_range(factor, "factor", "RandAugment", low=0, symmetric=False)
        self._setup(seed, interpolation, self.factor, self.value_range)
        self._operations = list(self._by_name.values())

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        chosen = random.randint((self.num_ops,), 0, len(self._operations), seed=self.generator)
        return {"chosen": chosen, "drawn": self.draws(self._operations, data)}

    def _apply(self, method: str, value: Any, transformation: Any) -> Any:
        if transformation is None:
            return value
        for i in range(self.num_ops):
            value = self.switch(self._operations, method, transformation["chosen"][i], value, transformation["drawn"])
        return value

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        return self._apply("transform_images", images, transformation)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: bool = True) -> Any:
        return self._apply("transform_segmentation_masks", segmentation_masks, transformation)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: bool = True) -> Any:
        return self._apply("transform_bounding_boxes", bounding_boxes, transformation)


class AugMix(AugmentationPolicy):
    """Mix each image with several chains of random augmentations of itself, in training.

    Args:
        value_range: lowest and highest value of a pixel.
        num_chains: how many chains are mixed.
        chain_depth: largest number of augmentations in a chain; each chain draws its own.
        factor: largest strength, or the two ends, from 0 to 1.
        alpha: parameter of the Dirichlet distribution of the chains' shares and of the Beta
            distribution of the share that the original keeps.
        all_ops: also use brightness, contrast, colour and sharpness (which the paper left out because its tests
            use them).
        interpolation: "bilinear" or "nearest".
        seed: an integer that makes the draws reproducible.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, height, width, 3) or one image, unchanged.

    Source: Hendrycks et al., AugMix, ICLR 2020.
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range_pair(value_range, "AugMix")
        self.num_chains = positive_int(num_chains, "num_chains", "AugMix")
        self.chain_depth = positive_int(chain_depth, "chain_depth", "AugMix")
        self.factor = as_range(factor, "factor", "AugMix", low=0, symmetric=False)
        if not isinstance(alpha, (int, float)) or alpha <= 0:
            raise ValueError(f"AugMix: alpha must be a number above 0, got alpha={alpha!r}.")
        self.alpha, self.all_ops = alpha, all_ops
        self._setup(seed, interpolation, self.factor, self.value_range)
        extra = ("random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness")
        self._operations = [v for k, v in self._by_name.items() if all_ops or k not in extra]

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        chains, depth = self.num_chains, self.chain_depth
        shares = random.gamma((chains,), self.alpha, "float32", seed=self.generator)
        kept = random.beta((), self.alpha, self.alpha, "float32", seed=self.generator)
        lengths = random.randint((chains,), 1, depth + 1, seed=self.generator)
        chosen = random.randint((chains, depth), 0, len(self._operations), seed=self.generator)
        drawn = [[self.draws(self._operations, data) for _ in range(depth)] for _ in range(chains)]
        return {
            "shares": shares / shares.sum(), "kept": kept, "lengths": lengths, "chosen": chosen, "drawn": drawn,
        }  # fmt: skip

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        if transformation is None:
            return images
        t = transformation
        mixture = jnp.zeros_like(images)
        for i in range(self.num_chains):
            chain = images
            for j in range(self.chain_depth):
                after = self.switch(self._operations, "transform_images", t["chosen"][i, j], chain, t["drawn"][i][j])
                chain = jnp.where(j < t["lengths"][i], after, chain)
            mixture += t["shares"][i].astype(images.dtype) * chain
        kept = t["kept"].astype(images.dtype)
        return kept * images + (1 - kept) * mixture
