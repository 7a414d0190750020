"""Discretization: numbers as the intervals they fall into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...layer import Layer
from ..arguments import positive_int
from .adaptation import batches_of
from .category_encoding import check_output_mode, encode_categories, refuse_sparse


def summarize(values: np.ndarray, epsilon: float) -> np.ndarray:
    """A sketch of a distribution: (2, about 1 / epsilon) values and their weights."""
    values = np.sort(values.ravel())
    step = max(len(values) * epsilon, 1.0)
    points = values[int(step) - 1 :: int(step)]
    return np.stack([points, np.full(len(points), step)]).astype("float32")


def merge_summaries(first: np.ndarray, second: np.ndarray, epsilon: float) -> np.ndarray:
    """The sketch of both samples together."""
    both = np.concatenate([first, second], axis=1)
    return compress_summary(both[:, np.argsort(both[0], kind="stable")], epsilon)


def compress_summary(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """A sketch with about ``1 / epsilon`` points, at equal shares of the weight."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    cumulative = summary[1].cumsum()
    there = cumulative / cumulative[-1]
    points, weights = np.interp(shares, there, summary[0]), np.interp(shares, there, cumulative)
    return np.stack([points, np.diff(weights, prepend=0.0)]).astype("float32")


class Discretization(Layer):
    """Which of several intervals each number lies in: as a class number, or encoded as ``CategoryEncoding`` does.

    Args:
        bin_boundaries: ascending; ``[0, 1]`` makes the intervals below 0, from 0 to below 1, and from 1 on.
        num_bins: instead: how many intervals ``adapt`` shall make, each with about as many samples.
        epsilon: how finely ``adapt`` looks: smaller takes more memory and finds truer boundaries.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: only False.

    Shapes: any, unchanged, for "int"; else as ``CategoryEncoding``.

    >>> Discretization([0.0, 1.0])(jnp.array([-3.0, 0.5, 7.0])).tolist()
    [0, 1, 2]
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ):
        super().__init__(name=name, dtype=dtype)
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError("Discretization: give num_bins (then adapt) or bin_boundaries, not both.")
        if num_bins is None and bin_boundaries is None:
            raise ValueError("Discretization: give bin_boundaries, or num_bins and call adapt(data).")
        if num_bins is not None:
            positive_int(num_bins, "num_bins", "Discretization")
        self.output_mode = check_output_mode(output_mode, ("int", "one_hot", "multi_hot", "count"), "Discretization")
        self.input_bin_boundaries = bin_boundaries
        self.bin_boundaries = [] if bin_boundaries is None else [float(b) for b in bin_boundaries]
        self.num_bins, self.epsilon = num_bins, epsilon
        self.sparse = refuse_sparse(sparse, "Discretization")
        self.reset_state()

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Choose the boundaries so that the intervals hold equally many samples.

        Args:
            data: an array, a list, a frame, or a data set of batches.
            steps: how many batches of a data set to read.
        """
        if self.input_bin_boundaries is not None:
            raise ValueError("Discretization.adapt: this layer was made with bin_boundaries; make one with num_bins.")
        self.reset_state()
        for batch in batches_of(data, steps, "Discretization.adapt"):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Take more data into account."""
        new = summarize(np.asarray(data, np.float32), self.epsilon)
        self.summary = merge_summaries(self.summary, new, self.epsilon)

    def finalize_state(self) -> None:
        """Read the boundaries off the sketch."""
        if self.input_bin_boundaries is None and self.num_bins is not None and self.summary.size:
            self.bin_boundaries = compress_summary(self.summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def reset_state(self) -> None:
        """Forget what was measured."""
        self.summary = np.zeros((2, 0), "float32")
        if self.input_bin_boundaries is None:
            self.bin_boundaries = []

    def call(self, inputs: Any) -> Any:
        if not len(self.bin_boundaries) and self.input_bin_boundaries is None and self.num_bins != 1:
            raise ValueError(
                f"Layer {self.name!r} has no boundaries yet: call adapt(data) first, or give bin_boundaries."
            )
        boundaries = jnp.asarray(self.bin_boundaries, jnp.float32)
        numbers = jnp.asarray(inputs).astype(jnp.float32)
        indices = jnp.searchsorted(boundaries, numbers, side="right").astype(jnp.int32)
        return encode_categories(indices, len(self.bin_boundaries) + 1, self.output_mode, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("trainable")
        return {**config, "bin_boundaries": list(self.bin_boundaries) or None}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Discretization:
        """The layer that ``get_config`` described, with the boundaries it had."""
        from ...registry import from_config_value

        config = {k: from_config_value(v) for k, v in config.items()}
        measured = config.get("bin_boundaries") if config.get("num_bins") is not None else None
        if measured is not None:
            config["bin_boundaries"] = None
        layer = cls(**config)
        if measured is not None:
            layer.bin_boundaries = list(measured)
        return layer
