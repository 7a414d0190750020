"""Model: a layer that can be trained, saved, summarised and shown."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from .. import registry
from ..call_arguments import shape_tree
from ..conversion import as_shape
from ..layer import Layer
from ..training.trainer import Trainer


def _is_functional_call(args: tuple, kwargs: dict) -> bool:
    """Whether constructor arguments are those of ``Model(inputs, outputs)``."""
    return len(args) == 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs)


class Model(Trainer, Layer):
    """A model: ``Model(inputs, outputs)`` of a graph, or a subclass that writes ``call``.

    Args:
        inputs, outputs: symbolic tensors, or lists or dicts of them (functional form).
        name: the model's name.
        trainable: False freezes it.

    >>> from kerasnb import layers
    >>> x = layers.Input((4,))
    >>> Model(x, layers.Dense(2)(x)).count_params()
    10
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if _is_functional_call(args, kwargs):
            from .functional import Functional

            if cls is Model:
                return Layer.__new__(Functional, *args, **kwargs)
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        from .functional import Functional

        if _is_functional_call(args, kwargs):
            if not isinstance(self, Functional):
                object.__setattr__(self, "__class__", _with_functional(type(self)))
            Functional.__init__(self, *args, **kwargs)
            return
        Layer.__init__(self, *args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"Model {type(self).__name__} has no call() method: write `def call(self, inputs): ...`, "
            "or make a functional model with keras.Model(inputs, outputs)."
        )

    # --- parts -------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers directly inside."""
        return list(self._tracker.layers)

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError("model.layers cannot be assigned: build a new model from the layers you want.")

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name or at an index."""
        if (name is None) == (index is None):
            raise ValueError(f"get_layer: give either name or index, got name={name!r}, index={index!r}.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"get_layer: index {index} is out of range, the model has {len(self.layers)} layers.")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(f"No such layer: {name!r}.{registry.did_you_mean(str(name), names)} Layers are: {names}.")

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for an input shape (with the batch axis; nested for several inputs) by tracing ``call``."""
        from .building import build_by_call

        if input_shape is None:
            raise ValueError(f"Model {self.name!r}: build needs input_shape, such as (None, 784), or call it on data.")
        build_by_call(self, as_shape(input_shape))

    def _maybe_build(self, spec: Any) -> None:
        if type(self).build is Model.build:
            # The call that is under way makes the weights; an archive needs the shapes it began with.
            if self._build_shapes is None and spec.first is not None:
                self.__dict__["_build_shapes"] = {"input_shape": shape_tree(spec.first)}
            return
        super()._maybe_build(spec)

    def build_from_config(self, config_: Any) -> None:
        """Build from stored shapes; for subclassed models also by calling on zeros of them."""
        from .building import build_model

        if config_:
            build_model(self, config_)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """All variables' values as nested dicts by path; see ``state_tree.get_state_tree``."""
        from .state_tree import get_state_tree

        return get_state_tree(self, value_format)

    def set_state_tree(self, state_tree: Any) -> None:
        """Assign the values of such a tree."""
        from .state_tree import set_state_tree

        set_state_tree(self, state_tree)

    # --- showing -----------------------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> Any:
        """Print the table of layers, shapes and parameters (in a notebook: show the card).

        Args:
            line_length: width in characters; fitted to the terminal by default.
            positions: relative or absolute column ends.
            print_fn: takes the text instead of ``print``.
            expand_nested: show layers of nested models too.
            show_trainable: add a column with Y or N.
            layer_range: names (or patterns) of the first and last layer to show.
        """
        from .summary import show_summary

        return show_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from ..display import view

        try:
            return view("model")(self)
        except Exception:  # a broken card must not hide the model
            return {"text/plain": repr(self)}

    def gallery(self, x: Any, y: Any = None, **options: Any) -> Any:
        """What the model gets right and wrong on ``x``: images or rows with their predictions."""
        from ..display import view

        return view("gallery")(self, x, y, **options)

    def graph(self, expand_nested: Any = False) -> Any:
        """The data flow as a drawing to walk through: layers, tensors and their shapes.

        Args:
            expand_nested: whether models inside are opened: True, or a list of their names.
        """
        from ..display import view

        return view("graph")(self, expand_nested)

    def inspect(self, x: Any, **options: Any) -> Any:
        """What happens inside on samples ``x``: activations of each layer, dead and saturated units, attention."""
        from ..display import view

        return view("inspect")(self, x, **options)

    # --- saving ------------------------------------------------------------------------------------

    def save(self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
        """Save architecture, weights, optimizer and compile arguments as a ``.keras`` archive.

        Args:
            filepath: ends in ``.keras`` (``.h5`` writes the older form).
            overwrite: whether an existing file is replaced without asking.
            zipped: False writes a folder instead of one file.
        """
        from ..saving.api import save_model
        from ..training.observers import model_saved

        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)
        model_saved(self, filepath)

    def save_weights(self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None) -> None:
        """Save the weights alone, as ``.weights.h5`` (or ``.safetensors``)."""
        from ..saving.api import save_weights

        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> Any:
        """Load weights saved by ``save_weights`` or out of a ``.keras`` archive."""
        from ..saving.api import load_weights

        return load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(self, filepath: Any, format: str | None = None, **kwargs: Any) -> Any:
        """Write the forward pass for other runtimes.

        Args:
            filepath: a file; its ending tells the format where none is given.
            format: "stablehlo", "onnx", "tf_saved_model", or "html": a page that predicts in the browser.
            **kwargs: of the format, such as ``class_names`` of "html" or ``input_signature`` of the others.
        """
        from ..saving.exports import export_model

        return export_model(self, filepath, format=format, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture as a JSON string, without weights."""
        return json.dumps(registry.serialize_keras_object(self), **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        """What ``compile`` was called with, serialized."""
        from ..training.compile_config import compile_config

        return compile_config(self) if self.compiled else {}

    def compile_from_config(self, config_: Any) -> None:
        """Compile again from what ``get_compile_config`` gave."""
        from ..training.compile_config import compile_from_config

        compile_from_config(self, config_)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A model from ``get_config``'s dict."""
        from .functional import Functional

        if {"name", "layers", "input_layers", "output_layers"} <= set(config) and (
            cls is Model or issubclass(cls, Functional) or cls.__init__ is Model.__init__ or _takes_graph(cls)
        ):
            from .functional_config import functional_from_config

            return functional_from_config(Functional if cls is Model else cls, config, custom_objects)
        try:
            with registry.CustomObjectScope(custom_objects):
                return cls(**{k: registry.from_config_value(v) for k, v in config.items()})
        except TypeError as error:
            raise TypeError(
                f"Cannot make {cls.__name__} from its configuration {sorted(config)}: {error}. "
                "Write get_config() so that it returns the arguments of __init__."
            ) from error


def _takes_graph(cls: type) -> bool:
    """Whether a class is made of inputs and outputs."""
    return list(inspect.signature(cls.__init__).parameters)[1:3] == ["inputs", "outputs"]


_combined: dict[type, type] = {}


def _with_functional(cls: type) -> type:
    """A user's subclass whose ``__init__`` gives inputs and outputs, with Functional behind it."""
    from .functional import Functional

    if cls not in _combined:
        _combined[cls] = type(
            cls.__name__,
            (cls, Functional),
            {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "_user_class": cls},
        )
        label = registry.registered_names.get(cls)
        if label is not None:
            registry.registered_names[_combined[cls]] = label
    return _combined[cls]
