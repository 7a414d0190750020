"""Weights in Keras's HDF5 layout: groups by attribute, ``vars/0``, ``vars/1``, ... in each.

Both directions walk the same tree: a model's layers, then attributes in order of their names; lists
hold their members under the snake-case class name, numbered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from ..aligned import aligned
from ..naming import to_snake_case

LARGE = 2**18  # bytes from which on a copy is worth avoiding
_CONTAINERS = (list, dict, tuple, set)


def is_saveable(value: Any) -> bool:
    """Whether a value has variables of its own to store."""
    return hasattr(value, "save_own_variables") and not isinstance(value, type)


def children(owner: Any) -> Iterator[tuple[str, Any]]:
    """(attribute name, value) of everything that may hold variables."""
    from ..models.functional import Functional
    from ..models.sequential import Sequential

    if isinstance(owner, (Sequential, Functional)):
        yield "layers", owner.layers
    for name, value in sorted(vars(owner).items()):
        if name in _SKIPPED or name.startswith("__"):
            continue
        if is_saveable(value) or isinstance(value, _CONTAINERS):
            yield name, value


_SKIPPED = frozenset(
    """_tracker _parent _losses _inbound_nodes _outbound_nodes _build_shapes _init_arguments _stack _functional
    _inputs_struct _outputs_struct _inputs _outputs _nodes _nodes_by_depth _operations _loss_tracker _compile_loss
    _compile_metrics _compile_arguments loss history _dtype_policy input_spec _output_symbols _pytree__state
    _pytree__nodes variables""".split()
)


def members(container: Any) -> Iterator[tuple[str, Any]]:
    """(name, member) of a container's saveable members."""
    values = container.values() if isinstance(container, dict) else container
    used: dict[str, int] = {}
    for value in values:
        if not is_saveable(value):
            continue
        name = to_snake_case(type(value).__name__)
        count = used.get(name, 0)
        used[name] = count + 1
        yield (f"{name}_{count}" if count else name), value


def walk(owner: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """(path, object) of everything with variables, each object once, in the layout's order."""
    seen = set() if seen is None else seen
    if id(owner) in seen:
        return
    seen.add(id(owner))
    yield path, owner
    for name, value in children(owner):
        inner = f"{path}/{name}" if path else name
        if is_saveable(value):
            yield from walk(value, inner, seen)
        else:
            for member_name, member in members(value):
                yield from walk(member, f"{inner}/{member_name}", seen)


def write_weights(model: Any, file: Any) -> None:
    """Write all variables into an open h5py file."""
    for path, owner in walk(model):
        write_group(file, path, owner, stored_by(owner))


class Snapshot(NamedTuple):
    """What one object of a model stores: its path, its name and its arrays by their keys."""

    path: str
    name: str
    arrays: dict[str, np.ndarray]


def snapshot(model: Any, copy: bool = False) -> list[Snapshot]:
    """All weights and the optimizer's state as they are now, for writing later.

    Args:
        model: a built model.
        copy: whether arrays of the device must be copied, because programs are going to take them over.
    """
    found = []
    for path, owner in walk(model):
        arrays = stored_by(owner)
        if copy:
            arrays = {key: np.array(array) for key, array in arrays.items()}
        found.append(Snapshot(path, str(getattr(owner, "name", type(owner).__name__)), arrays))
    return found


def write_snapshot(snapshots: list[Snapshot], file: Any) -> None:
    """Write what ``snapshot`` took into an open h5py file."""
    for path, name, arrays in snapshots:
        _write_arrays(file, path, name, arrays)


def covered(model: Any) -> set[int]:
    """The ids of the Variables that ``write_weights`` is sure to store and ``read_weights`` to restore."""
    from ..layer_storage import LayerStorage
    from ..optimizers.storage import OptimizerStorage
    from ..random import SeedGenerator

    found: set[int] = set()
    for _, owner in walk(model):
        writer = getattr(type(owner), "save_own_variables", None)
        if writer is LayerStorage.save_own_variables:
            found.update(id(v) for v in owner._own_variables())
        elif writer is OptimizerStorage.save_own_variables:
            found.update(id(v) for v in owner.variables)
        elif writer is SeedGenerator.save_own_variables:
            found.add(id(owner.state))
    return found


def stored_by(owner: Any) -> dict[str, np.ndarray]:
    """The arrays that an object stores, by their keys."""
    store: dict[str, Any] = {}
    owner.save_own_variables(store)
    return {str(key): np.asarray(value) for key, value in store.items()}


def write_group(file: Any, path: str, owner: Any, arrays: dict[str, np.ndarray]) -> None:
    """Write one object's arrays under its path."""
    _write_arrays(file, path, str(getattr(owner, "name", type(owner).__name__)), arrays)


def _write_arrays(file: Any, path: str, name: str, arrays: dict[str, np.ndarray]) -> None:
    group = file.require_group(f"{path}/vars" if path else "vars")
    group.attrs["name"] = name
    for key, array in arrays.items():
        if array.dtype.name == "bfloat16":  # HDF5 has no such type; Keras marks it likewise
            dataset = group.create_dataset(key, data=array.astype("float32"))
            dataset.attrs["dtype"] = "bfloat16"
        else:
            group.create_dataset(key, data=array)


def memory_limit(model: Any) -> int:
    """Bytes that one array of a file for this model may claim."""
    return 2 * sum(v.size * max(v._raw_value.dtype.itemsize, 4) for v in model.variables) + 2**26


def read_array(dataset: Any, limit: int) -> np.ndarray:
    """An HDF5 dataset as an array; refused where it lies in another file or claims more than ``limit`` bytes."""
    if not hasattr(dataset, "shape"):
        raise ValueError(f"{getattr(dataset, 'name', dataset)} in the weights file is no array; the file is damaged.")
    if getattr(dataset, "external", None) or getattr(dataset, "is_virtual", False):
        raise ValueError(f"{dataset.name} in the weights file points to another file, which is refused.")
    size = int(np.prod(dataset.shape, dtype=np.int64)) * dataset.dtype.itemsize
    if size > limit:
        raise ValueError(f"{dataset.name} in the weights file claims {size:,} bytes, more than the model can hold.")
    if size < LARGE or dataset.dtype.kind not in "fiub":
        return np.asarray(dataset)
    found = aligned(dataset.shape, dataset.dtype)
    dataset.read_direct(found)
    return found


class _Source:
    """A group's arrays, read when asked for, never larger than the file's own size allows.

    Args:
        group: of an open h5py file.
        limit: bytes that one array may claim.
        device: whether large arrays are wanted on the device: on a CPU they stay where they were read into.
    """

    def __init__(self, group: Any, limit: int, device: bool = False):
        self._group, self._limit, self._device = group, limit, device

    def keys(self) -> list[str]:
        return [] if self._group is None else list(self._group.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.keys()

    def items(self) -> list[tuple[str, np.ndarray]]:
        return [(k, self[k]) for k in self.keys()]

    def __getitem__(self, key: str) -> np.ndarray:
        dataset = self._group[key]
        if not hasattr(dataset, "shape"):
            raise ValueError(f"{self._group.name}/{key} in the weights file is a group, not an array.")
        array = read_array(dataset, self._limit)
        if "dtype" in dataset.attrs:  # "bfloat16", the only type that HDF5 lacks
            import ml_dtypes

            array = array.astype(ml_dtypes.bfloat16)
        if self._device and array.nbytes >= LARGE and jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype:
            return jax.device_put(array)
        return array


def read_weights(model: Any, file: Any, skip_mismatch: bool = False, optimizer: bool = True) -> dict[str, list[str]]:
    """Read variables from an open h5py file into a built model.

    Returns:
        {"loaded": [...], "skipped": [...]}: the paths that matched and those that did not.
    """
    from ..layer_storage import LayerStorage

    limit = memory_limit(model)
    report: dict[str, list[str]] = {"loaded": [], "skipped": []}
    for path, owner in walk(model):
        if not optimizer and path.split("/")[0] == "optimizer":
            continue
        group = _group(file, f"{path}/vars" if path else "vars")
        try:
            if group is None and _variable_count(owner):
                raise ValueError(f"the file has no entry {path!r} for {getattr(owner, 'name', path)!r}")
            owner.load_own_variables(_Source(group, limit, device=isinstance(owner, LayerStorage)))
            report["loaded"].append(path)
        except (OSError, RuntimeError, OverflowError) as error:  # what h5py makes of a broken file
            raise ValueError(f"The weights file is damaged at {path or 'the model'}: {error}") from error
        except (KeyError, ValueError) as error:
            if path.split("/")[0] == "optimizer" or skip_mismatch:
                import warnings

                if path.split("/")[0] != "optimizer" or len(_Source(group, limit)):
                    warnings.warn(f"Weights of {path!r} were not loaded: {error}", stacklevel=4)
                report["skipped"].append(path)
                continue
            raise ValueError(
                f"Cannot load the weights of {getattr(owner, 'name', path)!r} ({path or 'the model'}): {error} "
                "The file belongs to a model of another architecture; with skip_mismatch=True what fits is loaded."
            ) from error
    return report


def _variable_count(owner: Any) -> int:
    own = getattr(owner, "_own_variables", None)
    return len(own()) if own is not None else 0


def _group(file: Any, path: str) -> Any:
    try:
        found = file.get(path)
    except (KeyError, OSError):
        return None
    except (RuntimeError, OverflowError) as error:  # what h5py makes of a broken file
        raise ValueError(f"The weights file is damaged at {path!r}: {error}") from error
    return found if found is not None and hasattr(found, "keys") else None


def opened_h5(source: Any, path: Path) -> Any:
    """An HDF5 file open for reading. Attributes that may be text are read with ``h5_attributes.Attributes``.

    Args:
        source: its path, or a file with its bytes.
        path: what errors call it.

    Raises:
        ValueError: it is none, or damaged, or missing.
    """
    import h5py

    try:
        return h5py.File(source, "r")
    except (OSError, OverflowError) as error:  # the latter for places far beyond the end of bytes in memory
        raise ValueError(f"The weights in {path} are no HDF5 file, or it is damaged: {error}.") from error


@contextmanager
def new_h5(target: Any) -> Iterator[Any]:
    """A new HDF5 file, open for writing.

    Raises:
        OSError: it could not be written, because the disk is full for instance.
    """
    import h5py

    try:
        with h5py.File(target, "w") as file:
            yield file
    except RuntimeError as error:  # HDF5 fails once more in closing what it could not write, in words of its own
        if not isinstance(error.__context__, OSError) and "fail" not in str(error) and "unable" not in str(error):
            raise
        raise OSError(f"Cannot write {target}: {error.__context__ or error}") from error
