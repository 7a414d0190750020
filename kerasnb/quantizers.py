"""keras.quantizers: tensors in a few bits."""

from kerasnb.core.quantizers import AbsMaxQuantizer, Quantizer, deserialize, get, serialize
from kerasnb.core.quantizers.abs_max import abs_max_quantize, abs_max_quantize_grouped_with_zero_point
from kerasnb.core.quantizers.calibrated_configs import AWQConfig, GPTQConfig
from kerasnb.core.quantizers.configs import (
    Float8QuantizationConfig,
    Int4QuantizationConfig,
    Int8QuantizationConfig,
    QuantizationConfig,
)
from kerasnb.core.quantizers.fake_quant import fake_quant_with_min_max_vars
from kerasnb.core.quantizers.float8 import compute_float8_amax_history, compute_float8_scale, quantize_and_dequantize
from kerasnb.core.quantizers.packing import pack_int4, unpack_int4

__all__ = [
    "AWQConfig", "AbsMaxQuantizer", "Float8QuantizationConfig", "GPTQConfig", "Int4QuantizationConfig",
    "Int8QuantizationConfig", "QuantizationConfig", "Quantizer", "abs_max_quantize",
    "abs_max_quantize_grouped_with_zero_point", "compute_float8_amax_history", "compute_float8_scale", "deserialize",
    "fake_quant_with_min_max_vars", "get", "pack_int4", "quantize_and_dequantize", "serialize", "unpack_int4",
]  # fmt: skip
