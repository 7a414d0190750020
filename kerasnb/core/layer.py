"""Layer: the base of every layer and model. Weights, lazy build, and the one way to be called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from typing import Any

from flax import nnx

from . import naming, policies, registry, rematerialization
from .call_arguments import CallSpec, call_signature, shape_tree
from .context import call_scope, current, get_keras_mask, set_keras_mask
from .conversion import cast_symbol, convert_input, map_tensors, symbols_of
from .input_spec import InputSpec, assert_input_compatibility
from .layer_building import input_shape_argument, noting_shapes
from .layer_storage import LayerStorage
from .layer_weights import LayerWeights
from .operation import Node, Operation
from .symbolic import any_symbolic, flatten, infer_output
from .tracing_errors import in_own_words, without_note
from .tracking import Tracker
from .variable import Changes, Variable, autocast_scope, binding, values

__all__ = ["InputSpec", "Layer", "convert_input"]

_PLAIN_ATTRIBUTES = (str, int, float, bool, bytes, type(None))


class _ConstructorSignature:
    """What ``help`` and completion show of a layer class; nnx's metaclass would hide it."""

    def __get__(self, instance: Any, cls: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        signature = inspect.signature(cls.__init__)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class Layer(LayerWeights, LayerStorage, registry.Configurable, Operation, nnx.Module, pytree=False):
    """Base class of layers: a function of tensors with weights of its own.

    Args:
        activity_regularizer: a regularizer of the outputs, added to the loss.
        trainable: whether the weights take part in training.
        dtype: a dtype name or policy ("mixed_bfloat16"); the global policy by default.
        autocast: whether float inputs are cast to the compute dtype.
        name: the layer's name; by default the class's name in snake case, numbered.

    A subclass writes ``__init__`` (keep the arguments), ``build(input_shape)`` (make weights with
    ``add_weight``) and ``call(inputs)`` (compute). Everything else follows from these.

    >>> import jax.numpy as jnp
    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Scale()(jnp.ones((2, 3))).shape
    (2, 3)
    """

    __signature__ = _ConstructorSignature()
    _tracked_as = "layers"
    # Whether, in training, the output of one row depends on the other rows of the batch.
    mixes_rows = False
    # Whether most of the work is small products of matrices (see training/compiler_options.py).
    many_small_products = False
    # Whether masks pass through; what the inputs must look like.
    supports_masking = False
    input_spec: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Layer:
        instance = super().__new__(cls, *args, **kwargs)
        put = functools.partial(object.__setattr__, instance)
        put("_tracker", Tracker(instance))
        put("_losses", [])
        put("_parent", None)
        put("built", False)
        put("_build_shapes", None)
        put("_inbound_nodes", [])
        put("_outbound_nodes", [])
        put("_scope_prefix", naming.scope_prefix())
        put("_remat_scope", rematerialization.current())
        return instance

    def __init_subclass__(cls, **kwargs: Any) -> None:
        kwargs.setdefault("pytree", False)
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = noting_shapes(cls.__dict__["build"])

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        from . import regularizers

        self._input_shape_arg = input_shape_argument(kwargs)
        self._input_dtype_arg = kwargs.pop("input_dtype", None)
        kwargs.pop("implementation", None)
        if kwargs:
            known = registry.constructor_parameters(type(self))
            wrong = next(iter(kwargs))
            raise ValueError(
                f"{type(self).__name__} does not know the argument(s) {sorted(kwargs)}."
                f"{registry.did_you_mean(wrong, known)} Known are: {', '.join(known)}."
            )
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"{type(self).__name__}: name must be a string without '/', got name={name!r}.")
        self.name = name or naming.auto_name(type(self).__name__)
        self._auto_named = name is None
        self._dtype_policy = policies.get(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast = autocast
        self._trainable = bool(trainable)
        self._convert_input_args = True

    # --- attributes ------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        Changes.count += 1
        old = self.__dict__.get(name)
        if not isinstance(old, _PLAIN_ATTRIBUTES) and old is not value and name != "_parent":
            self._tracker.untrack(old)
        if not isinstance(value, _PLAIN_ATTRIBUTES) and not name.startswith("_self_"):
            value = self._tracker.track(value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        Changes.count += 1
        self._tracker.untrack(self.__dict__.get(name))
        object.__delattr__(self, name)

    @property
    def path(self) -> str:
        """Names from the outermost owner down, joined by "/"."""
        parent = self._parent() if self._parent is not None else None
        if parent is not None and parent._shows_in_paths:
            return f"{parent.path}/{self.name}"
        return f"{self._scope_prefix}{self.name}"

    _shows_in_paths = True

    @property
    def trainable(self) -> bool:
        """Whether the weights take part in training; assigning reaches all sublayers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self._trainable = value
        for v in self._tracker.trainable:
            v.trainable = value
        for layer in self._tracker.layers:
            layer.trainable = value

    @property
    def dtype_policy(self) -> Any:
        """Compute and variable dtype."""
        if isinstance(self._dtype_policy, policies.DTypePolicyMap):
            return self._dtype_policy[self.path]
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._dtype_policy = policies.get(value)

    @property
    def compute_dtype(self) -> str:
        """The dtype of inputs and arithmetic."""
        return self.dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype the weights are kept in."""
        return self.dtype_policy.variable_dtype

    dtype = variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are cast to."""
        return self.compute_dtype

    @property
    def quantization_mode(self) -> None:
        """None: weights are not quantized."""
        return None

    # --- being called ----------------------------------------------------------------------------

    def build(self, *input_shape: Any) -> None:
        """Make the weights for an input shape; the default makes none."""
        if self._build_shapes is None and input_shape and input_shape[0] is not None:
            self.__dict__["_build_shapes"] = {"input_shape": input_shape[0]}  # archives tell it
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no call() method: write one that computes its outputs.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on arrays, or record the call on symbolic tensors."""
        if "_trainable" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.__init__ must call super().__init__() before the layer can be used."
            )
        if self._convert_input_args:
            cast = functools.partial(convert_input, autocast=self.autocast, dtype=self.input_dtype)
            args = tuple(map_tensors(cast, a) for a in args)
            kwargs = {k: map_tensors(cast, v) for k, v in kwargs.items()}
        spec = CallSpec(call_signature(self), args, kwargs)
        args, kwargs = spec.with_masks(args, kwargs)
        training = spec.training(current())
        if spec.accepts_training and training is not None:
            kwargs["training"] = training
        elif not spec.accepts_training and not spec.accepts_any:
            kwargs.pop("training", None)
        if current() is None:
            self._clear_losses()
        with call_scope(self, training) as context:
            assert_input_compatibility(self.input_spec, spec.first, self.name)
            if not self.built:
                self._maybe_build(spec)
            dtype = self.compute_dtype if self.autocast and self.compute_dtype != self.variable_dtype else None
            with autocast_scope(dtype):
                try:
                    symbolic = any_symbolic(args) or any_symbolic(kwargs)
                    if symbolic and spec.explicit_training is None:
                        kwargs.pop("training", None)  # a recorded call learns it anew each time it runs
                    outputs = self.symbolic_call(*args, **kwargs) if symbolic else self._compute(*args, **kwargs)
                except Exception as error:
                    own = in_own_words(error, f"layer {self.name!r} ({type(self).__name__})")
                    self._explain(own or error, spec)
                    if own is not None:
                        raise own from error
                    raise
            if not symbolic:
                self._after_call(context, spec, outputs)
            if context.watcher is not None:
                context.watcher(self, args, kwargs, outputs)
        if not self.built:
            self.built = True
        return outputs

    def _compute(self, *args: Any, **kwargs: Any) -> Any:
        if self._remat_scope is None:
            return self.call(*args, **kwargs)
        return rematerialization.rematerialized_call(self, self._remat_scope, *args, **kwargs)

    def _maybe_build(self, spec: CallSpec) -> None:
        shapes = spec.build_shapes(self)
        if shapes:
            self.build(**shapes)
        else:
            first = shape_tree(spec.first) if spec.first is not None else None
            self.build(first)

    def _explain(self, error: Exception, spec: CallSpec) -> None:
        """Name the innermost layer and the shapes it was given, once."""
        if getattr(error, "_kerasnb_layer", None) is None:
            without_note(error)
            error._kerasnb_layer = self.name  # type: ignore[attr-defined]
            shapes = {k: shape_tree(v) for k, v in spec.tensors.items()}
            error.add_note(f"While calling layer {self.name!r} ({type(self).__name__}) with shapes {shapes}.")

    def _after_call(self, context: Any, spec: CallSpec, outputs: Any) -> None:
        if self.activity_regularizer is not None:
            for y in flatten(outputs):
                # Per sample, so that the batch size does not change its weight in the loss.
                self.add_loss(self.activity_regularizer(y) / y.shape[0])
        if self.supports_masking or type(self).compute_mask is not Layer.compute_mask:
            previous = map_tensors(get_keras_mask, spec.first)
            flat = flatten(outputs)
            if all(get_keras_mask(y) is not None for y in flat):
                return
            masks = self.compute_mask(spec.first, previous)
            if masks is None:
                return
            masks = list(masks) if isinstance(masks, (list, tuple)) else [masks]
            for y, mask in zip(flat, masks, strict=False):
                if mask is not None:
                    set_keras_mask(y, mask)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Record a call on symbolic tensors; returns the symbolic outputs."""
        cast_args, cast_kwargs = args, kwargs
        if self.autocast and self.compute_dtype != "float32":
            cast = functools.partial(cast_symbol, dtype=self.compute_dtype)
            cast_args = tuple(map_tensors(cast, a) for a in args)
            cast_kwargs = {k: map_tensors(cast, v) for k, v in kwargs.items()}
        outputs = self.compute_output_spec(*cast_args, **cast_kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs for symbolic inputs: by ``compute_output_shape`` where a class has one, else by tracing."""
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            spec = CallSpec(call_signature(self), args, kwargs)
            shapes = spec.shapes_for(self.compute_output_shape)
            shape = self.compute_output_shape(**shapes) if shapes else self.compute_output_shape(shape_tree(spec.first))
            return symbols_of(shape, self.compute_dtype)
        try:
            return infer_output(self.call, args, kwargs, self.name)
        finally:
            self._clear_losses()

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The output shape for an input shape, found by tracing ``call``."""
        make = functools.partial(symbols_of, dtype=self.compute_dtype)
        args = tuple(make(a) for a in args)
        kwargs = {k.removesuffix("_shape"): make(v) for k, v in kwargs.items()}
        return shape_tree(self.compute_output_spec(*args, **kwargs))

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs; the inputs' mask unchanged by default."""
        return previous_mask

    def stateless_call(
        self,
        trainable_variables: Iterable[Any],
        non_trainable_variables: Iterable[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:
        """Call as a pure function of the Variables' values.

        Returns ``(outputs, non_trainable_variables)``, with the list of losses behind them if
        ``return_losses``; the layer itself stays as it was.
        """
        if not self.built:
            raise ValueError(
                f"stateless_call: build layer {self.name!r} first, by calling it or with build(input_shape)."
            )
        trainable, others = self.trainable_variables, self.non_trainable_variables
        given = [*trainable_variables], [*non_trainable_variables]
        for mine, theirs, what in zip((trainable, others), given, ("trainable", "non_trainable"), strict=True):
            if len(mine) != len(theirs):
                raise ValueError(
                    f"stateless_call: layer {self.name!r} has {len(mine)} {what}_variables, got {len(theirs)}."
                )
        arrays = [v.get_value() if isinstance(v, Variable) else v for v in (*given[0], *given[1])]
        with binding([*trainable, *others], arrays):
            self._clear_losses()
            outputs = self(*args, **kwargs)
            result = (outputs, values(others))
            if return_losses:
                result = (*result, self.losses)
            self._clear_losses()
        return result

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.__dict__.get('name')}, built={self.built}>"

    def __str__(self) -> str:
        return repr(self)
