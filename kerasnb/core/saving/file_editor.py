"""KerasFileEditor: look into a weights file, compare it with a model, and change it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry
from .weight_tree import objects, own_weights, read_file, write_file
from .weights import is_saveable, walk


class KerasFileEditor:
    """The weights of a file, to look at and to edit; no model is made and nothing in the file is run.

    Objects are named as the file names them: by path, such as ``"layers/dense_1"``, or by the last part alone where
    only one object has it. Edits happen in memory; ``save`` writes them to a new file.

    Args:
        filepath: a ``.weights.h5`` or ``.keras`` file.

    Attributes:
        weights_dict: the weights as nested dicts of arrays.
        object_metadata: what the file says of each object, by path: ``{"/layers/dense": {"name": "hidden"}}``.
        config, metadata: the model's configuration and the file's origin, of a ``.keras`` file.
    """

    def __init__(self, filepath: str | os.PathLike[str]):
        self.filepath = os.fspath(filepath)
        if not self.filepath.endswith((".keras", ".weights.h5")):
            raise ValueError(f"KerasFileEditor: the path must end in '.keras' or '.weights.h5', got {self.filepath!r}.")
        path = Path(self.filepath)
        if not path.is_file():
            raise FileNotFoundError(f"KerasFileEditor: there is no file {self.filepath!r}.")
        self.weights_dict, self.object_metadata, self.config, self.metadata = read_file(path)

    # --- looking -------------------------------------------------------------------------------------

    def summary(self) -> None:
        """Print the objects of the file as a tree, with shapes and dtypes of their weights."""
        print(f"Keras weights file {self.filepath!r}")
        if isinstance(self.metadata, dict):
            print(f"Saved with Keras {self.metadata.get('keras_version')} on {self.metadata.get('date_saved')}")
        for line in self._lines(self.weights_dict, "", ""):
            print(line)

    def _lines(self, tree: dict[str, Any], path: str, indent: str) -> Iterator[str]:
        parts: list[tuple[str, Any]] = [*own_weights(tree).items()]
        parts += sorted((k, v) for k, v in tree.items() if isinstance(v, dict))
        for i, (name, value) in enumerate(parts):
            last = i == len(parts) - 1
            branch = indent + ("└─ " if last else "├─ ")
            if isinstance(value, dict):
                called = self.object_metadata.get(f"{path}/{name}", {}).get("name")
                yield branch + name + (f" ({called!r})" if called and called != name else "")
                yield from self._lines(value, f"{path}/{name}", indent + ("   " if last else "│  "))
            else:
                yield f"{branch}{name}: shape={value.shape}, dtype={value.dtype.name}"

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Compare the file with a built model, object by object, and print what differs.

        The state of the model's optimizer may be missing in the file: such files load as well.

        Returns:
            {"status": "success" or "error", "error_count": ..., "match_count": weights that match}.
        """
        if not is_saveable(reference_model):
            raise ValueError(
                f"compare: reference_model must be a keras.Model or another object with weights, "
                f"got {reference_model!r} of type {type(reference_model).__name__}."
            )
        wanted = _shapes_of(reference_model)
        stored = {path: {k: v.shape for k, v in own_weights(tree).items()} for path, tree in self._objects()}
        stored = {path: shapes for path, shapes in stored.items() if shapes}
        if "/optimizer" not in stored:
            wanted.pop("/optimizer", None)
        problems: list[str] = []
        matches = 0
        for path in sorted(set(stored) | set(wanted)):
            if path not in stored or path not in wanted:
                here, there = ("the model", "the file") if path not in stored else ("the file", "the model")
                problems.append(f"{path or '/'} is in {here} and not in {there}.")
                continue
            for name in sorted(set(stored[path]) | set(wanted[path])):
                theirs, ours = stored[path].get(name), wanted[path].get(name)
                if theirs == ours:
                    matches += 1
                else:
                    problems.append(f"{path}/{name}: the file has {_shape(theirs)}, the model {_shape(ours)}.")
        for problem in problems:
            print(problem)
        print(
            f"The file fits the model: {matches} weights match."
            if not problems
            else f"The file does not fit the model: {len(problems)} differences, {matches} weights match."
        )
        return {"status": "error" if problems else "success", "error_count": len(problems), "match_count": matches}

    # --- editing -------------------------------------------------------------------------------------

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object another name at its place."""
        _check_name(new_name, "rename_object", "new_name")
        path, parent, name = self._locate(object_name, "rename_object")
        if new_name == name:
            return
        if new_name in parent:
            raise ValueError(f"rename_object: there is a {new_name!r} already beside {path!r}; delete it first.")
        parent[new_name] = parent.pop(name)
        target = f"{path.rpartition('/')[0]}/{new_name}"
        self._move_metadata(path, lambda tail: target + tail)

    def delete_object(self, object_name: str) -> None:
        """Take an object out, with everything inside."""
        path, parent, name = self._locate(object_name, "delete_object")
        del parent[name]
        self._move_metadata(path, lambda tail: None)

    def add_object(self, object_path: str, weights: Mapping[str, Any]) -> None:
        """Put in a new object.

        Args:
            object_path: the whole path; all of it but the last part must exist.
            weights: {"0": array, "1": array, ...}.
        """
        arrays = _arrays(weights, "add_object")
        parent_path, _, name = object_path.strip("/").rpartition("/")
        _check_name(name, "add_object", "object_path")
        parent = self.weights_dict
        if parent_path:
            _, above, last = self._locate(f"/{parent_path}", "add_object")
            parent = above[last]
        if name in parent:
            raise ValueError(f"add_object: {object_path!r} is there already; add_weights changes what it holds.")
        parent[name] = arrays

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Take one weight out of an object."""
        path, parent, name = self._locate(object_name, "delete_weight")
        own = own_weights(parent[name])
        if weight_name not in own:
            raise ValueError(f"delete_weight: {path!r} has no weight {weight_name!r}; it has {list(own)}.")
        del parent[name][weight_name]

    def add_weights(self, object_name: str, weights: Mapping[str, Any]) -> None:
        """Put weights into an object; those of names that are there are replaced.

        Args:
            object_name: an object's path or name.
            weights: {"0": array, "1": array, ...}.
        """
        arrays = _arrays(weights, "add_weights")
        path, parent, name = self._locate(object_name, "add_weights")
        for weight in arrays:
            if isinstance(parent[name].get(weight), dict):
                raise ValueError(f"add_weights: {path}/{weight} is an object, not a weight.")
        parent[name].update(arrays)

    def save(self, filepath: str | os.PathLike[str]) -> None:
        """Write the weights as they are now to a ``.weights.h5`` file."""
        target = os.fspath(filepath)
        if not target.endswith(".weights.h5"):
            raise ValueError(f"save: the path must end in '.weights.h5', got {target!r}.")
        write_file(Path(target), self.weights_dict, self.object_metadata)

    def resave_weights(self, filepath: str | os.PathLike[str]) -> None:
        """``save`` under its older name."""
        self.save(filepath)

    # --- finding -------------------------------------------------------------------------------------

    def _objects(self) -> list[tuple[str, dict[str, Any]]]:
        return list(objects(self.weights_dict))

    def _locate(self, name: str, where: str) -> tuple[str, dict[str, Any], str]:
        """(path, the dict it stands in, its key there) of the object with a path or a last part."""
        trees = dict(self._objects())
        wanted = name.strip("/") if isinstance(name, str) else ""
        paths = [p for p in trees if p and p.strip("/") == wanted]
        if not paths and "/" not in wanted:
            paths = [p for p in trees if p and p.rpartition("/")[2] == wanted]
        if not paths:
            known = [p.strip("/") for p in trees if p]
            raise ValueError(
                f"{where}: the file has no object {name!r}.{registry.did_you_mean(wanted, known)} "
                f"It has: {', '.join(known[:20])}{', ...' if len(known) > 20 else ''}."
            )
        if len(paths) > 1:
            raise ValueError(f"{where}: several objects are called {name!r}; give the whole path, one of {paths}.")
        above, _, last = paths[0].rpartition("/")
        return paths[0], trees[above], last

    def _move_metadata(self, path: str, target: Callable[[str], str | None]) -> None:
        """Move what is known of an object and its parts to new paths, or drop it."""
        moved: dict[str, dict[str, Any]] = {}
        for key, value in self.object_metadata.items():
            inside = key == path or key.startswith(f"{path}/")
            new = target(key[len(path) :]) if inside else key
            if new is not None:
                moved[new] = value
        self.object_metadata = moved


def _shapes_of(model: Any) -> dict[str, dict[str, tuple[int, ...]]]:
    """The shapes of a model's weights by object and name, as a file of it would hold them."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for path, owner in walk(model):
        store: dict[str, Any] = {}
        owner.save_own_variables(store)
        if store:
            found[f"/{path}" if path else ""] = {str(k): tuple(np.shape(v)) for k, v in store.items()}
    return found


def _shape(shape: tuple[int, ...] | None) -> str:
    return "nothing" if shape is None else f"shape {shape}"


def _check_name(name: Any, where: str, argument: str) -> None:
    if not isinstance(name, str) or not name or "/" in name or name in ("vars", ".", ".."):
        raise ValueError(f"{where}: the name in {argument} must be a word without '/' and not 'vars', got {name!r}.")


def _arrays(weights: Any, where: str) -> dict[str, np.ndarray]:
    """Weights as arrays of numbers by name."""
    if not isinstance(weights, Mapping):
        raise ValueError(
            f"{where}: weights must be a dict from names ('0', '1', ...) to arrays, got {type(weights).__name__}."
        )
    found: dict[str, np.ndarray] = {}
    for name, value in weights.items():
        array = np.asarray(value)
        if array.dtype.kind not in "biufc" and array.dtype.name != "bfloat16":
            raise ValueError(f"{where}: weight {name!r} must be an array of numbers, got {value!r}.")
        if not str(name) or "/" in str(name):
            raise ValueError(f"{where}: a weight's name must be a word without '/', got {name!r}.")
        found[str(name)] = array
    return found
