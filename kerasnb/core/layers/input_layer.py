"""Input: where a functional model begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import config
from ..layer import Layer
from ..operation import Node
from ..symbolic import KerasTensor


class InputLayer(Layer):
    """The layer behind ``Input``: it holds the shape and passes its input through.

    Args:
        shape: shape of one sample, without the batch.
        batch_size: fixed batch size, None for any.
        dtype: the dtype's name; the default float type if None.
        sparse, ragged: accepted as in Keras, must be false-like for dense tensors.
        batch_shape: shape with the batch, instead of ``shape`` and ``batch_size``.
        input_tensor: a symbolic tensor to wrap.
        optional: whether None may be given in its place.
        name: the layer's name.
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Sequence[int | None] | None = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, trainable=kwargs.get("trainable", True))
        if kwargs.get("input_shape") is not None:
            shape = kwargs["input_shape"]
        batch_shape = batch_shape or kwargs.get("batch_input_shape")  # Keras 2's name
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ValueError(f"Input: input_tensor must be a symbolic tensor, got {type(input_tensor).__name__}.")
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        if shape is not None and batch_shape is not None and input_tensor is None:
            raise ValueError(f"Input: give shape or batch_shape, not both (shape={shape}, batch_shape={batch_shape}).")
        if batch_shape is None:
            if shape is None:
                raise ValueError("Input: shape is missing; give the shape of one sample, such as shape=(784,).")
            batch_shape = (batch_size, *_checked(shape))
        self.batch_shape = tuple(_checked(batch_shape))
        self._dtype = config.standardize_dtype(dtype)
        self.sparse, self.ragged, self.optional = bool(sparse), bool(ragged), optional
        tensor = input_tensor or KerasTensor(self.batch_shape, dtype=self._dtype, sparse=self.sparse, name=self.name)
        self.built = True
        Node(self, (), {}, tensor)
        tensor.optional = optional  # type: ignore[attr-defined]

    def call(self) -> Any:
        raise RuntimeError(f"InputLayer {self.name!r} has nothing to compute: use the tensor that Input() returned.")

    @property
    def dtype(self) -> str:  # type: ignore[override]
        """The dtype of the input."""
        return self._dtype

    def get_config(self) -> dict[str, Any]:
        """Batch shape, dtype, name and the flags."""
        config_ = {
            "batch_shape": self.batch_shape, "dtype": self._dtype, "sparse": self.sparse, "ragged": self.ragged,
            "name": self.name,
        }  # fmt: skip
        return {**config_, "optional": True} if self.optional else config_


def _checked(shape: Any) -> tuple[int | None, ...]:
    if isinstance(shape, int):
        raise ValueError(f"Input: shape must be a tuple, got {shape}; for vectors of that length write ({shape},).")
    for n in shape:
        if n is not None and (isinstance(n, bool) or not hasattr(n, "__index__") or int(n) < 0):
            raise ValueError(f"Input: every dimension must be None or an integer of at least 0, got shape={shape!r}.")
    return tuple(None if n is None else int(n) for n in shape)


def Input(
    shape: Sequence[int | None] | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Sequence[int | None] | None = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic input of a functional model.

    Args:
        shape: shape of one sample; None for sizes that vary, such as (None, 8).
        batch_size: fixed batch size, None for any.
        dtype: "float32" unless given.
        sparse, ragged: accepted as in Keras.
        batch_shape: shape with the batch, instead of ``shape`` and ``batch_size``.
        name: the name that a dict of inputs is matched by.
        tensor: an existing symbolic tensor to wrap.
        optional: whether None may be given in its place.

    >>> Input((28, 28, 1)).shape
    (None, 28, 28, 1)
    """
    layer = InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged,
        batch_shape=batch_shape, input_tensor=tensor, optional=optional, name=name,
    )  # fmt: skip
    return layer.output
