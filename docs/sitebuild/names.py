"""The public names: what there is, under which names, and where its page lies."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import kerasnb

# Groups of the reference in the order of its index: the public module, its title, a line about it.
GROUPS = {
    "models": ("Models", "Build, train, evaluate, save: the classes that hold layers together."),
    "layers": ("Layers", "What models are made of."),
    "activations": ("Activations", "Functions that layers apply to their outputs."),
    "losses": ("Losses", "What training makes small."),
    "metrics": ("Metrics", "What is reported beside the loss."),
    "optimizers": ("Optimizers and schedules", "How gradients become steps."),
    "callbacks": ("Callbacks", "What happens between batches and epochs."),
    "initializers": ("Initializers", "The first values of weights."),
    "regularizers": ("Regularizers", "Penalties on weights, added to the loss."),
    "constraints": ("Constraints", "What weights must satisfy after each step."),
    "ops": ("Ops", "NumPy's functions and those of neural networks, on arrays and symbolic tensors."),
    "random": ("Random numbers", "Draws that are reproducible."),
    "datasets": ("Data sets", "Ready data, downloaded once and checked."),
    "applications": ("Applications", "Architectures with a name, such as ResNet."),
    "preprocessing": ("Preprocessing", "Images, text and sequences, as older programs prepare them."),
    "saving": ("Saving and loading", "Archives, weights, registered classes."),
    "export": ("Export", "Models for other runtimes."),
    "utils": ("Utilities", "Data sets from folders, seeds, plots, helpers."),
    "tree": ("Trees", "Functions over nested lists, tuples and dicts."),
    "distribution": ("Distribution", "Several devices and machines."),
    "dtype_policies": ("Dtype policies", "Which types layers compute in and keep."),
    "mixed_precision": ("Mixed precision", "Policies under their older names."),
    "quantizers": ("Quantizers", "Numbers of few bits."),
    "distillation": ("Distillation", "A small model learns from a large one."),
    "wrappers": ("Wrappers", "Models for scikit-learn."),
    "visualization": ("Visualization", "Galleries of images and boxes."),
    "config": ("Configuration", "Defaults of a process."),
    "backend": ("Backend", "What older programs ask the backend for."),
    "legacy": ("Legacy", "Names of Keras 2 that are kept."),
    "widgets": ("Widgets", "Live views of models and data in a notebook."),
    "runs": ("Runs", "The record of every fit."),
    "learn": ("Learn", "What the tutorials use."),
    "core": ("Tensors, variables, scopes", "What lies beneath layers and models."),
}
# Top-level names that belong to a group; the others are in "core".
HOMES = {
    "Model": "models", "Sequential": "models", "Functional": "models", "Function": "models", "Input": "models",
    "sweep": "models", "Layer": "layers", "InputSpec": "layers", "Loss": "losses", "Metric": "metrics",
    "Optimizer": "optimizers", "Initializer": "initializers", "Regularizer": "regularizers",
    "Quantizer": "quantizers", "DTypePolicy": "dtype_policies", "FloatDTypePolicy": "dtype_policies",
}  # fmt: skip


OWN = ("kerasnb.learn", "kerasnb.runs", "kerasnb.widgets")


@dataclass
class Entry:
    """One public object.

    Args:
        value: the object.
        name: the full name its page stands under, such as "kerasnb.layers.Dense".
        group: a key of GROUPS.
        aliases: its other public names.
    """

    value: Any
    name: str
    group: str
    aliases: list[str] = field(default_factory=list)
    file: str = ""

    @property
    def short(self) -> str:
        """Without ``kerasnb.``."""
        return self.name.removeprefix("kerasnb.")

    @property
    def page(self) -> str:
        """The page, as Sphinx names documents."""
        return f"reference/{self.group}/{self.file}"


def public_modules() -> dict[str, types.ModuleType]:
    """Public modules by full name, submodules behind their parents."""
    found: dict[str, types.ModuleType] = {}

    def walk(name: str, module: types.ModuleType) -> None:
        if name in found:
            return
        found[name] = module
        for part in _listed(module):
            value = getattr(module, part)
            if isinstance(value, types.ModuleType) and value.__name__ == f"{name}.{part}":
                walk(f"{name}.{part}", value)

    for part in kerasnb.__all__:
        value = getattr(kerasnb, part)
        if isinstance(value, types.ModuleType):
            walk(f"kerasnb.{part}", value)
    return found


def _listed(module: types.ModuleType) -> list[str]:
    names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    # Submodules of a public module count even where __all__ leaves them out (ops.image).
    more = [n for n, v in vars(module).items() if isinstance(v, types.ModuleType) and not n.startswith("_")]
    if module.__name__ in OWN:  # their other modules are nobody's business
        more = []
    return sorted({*names, *more})


@cache
def public_names() -> dict[str, Any]:
    """Every public name that is no module, with its object."""
    found = {}
    for part in kerasnb.__all__:
        value = getattr(kerasnb, part)
        if not isinstance(value, types.ModuleType) and not part.startswith("_"):
            found[f"kerasnb.{part}"] = value
    for path, module in public_modules().items():
        for part in _listed(module):
            value = getattr(module, part)
            if part.startswith("_") or isinstance(value, types.ModuleType):
                continue
            if path.count(".") == 1 and not hasattr(module, "__all__") and not _ours(value):
                continue
            found[f"{path}.{part}"] = value
    return found


def _ours(value: Any) -> bool:
    return str(getattr(value, "__module__", "kerasnb")).startswith("kerasnb")


@cache
def entries() -> list[Entry]:
    """One entry for every public object, in the order of the reference."""
    by_object: dict[int, list[str]] = {}
    values = {}
    for name, value in public_names().items():
        by_object.setdefault(id(value), []).append(name)
        values[id(value)] = value
    found = [_entry(values[key], names) for key, names in by_object.items()]
    order = list(GROUPS)
    found.sort(key=lambda e: (order.index(e.group), e.name.lower(), e.name))
    taken: dict[str, int] = {}
    for entry in sorted(found, key=lambda e: (not inspect.isclass(e.value), e.name)):
        inner = entry.name.split(".")[2:] if not entry.name.count(".") == 1 else [entry.name.split(".")[1]]
        file = ".".join(inner)
        key = f"{entry.group}/{file}".lower()  # file names must differ in more than capitals
        if key in taken or file.lower() == "index":
            file += "_function"
        taken[f"{entry.group}/{file}".lower()] = 1
        entry.file = file
    return found


def group_of(name: str) -> str:
    """The group of a full name."""
    parts = name.split(".")
    return HOMES.get(parts[1], "core") if len(parts) == 2 else parts[1]


def _entry(value: Any, names: list[str]) -> Entry:
    own = getattr(value, "__name__", None)
    order = list(GROUPS)

    def rank(name: str) -> tuple:
        last = name.rpartition(".")[2]
        home = name.count(".") > 1 or last not in HOMES
        return (last != own, not home and 0, order.index(group_of(name)), name.count("."), name)

    best, *others = sorted(names, key=rank)
    return Entry(value, best, group_of(best), sorted(others))


@cache
def by_name() -> dict[str, Entry]:
    """Entries by every public name, with and without ``kerasnb.``."""
    found = {}
    for entry in entries():
        for name in [entry.name, *entry.aliases]:
            found[name] = found[name.removeprefix("kerasnb.")] = entry
    return found


@cache
def by_last_part() -> dict[str, Entry | None]:
    """Entries by the last part of their names; None where it is not clear which is meant."""
    found: dict[str, Entry | None] = {}
    for name, entry in by_name().items():
        last = name.rpartition(".")[2]
        known = found.get(last, entry)
        found[last] = entry if known is entry else None
    return found


def resolve(path: str) -> Any:
    """What a dotted name such as "layers.Dense" or "Model.fit" is.

    Raises:
        AttributeError: there is no such thing.
    """
    value: Any = kerasnb
    for part in path.removeprefix("kerasnb.").split("."):
        value = getattr(value, part)
    return value
