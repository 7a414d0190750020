"""Whole models and weights in the one-file ``.h5`` form of Keras before version 3.

The file's attributes hold the configuration as JSON; ``model_weights`` has a group for each layer, whose
``weight_names`` attribute gives the order of its arrays. Nothing in such a file is ever executed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry
from .h5_attributes import Attributes
from .keras_archive import MAX_JSON, atomic_file, revive
from .weights import memory_limit, new_h5, opened_h5, read_array

KERAS_VERSION = "3.15.1"  # the form that is written
TOP = "top_level_model_weights"  # weights that belong to the model itself, to none of its layers
HEADER = 64_000  # bytes that one HDF5 attribute may hold


# --- reading ----------------------------------------------------------------------------------------------------


def load_h5_model(path: Path, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """The model of a whole-model ``.h5`` file.

    Args:
        path: the file.
        custom_objects: name -> class or function, for what the model uses of your own.
        compile: whether the stored optimizer, loss and metrics are restored too.
        safe_mode: as in Keras; no code is run in any case.

    Raises:
        ValueError: the file is damaged, holds weights alone, or does not fit its own configuration.
    """
    with opened_h5(path, path) as file, damage_told(path):
        attributes = Attributes(path, path)
        config = _json_attribute(attributes, file, "model_config")
        if config is None:
            raise ValueError(
                f"{path} holds no model configuration, so probably weights alone: build the model in code "
                "and call model.load_weights(path)."
            )
        model = revive(_with_module(config), custom_objects, False, safe_mode, path.stat().st_size)
        if "model_weights" not in file:
            raise ValueError(f"{path} is damaged: it has a configuration but no model_weights.")
        read_legacy_weights(model, file, attributes)
        training = _json_attribute(attributes, file, "training_config") if compile else None
        if training is not None:
            _compile(model, training, custom_objects, safe_mode)
            if "optimizer_weights" in file:
                _read_optimizer(model, file["optimizer_weights"], attributes)
    return model


def read_legacy_weights(
    model: Any, file: Any, attributes: Attributes, skip_mismatch: bool = False, by_name: bool = False, **kwargs: Any
) -> dict[str, list[str]]:
    """Read the arrays of an open ``.h5`` file into a built model.

    Args:
        model: the model.
        file: an open h5py file, of a whole model or of weights alone.
        attributes: those of the file.
        skip_mismatch: load what fits and warn of the rest.
        by_name: match layers by their names; by their order otherwise.

    Returns:
        {"loaded": [...], "skipped": [...]}: names of layers.
    """
    if kwargs:
        raise ValueError(f"load_weights does not know the argument(s) {sorted(kwargs)}.")
    root = file["model_weights"] if "model_weights" in file else file
    limit = memory_limit(model)
    names = [name for name in _names(attributes, root, "layer_names") if name in root]
    stored = [(name, _arrays(attributes, root[name], limit)) for name in names]
    stored = [(name, arrays) for name, arrays in stored if arrays]
    targets = [(layer.name, _ordered(layer)) for layer in model.layers]
    targets = [(name, variables) for name, variables in targets if variables]
    if by_name:
        known = dict(targets)
        pairs = [(name, known[name], arrays) for name, arrays in stored if name in known]
    else:
        if len(stored) != len(targets):
            raise ValueError(
                f"The file has weights for {len(stored)} layers, model {model.name!r} has {len(targets)} layers with "
                "weights: it was saved from another architecture. With by_name=True layers are matched by name."
            )
        pairs = [(name, variables, arrays) for (name, variables), (_, arrays) in zip(targets, stored, strict=True)]
    if TOP in root:
        own = [*model._tracker.trainable, *model._tracker.fixed]
        arrays = _arrays(attributes, root[TOP], limit)
        if own and arrays:
            pairs.append((model.name, own, arrays))
    report: dict[str, list[str]] = {"loaded": [], "skipped": []}
    for name, variables, arrays in pairs:
        wanted, got = [tuple(v.shape) for v in variables], [a.shape for a in arrays]
        if wanted != got:
            message = f"Layer {name!r} has weights of shapes {wanted}, the file has {got}"
            if not skip_mismatch:
                raise ValueError(f"{message}. With skip_mismatch=True the layers that fit are loaded.")
            warnings.warn(f"{message}; it was skipped.", stacklevel=3)
            report["skipped"].append(name)
            continue
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        report["loaded"].append(name)
    return report


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Around the reading of an HDF5 file: what h5py makes of a broken one becomes a ValueError."""
    try:
        yield
    except (KeyError, RuntimeError, AttributeError, OverflowError, UnicodeError) as error:
        raise ValueError(f"{path} is damaged: {error}.") from error


def _json_attribute(attributes: Attributes, file: Any, name: str) -> Any:
    text, path = attributes.get(file, name), attributes.path
    if text is None:
        return None
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        if len(text) > MAX_JSON:
            raise ValueError("it is too long")
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} is damaged: its {name} cannot be read ({error}).") from error


def _with_module(config: Any) -> dict[str, Any]:
    """Keras 2 wrote class names alone: models are looked for among the models."""
    if not isinstance(config, dict) or not isinstance(config.get("config"), (dict, list)):
        raise ValueError("The configuration in the file describes no model.")
    if "module" in config:
        return config
    name = "Functional" if config.get("class_name") == "Model" else config.get("class_name")
    inner = config["config"]
    if isinstance(inner, list):  # the oldest form of a Sequential: its layers, nothing else
        inner = {"name": "sequential", "layers": inner}
    return {
        "module": "keras",
        "class_name": name,
        "config": inner,
        "registered_name": config.get("registered_name", name),
    }


def _names(attributes: Attributes, group: Any, attribute: str) -> list[str]:
    """A list of names, which HDF5 may hold in several pieces (``layer_names0``, ``layer_names1``, ...)."""
    found: list[Any] = []
    if attribute in group.attrs:
        found = list(attributes.get(group, attribute))
    else:
        piece = 0
        while f"{attribute}{piece}" in group.attrs:
            found.extend(attributes.get(group, f"{attribute}{piece}"))
            piece += 1
    return [n.decode("utf-8") if isinstance(n, bytes) else str(n) for n in found]


def _arrays(attributes: Attributes, group: Any, limit: int) -> list[np.ndarray]:
    arrays = []
    for name in _names(attributes, group, "weight_names"):
        dataset = group.get(name)
        if dataset is None or not hasattr(dataset, "shape"):
            raise ValueError(f"The file is damaged: {group.name} has no array {name!r}.")
        arrays.append(read_array(dataset, limit))
    return arrays


def _ordered(layer: Any) -> list[Any]:
    """A layer's weights as this form stores them: those made to be trained first, frozen or not."""
    return [*_own(layer, True), *_own(layer, False)]


def _own(layer: Any, trained: bool) -> Iterator[Any]:
    seen: set[int] = set()
    for part in layer._flatten_layers():
        for variable in part._tracker.trainable if trained else part._tracker.fixed:
            if id(variable) not in seen:
                seen.add(id(variable))
                yield variable


def _compile(model: Any, training: dict[str, Any], custom_objects: Any, safe_mode: bool) -> None:
    """Compile with what the file says; a part that is not known is told, the model stays usable."""
    try:
        with registry.CustomObjectScope(custom_objects), registry.safe_scope(safe_mode):
            record = training.get("optimizer_config") or {"class_name": "RMSprop", "config": {}}
            record = {"module": "keras.optimizers", "registered_name": None, **record}
            rest = {
                key: registry.deserialize_keras_object(training[key]) if training.get(key) is not None else None
                for key in ("loss", "metrics", "loss_weights", "weighted_metrics")
            }
            optimizer = registry.deserialize_keras_object(record)
            model.compile(optimizer=optimizer, **rest)
    except (ValueError, TypeError, KeyError) as error:
        warnings.warn(
            f"The compile arguments in the file were not restored ({error}): compile the model before training it.",
            stacklevel=4,
        )


def _read_optimizer(model: Any, group: Any, attributes: Attributes) -> None:
    """The optimizer's state, where it is of the same kind."""
    if model.optimizer is None:
        return
    model.optimizer.build(model.trainable_variables)
    variables = list(model.optimizer.variables)
    arrays = _arrays(attributes, group, 4 * memory_limit(model))  # an optimizer keeps a few arrays for each weight
    if [a.shape for a in arrays] != [tuple(v.shape) for v in variables]:
        warnings.warn(
            f"The file's optimizer state ({len(arrays)} arrays) is not that of a {type(model.optimizer).__name__} here "
            f"({len(variables)}): the optimizer starts anew.",
            stacklevel=4,
        )
        return
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


# --- writing ----------------------------------------------------------------------------------------------------


def save_h5_model(model: Any, path: Path, include_optimizer: bool = True) -> None:
    """Write a whole model in the old one-file form, which Keras 2 and 3 read.

    Args:
        model: a built Sequential or functional model.
        path: the file, replaced whole or not at all.
        include_optimizer: whether compile arguments and optimizer state go in too.
    """
    from ..models.functional import Functional
    from ..models.sequential import Sequential

    if not isinstance(model, (Sequential, Functional)):
        raise NotImplementedError(
            f"The .h5 form holds Sequential and functional models, not the subclass {type(model).__name__}: "
            "save to a path that ends in .keras."
        )
    if not model.built:
        raise ValueError(f"Model {model.name!r} has no weights yet: call it on data, or build it, before saving it.")
    record = registry.serialize_keras_object(model)
    with atomic_file(path) as temporary, new_h5(temporary) as file:
        file.attrs["keras_version"], file.attrs["backend"] = KERAS_VERSION, "jax"
        file.attrs["model_config"] = json.dumps({"class_name": record["class_name"], "config": record["config"]})
        _write_layers(model, file.create_group("model_weights"))
        if include_optimizer and model.compiled and model.optimizer is not None:
            compiled = dict(model.get_compile_config() or {})
            optimizer = compiled.pop("optimizer", None)
            compiled["optimizer_config"] = {k: optimizer[k] for k in ("class_name", "config")} if optimizer else None
            file.attrs["training_config"] = json.dumps(compiled)
            variables = list(model.optimizer.variables)
            _write_arrays(file.create_group("optimizer_weights"), [(v.path, v) for v in variables])


def _write_layers(model: Any, group: Any) -> None:
    group.attrs["keras_version"], group.attrs["backend"] = KERAS_VERSION, "jax"
    _write_names(group, "layer_names", [layer.name for layer in model.layers])
    for layer in model.layers:
        _write_arrays(group.create_group(layer.name), [(v.path, v) for v in _ordered(layer)])
    own = [*model._tracker.trainable, *model._tracker.fixed]
    _write_arrays(group.create_group(TOP), [(v.path, v) for v in own])


def _write_arrays(group: Any, entries: list[tuple[str, Any]]) -> None:
    used: dict[str, int] = {}
    names = []
    for path, variable in entries:
        count = used.get(path, 0)
        used[path] = count + 1
        names.append(f"{path}_{count}" if count else path)
        group.create_dataset(names[-1], data=np.asarray(variable._raw_value))
    _write_names(group, "weight_names", names)


def _write_names(group: Any, attribute: str, names: list[str]) -> None:
    """A list of names, in as many pieces as an attribute's size asks for."""
    encoded = [n.encode("utf-8") for n in names]
    pieces = 1
    while pieces < len(encoded) and any(
        sum(map(len, chunk)) > HEADER for chunk in np.array_split(np.array(encoded, object), pieces)
    ):
        pieces += 1
    if pieces == 1:
        group.attrs[attribute] = encoded
    else:
        for i, chunk in enumerate(np.array_split(np.array(encoded, object), pieces)):
            group.attrs[f"{attribute}{i}"] = list(chunk)
