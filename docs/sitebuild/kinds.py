"""How the larger groups of the reference are divided, as Keras divides them."""

from __future__ import annotations

from .names import Entry

LAYERS = {
    "Core": ("layer", "input_spec", "input_layer", "dense", "einsum_dense", "embedding", "reversible_embedding",
        "core"),
    "Convolution": ("conv", "conv_transpose", "depthwise_conv", "separable_conv"),
    "Pooling": ("pooling", "global_pooling", "adaptive_pooling"),
    "Recurrent": ("lstm", "gru", "simple_rnn", "rnn", "bidirectional", "time_distributed", "conv_lstm",
        "stacked_cells"),
    "Attention": ("attention", "multi_head_attention", "grouped_query_attention"),
    "Normalization": ("batch_normalization", "normalization", "spectral_normalization"),
    "Regularization": ("regularization",),
    "Reshaping": ("reshaping", "padding", "upsampling"),
    "Merging": ("merging",),
    "Activation": ("activation",),
    "Features and text": (
        "category_encoding", "discretization", "hashing", "integer_lookup", "string_lookup", "text_vectorization",
        "preprocessing.normalization",
    ),
    "Images": ("rescaling", "resizing", "pipeline", "max_num_bounding_boxes"),
    "Image augmentation": (
        "histogram", "mixing", "rand_augment", "random_color", "random_filters", "random_flip", "random_geometry",
    ),
    "Audio": ("mel_spectrogram", "stft_spectrogram"),
    "Other frameworks": ("jax_layer", "flax_layer"),
}  # fmt: skip
OPS = {
    "Arithmetic and comparison": ("arithmetic",),
    "Number by number": ("elementwise",),
    "Reductions": ("reductions",),
    "Statistics and sorting": ("statistics",),
    "Creation": ("creation",),
    "Shapes": ("shaping", "einops"),
    "Indexing, scattering, segments": ("indexing", "scattering", "segments"),
    "Products": ("products",),
    "Linear algebra": ("linalg", "matrices"),
    "Fourier, complex numbers": ("fourier", "complexes"),
    "Activations": ("activations",),
    "Networks": ("convolution", "attention", "normalization", "crossentropy", "ctc", "conversion"),
    "Images": ("image", "image_color", "image_filters", "image_sizes", "image_warps"),
    "Control flow": ("control",),
    "Tensors": ("tensors", "dispatch"),
}


def kinds(group: str, members: list[Entry]) -> dict[str, list[Entry]]:
    """The members of a group under headings; one heading "" where it is not divided."""
    table = {"layers": LAYERS, "ops": OPS}.get(group)
    if table is None:
        if group in ("losses", "metrics", "optimizers", "initializers", "applications", "datasets", "preprocessing"):
            return _classes_and_functions(members)
        return {"": members}
    found: dict[str, list[Entry]] = {kind: [] for kind in table}
    for entry in members:
        module = str(getattr(entry.value, "__module__", ""))
        found.setdefault(_kind(module, table), []).append(entry)
    return {kind: entries for kind, entries in found.items() if entries}


def _kind(module: str, table: dict[str, tuple[str, ...]]) -> str:
    for kind, modules in table.items():
        if any(module.endswith("." + m) and "." in m for m in modules):
            return kind
    last = module.rpartition(".")[2]
    return next((kind for kind, modules in table.items() if last in modules), "Others")


def _classes_and_functions(members: list[Entry]) -> dict[str, list[Entry]]:
    deep = {}
    for entry in members:
        parts = entry.name.split(".")
        heading = parts[2] if len(parts) > 3 else "Classes" if isinstance(entry.value, type) else "Functions"
        deep.setdefault(heading, []).append(entry)
    order = sorted(deep, key=lambda h: (h != "Classes", h != "Functions", h))
    return {h: deep[h] for h in order} if len(deep) > 1 else {"": members}
