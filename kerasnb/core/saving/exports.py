"""model.export: the forward pass alone, for programs that have no kerasnb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax import export as jax_export

from ..registry import did_you_mean
from ..symbolic import KerasTensor
from .keras_archive import atomic_file

FORMATS = ("stablehlo", "onnx", "tf_saved_model", "html")
ENDINGS = {".html": "html", ".htm": "html", ".onnx": "onnx"}
PLATFORMS = ("cpu", "cuda", "rocm", "tpu")


def export_model(
    model: Any,
    filepath: Any,
    format: str | None = None,
    input_signature: Any = None,
    verbose: Any = None,
    **kwargs: Any,
) -> None:
    """Write what ``model(x, training=False)`` computes, weights included.

    Args:
        model: a built model.
        filepath: a file; for "tf_saved_model" a folder.
        format: "stablehlo": one file, read with ``jax.export.deserialize(bytes).call(x)``, on any of jax's platforms;
            "onnx": through jax2onnx; "tf_saved_model": through jax2tf, where TensorFlow is installed; "html": a page
            that predicts in the browser (``demo.export_demo`` says with which arguments). By the file's ending if left
            out: ".html", ".onnx", else "stablehlo".
        input_signature: the inputs' shapes and dtypes, as anything with ``shape`` and ``dtype``, in the structure of
            the inputs; the model's own by default. None in a shape stays free.
        verbose: accepted as in Keras.
        **kwargs: further arguments of the converter.

    Raises:
        ValueError: an unknown format, or a model that has no shapes yet.
        ImportError: the converter is not installed; the message says what to type.
    """
    writers: dict[str, Callable] = {"stablehlo": _stablehlo, "onnx": _onnx, "tf_saved_model": _saved_model}
    path = Path(filepath)
    format = ENDINGS.get(path.suffix.lower(), "stablehlo") if format is None else format
    if format not in FORMATS:
        raise ValueError(
            f"export: format must be one of {list(FORMATS)}, got format={format!r}.{did_you_mean(str(format), FORMATS)}"
        )
    if not model.built:
        raise ValueError(f"export: model {model.name!r} has no weights yet: call it on data, or build it, first.")
    if not path.parent.exists():
        raise FileNotFoundError(f"export: the folder {path.parent} does not exist.")
    if format == "html":
        from .demo import export_demo

        export_demo(model, path, **kwargs)
        return
    writers[format](model, path, signature_of(model, input_signature), **kwargs)


def load_stablehlo(filepath: Any) -> Callable:
    """The function in a file written with ``format="stablehlo"``.

    It takes the model's input (a list or dict of them, as the model does) and gives its output. The same without
    kerasnb: ``jax.export.deserialize(bytearray(open(path, "rb").read())).call``.
    """
    path = Path(filepath)
    try:
        return jax_export.deserialize(bytearray(path.read_bytes())).call
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no exported StableHLO program, or it is damaged: {error}") from error


def signature_of(model: Any, given: Any) -> Any:
    """Inputs as symbolic tensors, in the structure of the model's inputs."""
    if given is None:
        given = getattr(model, "_inputs_struct", None)
        if given is None:
            given = getattr(model, "inputs", None)
            given = given[0] if isinstance(given, list) and len(given) == 1 else given
        if given is None:
            shapes = model.get_build_config() or {}
            shape = shapes.get("input_shape")
            given = _free_batch(shape) if shape else None
    if given is None:
        raise ValueError(
            f"export: the shapes of the inputs of {model.name!r} are not known. "
            "Pass input_signature=keras.layers.InputSpec(shape=(None, ...), dtype='float32')."
        )
    if isinstance(given, (list, tuple)) and len(given) == 1 and not isinstance(given[0], (int, type(None))):
        given = given[0]
    return jax.tree.map(lambda s: KerasTensor(tuple(s.shape), s.dtype or "float32"), given, is_leaf=_is_leaf)


def _free_batch(shape: Any) -> Any:
    """The shapes a model was first called with, for batches of any size."""
    if isinstance(shape, dict):
        return {k: _free_batch(s) for k, s in shape.items()}
    if any(not isinstance(n, (int, type(None))) for n in shape):
        return [_free_batch(s) for s in shape]
    return KerasTensor((None, *shape[1:]))


def forward(model: Any) -> Callable:
    """The model as a pure function of its input; the weights are constants of it."""
    trainable = [v._raw_value for v in model.trainable_variables]
    others = [v._raw_value for v in model.non_trainable_variables]

    def call(x: Any) -> Any:
        outputs, _ = model.stateless_call(trainable, others, x, training=False)
        return outputs

    return call


def _is_leaf(value: Any) -> bool:
    return hasattr(value, "shape")


def _stablehlo(model: Any, path: Path, signature: Any, platforms: Any = PLATFORMS, **kwargs: Any) -> None:
    """One file: the serialized program with a free batch size."""
    if kwargs:
        raise ValueError(f"export to stablehlo does not know the argument(s) {sorted(kwargs)}.")
    scope = jax_export.SymbolicScope()
    count = 0

    def symbol(tensor: KerasTensor) -> jax.ShapeDtypeStruct:
        nonlocal count
        sizes = []
        for axis, n in enumerate(tensor.shape):
            if n is not None:
                sizes.append(str(n))
            elif axis == 0:
                sizes.append("batch")  # one batch size for all inputs
            else:
                sizes.append(f"n{count}")
                count += 1
        shape = jax_export.symbolic_shape(",".join(sizes), scope=scope) if sizes else ()
        return jax.ShapeDtypeStruct(shape, jnp.dtype(tensor.dtype))

    arguments = jax.tree.map(symbol, signature, is_leaf=_is_leaf)
    exported = jax_export.export(jax.jit(forward(model)), platforms=list(platforms))(arguments)
    with atomic_file(path) as temporary:
        temporary.write_bytes(exported.serialize())


def _onnx(model: Any, path: Path, signature: Any, **kwargs: Any) -> None:
    """One ``.onnx`` file."""
    try:
        from jax2onnx import to_onnx
    except ImportError as error:
        raise ImportError("export to ONNX needs jax2onnx: pip install 'kerasnb[onnx]'.") from error
    leaves, structure = jax.tree.flatten(signature, is_leaf=_is_leaf)
    names = iter(f"n{i}" for i in range(1000))
    shapes = [
        tuple("batch" if n is None and axis == 0 else next(names) if n is None else n for axis, n in enumerate(s.shape))
        for s in leaves
    ]
    call = forward(model)
    # Names instead of sizes are what the converter takes for open ones.
    inputs = [jax.ShapeDtypeStruct(shape, jnp.dtype(s.dtype)) for shape, s in zip(shapes, leaves)]
    with atomic_file(path) as temporary:
        to_onnx(
            lambda *xs: call(jax.tree.unflatten(structure, xs)),
            inputs,
            model_name=model.name,
            return_mode="file",
            output_path=str(temporary),
            **kwargs,
        )


def _saved_model(model: Any, path: Path, signature: Any, **kwargs: Any) -> None:
    """A folder that TensorFlow and TF Serving load."""
    try:
        import tensorflow as tf
        from jax.experimental import jax2tf
    except ImportError as error:
        raise ImportError(
            "export to a TensorFlow SavedModel needs TensorFlow: pip install tensorflow. "
            "format='stablehlo' needs nothing, format='onnx' the extra kerasnb[onnx]."
        ) from error
    leaves, structure = jax.tree.flatten(signature, is_leaf=_is_leaf)
    names = iter("cdefghijklmn")
    shapes = [
        "("
        + ",".join("b" if n is None and a == 0 else next(names) if n is None else str(n) for a, n in enumerate(s.shape))
        + ",)"
        for s in leaves
    ]
    polymorphic = jax.tree.unflatten(structure, shapes)
    module = tf.Module()
    converted = jax2tf.convert(forward(model), polymorphic_shapes=[polymorphic], with_gradient=False, **kwargs)
    specs = [tf.TensorSpec(s.shape, s.dtype, name=f"input_{i}") for i, s in enumerate(leaves)]
    module.serve = tf.function(
        lambda *xs: converted(jax.tree.unflatten(structure, xs)), autograph=False, input_signature=specs
    )
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
