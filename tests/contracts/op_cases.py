"""One call of every op: what the shared contracts are tried on.

Arrays among the arguments are tensors, everything else is configuration. Ops of one or two tensors need no line.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from kerasnb import ops
from kerasnb.core.ops.dispatch import TABLE


class Case(NamedTuple):
    """An op with the arguments of one call."""

    name: str
    args: tuple
    kwargs: dict

    @property
    def function(self) -> Any:
        return TABLE[self.name].function


def call(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
    return args, kwargs


def floats(*shape: int, seed: int = 0, low: float = 0.1, high: float = 0.9) -> np.ndarray:
    return np.random.RandomState(seed).uniform(low, high, shape).astype("float32")


def ints(*shape: int, seed: int = 0, high: int = 4) -> np.ndarray:
    return np.random.RandomState(seed).randint(1, high, shape).astype("int32")


x, y = floats(3, 4), floats(3, 4, seed=1)
cube = floats(2, 3, 4, seed=2)
signed = floats(3, 4, seed=3, low=-2, high=2)
square = floats(2, 3, 3) + 2 * np.eye(3, dtype="float32")
spd = (square @ square.transpose(0, 2, 1)).astype("float32")
image = floats(2, 6, 6, 3, seed=4)
signal = floats(2, 32, seed=5)
logits = floats(2, 6, 4, seed=6, low=-1, high=1)
heads = floats(2, 5, 2, 4, seed=7)
nans = np.where(signed > 1, np.nan, signed).astype("float32")
plus = lambda a, b: a + b  # noqa: E731

# fmt: off
CASES: dict[str, tuple[tuple, dict]] = {
    # --- reductions and order ---
    **{n: call(cube, axis=1) for n in "all any amax amin max min mean std var sum prod median ptp logsumexp".split()},
    **{n: call(nans, axis=1) for n in
       "nanmax nanmin nanmean nanstd nanvar nansum nanprod nanmedian nancumsum nancumprod nanargmax nanargmin".split()},
    **{n: call(x, 0.3, axis=1) for n in "quantile nanquantile".split()},
    **{n: call(x, 30.0, axis=1) for n in "percentile nanpercentile".split()},
    **{n: call(x, axis=1) for n in "argmax argmin cumsum cumprod sort argsort".split()},
    "count_nonzero": call(ints(3, 4) - 1, axis=1), "average": call(x, axis=1, weights=y),
    "argpartition": call(x, 2), "top_k": call(x, 2), "in_top_k": call(ints(3), x, 2),
    "moments": call(x, [1]), "bincount": call(ints(3, 4), minlength=5), "histogram": call(x, bins=4),
    "searchsorted": call(np.sort(x[0]), y[1]), "digitize": call(x, np.sort(y[0])), "isin": call(ints(3, 4), ints(2)),
    "unique": call(ints(3, 4), size=4, fill_value=0), "trapezoid": call(x), "diff": call(x), "corrcoef": call(x),
    # --- shape ---
    "reshape": call(cube, (-1, 12)), "transpose": call(cube, (0, 2, 1)), "swapaxes": call(cube, 1, 2),
    "moveaxis": call(cube, 1, 2), "expand_dims": call(x, 1), "squeeze": call(x[:, None], 1),
    "broadcast_to": call(x[0], (3, 4)), "concatenate": call([x, y], axis=1), "stack": call([x, y], axis=1),
    "hstack": call([x, y]), "vstack": call([x, y]), "dstack": call([x, y]), "append": call(x, y, axis=1),
    "split": call(x, 2, axis=1), "array_split": call(x, 3, axis=1), "hsplit": call(x, 2), "vsplit": call(x, 3),
    "dsplit": call(cube, 2), "unstack": call(x, axis=1), "tile": call(x, (1, 2)), "repeat": call(x, 2, axis=1),
    "flip": call(x, axis=1), "roll": call(x, 1, axis=1), "rot90": call(cube, 1, (1, 2)),
    "pad": call(x, ((0, 0), (1, 2)), constant_values=2.0), "diagonal": call(cube, 0, 1, 2),
    "trace": call(cube, 0, 1, 2),
    "meshgrid": call(x[0], y[1]), "rearrange": call(cube, "b (h w) c -> b c h w", h=3), "vander": call(x[0], 3),
    "fliplr": call(x), "flipud": call(x), "diag": call(x[0]), "diagflat": call(x[0]), "tril": call(cube),
    "triu": call(cube),
    # --- picking and placing ---
    "get_item": call(cube, (slice(None), 1, None)), "take": call(x, ints(2), axis=1),
    "take_along_axis": call(x, ints(3, 2), axis=1), "where": call(x > 0.5, x, y), "clip": call(signed, -1.0, 1.0),
    "select": call([x > 0.7, x > 0.3], [x, y]), "nonzero": call(x), "unravel_index": call(ints(3), (2, 3)),
    "slice": call(x, [0, 1], (3, 2)), "slice_update": call(x, [0, 1], y[:, :2]),
    "scatter": call(np.array([[0], [2]], "int32"), y[:2], (3, 4)),
    "scatter_update": call(x, np.array([[0, 1], [2, 0]], "int32"), y[0, :2]),
    **{f"segment_{n}": call(x, np.array([0, 0, 1], "int32"), 2) for n in ("sum", "max", "min", "prod")},
    # --- creation and conversion ---
    **{n: call((2, 3)) for n in "zeros ones empty".split()}, "full": call((2, 3), 1.5), "arange": call(5),
    "eye": call(3), "identity": call(3), "tri": call(3), "linspace": call(0.0, x[0], 4), "logspace": call(0.0, x[0], 4),
    "geomspace": call(1.0, 1 + x[0], 4), **{n: call(5) for n in "bartlett blackman hamming hanning".split()},
    "kaiser": call(5, 3.0), "full_like": call(x, 2.0), "cast": call(x, "float16"),
    "saturate_cast": call(x * 300, "uint8"),
    "convert_to_tensor": call(x), "array": call(x), "view": call(x, "int32"), "zeros_like": call(x),
    "ones_like": call(x),
    "empty_like": call(x), "stop_gradient": call(x), "nan_to_num": call(nans),
    # --- products and matrices ---
    "matmul": call(cube, x.T[:, :2]), "dot": call(x, y.T), "inner": call(x, y), "outer": call(x[0], y[0]),
    "vdot": call(x, y),
    "kron": call(x[:, :2], y[:, :2]), "tensordot": call(x, y, axes=[[1], [1]]), "einsum": call("bij,kj->bik", cube, x),
    "cross": call(x[:, :3], y[:, :3]), "correlate": call(x[0], y[0, :2]), "cdist": call(x, y),
    **{n: call(square) for n in "det inv slogdet lu_factor qr svd pinv matrix_rank".split()}, "logdet": call(spd),
    "cholesky": call(spd), "cholesky_inverse": call(np.linalg.cholesky(spd).astype("float32")), "eigh": call(spd),
    "eig": call(spd), "solve": call(square, cube[:, :, :2]),
    "solve_triangular": call(np.tril(square), cube, lower=True),
    "lstsq": call(x, y[:, :2]), "norm": call(x, axis=1), "normalize": call(x),
    "jvp": call(jnp.sin, (x,), (y,)),
    # --- bits and integers ---
    **{n: call(ints(3, 4), ints(3, 4, seed=1)) for n in
       """bitwise_and bitwise_or bitwise_xor left_shift right_shift bitwise_left_shift bitwise_right_shift gcd lcm
       ldexp""".split()},
    "bitwise_not": call(ints(3, 4)), "bitwise_invert": call(ints(3, 4)), "ldexp": call(x, ints(3, 4)),
    "arccosh": call(x + 1), "round": call(signed, 1), "view_as_complex": call(floats(3, 2)),
    # --- networks ---
    "softmax": call(x), "log_softmax": call(x), "sparsemax": call(x), "glu": call(x),
    "threshold": call(signed, 0.5, 2.0),
    "batch_normalization": call(x, y[0], y[1], -1, offset=y[2], scale=x[0]), "layer_normalization": call(x, y[0], y[1]),
    "rms_normalization": call(x, y[0]), "dot_product_attention": call(heads, heads + 1, heads - 1, is_causal=True),
    "binary_crossentropy": call(x, y), "categorical_crossentropy": call(x, y),
    "sparse_categorical_crossentropy": call(ints(3), x), "one_hot": call(ints(3), 4), "multi_hot": call(ints(3, 2), 4),
    "ctc_loss": call(ints(2, 3), logits, np.array([3, 2], "int32"), np.array([6, 5], "int32")),
    "ctc_decode": call(logits, np.array([6, 5], "int32"), strategy="beam_search", beam_width=4),
    "psnr": call(image, image / 2, 1.0),
    "conv": call(image, floats(3, 3, 3, 2), padding="same"), "depthwise_conv": call(image, floats(2, 2, 3, 1)),
    "separable_conv": call(image, floats(2, 2, 3, 1), floats(1, 1, 3, 2)),
    "conv_transpose": call(image, floats(2, 2, 2, 3), strides=2), "max_pool": call(image, 2),
    "average_pool": call(image, 2),
    "adaptive_average_pool": call(image, 2), "adaptive_max_pool": call(image, 2), "space_to_depth": call(image, 2),
    "depth_to_space": call(floats(2, 3, 3, 4), 2), "unfold": call(floats(2, 3, 4, 4), 2),
    "fold": call(floats(2, 4, 9), (4, 4), 2),
    # --- Fourier ---
    "fft": call((x, y)), "fft2": call((cube, cube)), "ifft2": call((cube, cube)), "rfft": call(x),
    "irfft": call((x, y)),
    "extract_sequences": call(signal, 8, 4), "stft": call(signal, 8, 4, 8),
    "istft": call((floats(2, 5, 5), floats(2, 5, 5)), 8, 4, 8),
    # --- control flow ---
    "cond": call(np.array(True), lambda: 1.0, lambda: 2.0), "switch": call(np.array(1), [jnp.sin, jnp.cos], x),
    "while_loop": call(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (np.array(0, "int32"), x)),
    "fori_loop": call(0, 3, lambda i, v: v * 2, x), "scan": call(lambda c, a: (c + a, c * a), x[0], y),
    "associative_scan": call(plus, x), "map": call(jnp.sum, x), "vectorized_map": call(jnp.sum, x),
    # --- images ---
    "image.resize": call(image, (4, 5)), "image.crop_images": call(image, 1, 1, 2, 2),
    "image.pad_images": call(image, 1, 1, 2, 2),
    "image.extract_patches": call(image, 2), "image.extract_patches_3d": call(floats(1, 4, 4, 4, 2), 2),
    "image.rgb_to_grayscale": call(image), "image.rgb_to_hsv": call(image), "image.hsv_to_rgb": call(image),
    "image.gaussian_blur": call(image), "image.sobel_edges": call(image),
    "image.ssim": call(image, image / 2, filter_size=5),
    "image.affine_transform": call(image, np.array([[0.9, 0.1, 0.5, -0.1, 1.1, 0.2, 0, 0]] * 2, "float32")),
    "image.perspective_transform": call(
        image, np.array([[[0, 0], [0, 5], [5, 0], [5, 5]]] * 2, "float32"),
        np.array([[[0.5, 0.5], [0, 5], [5, 0.3], [4, 4.5]]] * 2, "float32")),
    "image.map_coordinates": call(x, floats(2, 5, high=2.5), 1),
    "image.scale_and_translate": call(image, (2, 8, 7, 3), np.array([1.5, 0.7]), np.array([0.2, 0.4]), (1, 2),
    "linear"),
    "image.elastic_transform": call(image, 2.0, 1.0, seed=3),
}
# fmt: on
# Functions that look at tensors or make functions: no calls to be recorded or compiled.
NOT_CALLS = {"convert_to_numpy", "is_tensor", "shape", "dtype", "ndim", "size", "vectorize", "custom_gradient"}


def _cases() -> list[Case]:
    found = []
    for name, entry in sorted(TABLE.items()):
        if name in NOT_CALLS:
            continue
        if name not in CASES:
            parameters = list(inspect.signature(entry.function).parameters.values())
            needed = [p for p in parameters if p.default is p.empty]
            assert len(needed) in (1, 2), f"{name} needs a line in CASES"
            CASES[name] = call(*(x, y)[: len(needed)])
        found.append(Case(name, *CASES[name]))
    return found


OP_CASES = _cases()
assert set(CASES) <= set(TABLE), set(CASES) - set(TABLE)
assert ops
