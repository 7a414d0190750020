"""Layer: the base of every layer and model. Weights, lazy build, and the one way to be called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from . import config, naming, policies, registry
from .call_arguments import CallSpec, call_signature, shape_tree
from .context import call_scope, current, get_keras_mask, set_keras_mask
from .input_spec import InputSpec, assert_input_compatibility
from .operation import Node, Operation
from .symbolic import KerasTensor, any_symbolic, flatten, infer_output
from .tracking import Tracker
from .variable import Variable, Weight, autocast_scope, binding, values

__all__ = ["InputSpec", "Layer", "convert_input"]

_PLAIN_ATTRIBUTES = (str, int, float, bool, bytes, type(None))


class _ConstructorSignature:
    """What ``help`` and completion show of a layer class; nnx's metaclass would hide it."""

    def __get__(self, instance: Any, cls: type) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        signature = inspect.signature(cls.__init__)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class Layer(registry.Configurable, Operation, nnx.Module, pytree=False):
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
        return instance

    def __init_subclass__(cls, **kwargs: Any) -> None:
        kwargs.setdefault("pytree", False)
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _wrap_build(cls.__dict__["build"])

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

        self._input_shape_arg = _input_shape_argument(kwargs)
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
        self.supports_masking = getattr(self, "supports_masking", False)
        self._convert_input_args = True
        if not hasattr(self, "input_spec"):
            self.input_spec = None

    # --- attributes ------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(value, _PLAIN_ATTRIBUTES) and not name.startswith("_self_"):
            old = self.__dict__.get(name)
            if old is not None and old is not value and name not in ("_parent",):
                self._tracker.untrack(old)
            value = self._tracker.track(value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        self._tracker.untrack(self.__dict__.get(name))
        object.__delattr__(self, name)

    @property
    def path(self) -> str:
        """Names from the outermost owner down, joined by "/"."""
        parent = self._parent() if self._parent is not None else None
        return f"{parent.path}/{self.name}" if parent is not None and parent._shows_in_paths else self.name

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

    # --- weights ---------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new weight that belongs to the layer.

        Args:
            shape: its shape; () for a scalar.
            initializer: a name or function; for floats Glorot uniform by default, else zeros.
            dtype: the layer's variable dtype by default.
            trainable: False for statistics that no optimizer may touch.
            autocast, aggregation, overwrite_with_gradient: as in Keras.
            regularizer: penalty of the weight, added to the loss.
            constraint: applied after each optimizer step.
            name: such as "kernel".
        """
        from . import constraints, initializers, regularizers

        shape = () if shape is None else shape
        shape = tuple(int(n) for n in (shape if isinstance(shape, Iterable) else (shape,)))
        dtype = config.standardize_dtype(dtype) if dtype is not None else self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if "float" in dtype else "zeros"
        variable = (Weight if trainable else Variable)(
            initializers.get(initializer),
            shape=shape,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            aggregation=aggregation,
            name=name,
        )
        object.__setattr__(variable, "regularizer", regularizers.get(regularizer))
        object.__setattr__(variable, "constraint", constraints.get(constraint))
        self._tracker.track(variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def _own_variables(self) -> list[Variable]:
        return [*self._tracker.trainable, *self._tracker.fixed]

    @property
    def variables(self) -> list[Variable]:
        """All Variables: weights and the states of random generators (metrics are apart)."""
        found = [*self._own_variables(), *(s.state for s in self._tracker.seeds)]
        for layer in self._tracker.layers:
            found.extend(layer.variables)
        return _unique(found)

    @property
    def weights(self) -> list[Variable]:
        """The weights, own ones first, then those of the sublayers in order."""
        found = self._own_variables()
        for layer in self._tracker.layers:
            found.extend(layer.weights)
        return _unique(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """Variables that optimizers change."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """Variables that optimizers leave alone."""
        return [v for v in self.variables if not v.trainable] if self.trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """Weights that optimizers change."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Weights that optimizers leave alone."""
        return [v for v in self.weights if not v.trainable] if self.trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """Metrics that belong to the layer and its sublayers."""
        found = list(self._tracker.metrics)
        for layer in self._tracker.layers:
            found.extend(layer.metrics)
        return _unique(found)

    @property
    def metrics_variables(self) -> list[Variable]:
        """The Variables of those metrics."""
        return _unique(v for m in self.metrics for v in m.variables)

    def get_weights(self) -> list[np.ndarray]:
        """The weights' values as NumPy arrays, in the order of ``weights``."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Put in values in the order of ``get_weights()``."""
        own, weights = self.weights, list(weights)
        if len(own) != len(weights):
            raise ValueError(
                f"set_weights: layer {self.name!r} has {len(own)} weights, the list given has {len(weights)}. "
                f"Expected shapes: {[v.shape for v in own]}."
            )
        for variable, value in zip(own, weights, strict=True):
            if variable.shape != tuple(np.shape(value)):
                raise ValueError(
                    f"set_weights: layer {self.name!r} weight {variable.path!r} has shape {variable.shape}, "
                    f"the value given has shape {tuple(np.shape(value))}."
                )
        for variable, value in zip(own, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """How many numbers the weights hold together."""
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} has no weights yet: it learns its input shape on the first call. "
                "Call it on data, or build it with layer.build(input_shape)."
            )
        return sum(v.size for v in self.weights)

    # --- losses ----------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add a scalar (or a list of them) to the loss of the current call."""
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if getattr(value, "ndim", 0) != 0:
                raise ValueError(
                    f"add_loss of layer {self.name!r} expects scalars, got a tensor of shape {value.shape}. "
                    "Take a mean or sum first."
                )
            self._losses.append(value)

    @property
    def losses(self) -> list[Any]:
        """Losses added during the last call, and the regularization of the weights."""
        found = list(self._losses)
        for layer in self._all_sublayers():
            found.extend(layer._losses)
        for v in self.trainable_weights:
            if getattr(v, "regularizer", None) is not None:
                found.append(v.regularizer(v.get_value()))
        return found

    def _clear_losses(self) -> None:
        self._losses.clear()
        for layer in self._tracker.layers:
            layer._clear_losses()

    def _all_sublayers(self) -> list[Layer]:
        """Every layer inside, depth first, each once."""
        found: list[Layer] = []
        for layer in self._tracker.layers:
            found.append(layer)
            found.extend(layer._all_sublayers())
        return _unique(found)

    def _flatten_layers(self, recursive: bool = True, include_self: bool = True) -> list[Layer]:
        inner = self._all_sublayers() if recursive else list(self._tracker.layers)
        return [self, *inner] if include_self else inner

    # --- being called ----------------------------------------------------------------------------

    def build(self, *input_shape: Any) -> None:
        """Make the weights for an input shape; the default makes none."""
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
            args = tuple(_map(cast, a) for a in args)
            kwargs = {k: _map(cast, v) for k, v in kwargs.items()}
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
                    outputs = self.symbolic_call(*args, **kwargs) if symbolic else self.call(*args, **kwargs)
                except Exception as error:
                    self._explain(error, spec)
                    raise
            if not symbolic:
                self._after_call(context, spec, outputs)
        self.built = True
        return outputs

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
            error._kerasnb_layer = self.name  # type: ignore[attr-defined]
            shapes = {k: shape_tree(v) for k, v in spec.tensors.items()}
            error.add_note(f"While calling layer {self.name!r} ({type(self).__name__}) with shapes {shapes}.")

    def _after_call(self, context: Any, spec: CallSpec, outputs: Any) -> None:
        if self.activity_regularizer is not None:
            for y in flatten(outputs):
                # Per sample, so that the batch size does not change its weight in the loss.
                self.add_loss(self.activity_regularizer(y) / y.shape[0])
        if self.supports_masking or type(self).compute_mask is not Layer.compute_mask:
            previous = _map(get_keras_mask, spec.first)
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
            cast = functools.partial(_cast_symbol, dtype=self.compute_dtype)
            cast_args = tuple(_map(cast, a) for a in args)
            cast_kwargs = {k: _map(cast, v) for k, v in kwargs.items()}
        outputs = self.compute_output_spec(*cast_args, **cast_kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic outputs for symbolic inputs: by ``compute_output_shape`` where a class has one, else by tracing."""
        if type(self).compute_output_shape is not Layer.compute_output_shape:
            spec = CallSpec(call_signature(self), args, kwargs)
            shapes = spec.shapes_for(self.compute_output_shape)
            shape = self.compute_output_shape(**shapes) if shapes else self.compute_output_shape(shape_tree(spec.first))
            return _symbols_of(shape, self.compute_dtype)
        try:
            return infer_output(self.call, args, kwargs, self.name)
        finally:
            self._clear_losses()

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The output shape for an input shape, found by tracing ``call``."""
        make = functools.partial(_symbols_of, dtype=self.compute_dtype)
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

    # --- configuration and storage ---------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain values."""
        cls = type(self)
        definer = next(c for c in cls.__mro__ if "get_config" in c.__dict__)
        by_user = not registry.is_builtin(definer)
        source = next(c for c in cls.__mro__ if registry.is_builtin(c)) if by_user else cls
        head = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": registry.serialize_keras_object(self._dtype_policy),
        }
        own, rest = registry.passed_arguments(self), {}
        for key, parameter in registry.constructor_parameters(source).items():
            if key in head or key == "autocast":
                continue
            default = None if parameter.default is parameter.empty else parameter.default
            if registry.is_builtin(source):
                value = getattr(self, key, own.get(key, default))
            else:  # a user's class may keep something else under the argument's name
                value = own[key] if key in own else getattr(self, key, default)
            if key == "activity_regularizer" and value is None:
                continue
            rest[key] = registry.to_config_value(value)
        return {**head, **rest}

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that ``build`` was called with."""
        if not self._build_shapes:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": next(iter(self._build_shapes.values()))}
        return {"shapes_dict": dict(self._build_shapes)}

    def build_from_config(self, config_: Mapping[str, Any]) -> None:
        """Build again from what ``get_build_config`` gave."""
        if config_.get("input_shape") is not None:
            self.build(_as_shape(config_["input_shape"]))
        elif config_.get("shapes_dict"):
            self.build(**{k: _as_shape(v) for k, v in config_["shapes_dict"].items()})

    def save_own_variables(self, store: Any) -> None:
        """Write the layer's own weights into a dict-like store under "0", "1", ..."""
        for i, v in enumerate(self._own_variables()):
            store[str(i)] = np.asarray(v._raw_value)

    def load_own_variables(self, store: Any) -> None:
        """Read the layer's own weights back."""
        own = self._own_variables()
        if len(store.keys()) != len(own):
            reason = "it has not been built yet" if not own and not self.built else f"it has {len(own)}"
            raise ValueError(
                f"Layer {self.name!r} cannot load {len(store.keys())} stored variables: {reason}. "
                "Load the weights into a model of the same architecture."
            )
        for i, v in enumerate(own):
            v.assign(store[str(i)])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.__dict__.get('name')}, built={self.built}>"

    def __str__(self) -> str:
        return repr(self)

    # --- flax.nnx --------------------------------------------------------------------------------

    def _graph_node_flatten(self) -> Any:
        from .nnx_bridge import graph_items

        return graph_items(self), type(self)

    def _graph_node_init(self, attributes: Iterable[tuple[Any, Any]]) -> None:
        from .nnx_bridge import init_from_items

        init_from_items(self, attributes)


# --- helpers ---------------------------------------------------------------------------------------------


def _wrap_build(build: Any) -> Any:
    """Note the shapes, mark the layer built, and refuse new weights afterwards."""
    if getattr(build, "_wrapped", False):
        return build
    signature = inspect.signature(build)

    @functools.wraps(build)
    def wrapped(self: Layer, *args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(self, *args, **kwargs).arguments
        shapes = {k: v for k, v in list(bound.items())[1:]}
        kwargs_name = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), None)
        shapes.update(shapes.pop(kwargs_name, {}) if kwargs_name else {})
        if self._build_shapes is None:
            self.__dict__["_build_shapes"] = shapes
        result = build(self, *args, **kwargs)
        self.built = True
        return result

    wrapped._wrapped = True  # type: ignore[attr-defined]
    return wrapped


def convert_input(x: Any, autocast: bool = True, dtype: str = "float32") -> Any:
    """A layer's input as a tensor; float tensors cast to the compute dtype if ``autocast``."""
    if isinstance(x, jax.Array):
        if autocast and jnp.issubdtype(x.dtype, jnp.floating) and x.dtype != dtype:
            mask = getattr(x, "_keras_mask", None)
            x = x.astype(dtype)
            if mask is not None:
                set_keras_mask(x, mask)
        return x
    if isinstance(x, KerasTensor):
        return x  # a recorded call keeps its tensors; ``symbolic_call`` infers with the cast dtype
    if isinstance(x, Variable):
        return convert_input(x.get_value(), autocast, dtype)
    if hasattr(x, "__array__") and not isinstance(x, (Layer, type)):
        host = np.asarray(x)
        if host.dtype.kind in "OSUT":
            return host
        if host.dtype.kind == "f" and autocast:
            host = host.astype(jnp.dtype(dtype))
        return jnp.asarray(host)
    return x


def _map(fn: Any, tree: Any) -> Any:
    """Map over nested lists, tuples and dicts (a plain tensor, the usual case, goes straight)."""
    if isinstance(tree, (jax.Array, KerasTensor, np.ndarray)):
        return fn(tree)
    if isinstance(tree, (list, tuple)):
        mapped = [_map(fn, t) for t in tree]
        return (
            type(tree)(*mapped) if hasattr(tree, "_fields") else type(tree)(mapped) if type(tree) is tuple else mapped
        )
    if isinstance(tree, dict):
        return {k: _map(fn, v) for k, v in tree.items()}
    return tree if tree is None else fn(tree)


def _unique(items: Iterable[Any]) -> list[Any]:
    seen: set[int] = set()
    return [x for x in items if not (id(x) in seen or seen.add(id(x)))]  # type: ignore[func-returns-value]


def _input_shape_argument(kwargs: dict[str, Any]) -> tuple | None:
    """``input_shape=``, ``input_dim=`` and ``batch_input_shape=`` of the first layer of a Sequential."""
    shape = kwargs.pop("input_shape", None)
    dim = kwargs.pop("input_dim", None)
    length = kwargs.pop("input_length", None) if dim is not None else None
    batch_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
    batch_size = kwargs.pop("batch_size", None)
    if batch_shape is not None:
        return tuple(batch_shape)
    if shape is None and dim is not None:
        shape = (length, dim) if length is not None else (dim,)
    return None if shape is None else (batch_size, *tuple(shape))


def _is_shape(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(n is None or isinstance(n, (int, np.integer)) for n in value)


def _as_shape(value: Any) -> Any:
    """Shapes back from JSON: lists of numbers become tuples again."""
    if _is_shape(value):
        return tuple(value)
    if isinstance(value, dict):
        return {k: _as_shape(v) for k, v in value.items()}
    return [_as_shape(v) for v in value] if isinstance(value, (list, tuple)) else value


def _cast_symbol(x: Any, dtype: str) -> Any:
    if isinstance(x, KerasTensor) and "float" in x.dtype and x.dtype != dtype:
        return KerasTensor(x.shape, dtype=dtype)
    return x


def _symbols_of(shape: Any, dtype: str) -> Any:
    if isinstance(shape, KerasTensor) or shape is None:
        return shape
    if _is_shape(shape):
        return KerasTensor(tuple(shape), dtype=dtype)
    if isinstance(shape, dict):
        return {k: _symbols_of(s, dtype) for k, s in shape.items()}
    return type(shape)(_symbols_of(s, dtype) for s in shape)
