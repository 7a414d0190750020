"""Configs of the methods that choose weights on examples: GPTQ and AWQ."""

from __future__ import annotations

from typing import Any

from .configs import _Calibrated, _check_size


class GPTQConfig(_Calibrated):
    """GPTQ: weights rounded one after the other, each making up for the last (Frantar et al. 2022).

    Args:
        dataset: texts or token sequences to calibrate on.
        tokenizer: turns texts into tokens.
        weight_bits: 2, 3, 4 or 8.
        num_samples, sequence_length: how many examples of which length.
        per_channel: one scale per output channel.
        hessian_damping: from 0 to 1, added to the diagonal.
        group_size: weights that share a scale, -1 for all.
        symmetric: no zero point.
        activation_order: the largest activations first.
        quantization_layer_structure: {"pre_block_layers": [...], "sequential_blocks": [...]}.
    """

    def __init__(
        self,
        dataset: Any,
        tokenizer: Any,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        per_channel: bool = True,
        sequence_length: int = 512,
        hessian_damping: float = 0.01,
        group_size: int = 128,
        symmetric: bool = False,
        activation_order: bool = False,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__()
        if weight_bits not in (2, 3, 4, 8):
            raise ValueError(f"GPTQConfig: weight_bits must be 2, 3, 4 or 8, got weight_bits={weight_bits!r}.")
        if not 0 <= hessian_damping <= 1:
            raise ValueError(f"GPTQConfig: hessian_damping must lie in [0, 1], got {hessian_damping!r}.")
        _check_size(num_samples, "num_samples", "GPTQConfig", whole=False)
        _check_size(sequence_length, "sequence_length", "GPTQConfig", whole=False)
        _check_size(group_size, "group_size", "GPTQConfig")
        self.dataset, self.tokenizer, self.weight_bits = dataset, tokenizer, weight_bits
        self.num_samples, self.per_channel, self.sequence_length = num_samples, per_channel, sequence_length
        self.hessian_damping, self.group_size, self.symmetric = hessian_damping, group_size, symmetric
        self.activation_order, self.quantization_layer_structure = activation_order, quantization_layer_structure

    @property
    def mode(self) -> str:
        return "gptq"


class AWQConfig(_Calibrated):
    """AWQ: channels with large activations are scaled up before rounding (Lin et al. 2023).

    Args:
        dataset, tokenizer, num_samples, sequence_length, group_size, quantization_layer_structure: as in
            ``GPTQConfig``.
        weight_bits: always 4.
        num_grid_points: how many scales are tried, at least 1.
    """

    def __init__(
        self,
        dataset: Any,
        tokenizer: Any,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        sequence_length: int = 512,
        group_size: int = 128,
        num_grid_points: int = 20,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__()
        if weight_bits != 4:
            raise ValueError(f"AWQConfig: AWQ knows 4 bits only, got weight_bits={weight_bits!r}.")
        _check_size(num_samples, "num_samples", "AWQConfig", whole=False)
        _check_size(sequence_length, "sequence_length", "AWQConfig", whole=False)
        _check_size(group_size, "group_size", "AWQConfig")
        _check_size(num_grid_points, "num_grid_points", "AWQConfig", whole=False)
        self.dataset, self.tokenizer, self.weight_bits = dataset, tokenizer, weight_bits
        self.num_samples, self.sequence_length, self.group_size = num_samples, sequence_length, group_size
        self.num_grid_points, self.quantization_layer_structure = num_grid_points, quantization_layer_structure

    @property
    def mode(self) -> str:
        return "awq"
