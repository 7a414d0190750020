"""``%kerasnb data``: which data sets there are, which lie ready, and where."""

from __future__ import annotations

import importlib
from typing import Any

from kerasnb.commands import nearest

ALWAYS = ("digits", "plane")  # computed, or part of scikit-learn
WORDS = ("list", "fetch", "where")


def data(word: str = "list", name: str = "") -> str:
    """``data`` lists the sets, ``data fetch NAME`` brings one here, ``data where [NAME]`` says where files lie."""
    if word not in WORDS:
        raise ValueError(f"%kerasnb data takes {', '.join(WORDS)}, got {word!r}.{nearest(word, WORDS)}")
    if word == "list":
        if name:
            raise ValueError(f"%kerasnb data list takes nothing more, got {name!r}.")
        return "\n".join(f"{one:<18} {state(one)}" for one in names())
    if not name:
        if word == "fetch":
            raise ValueError(f"%kerasnb data fetch takes the name of a set: {', '.join(names())}.")
        from kerasnb import doctor

        return "\n".join(str(folder) for folder in doctor.data_folders())
    if name not in names():
        raise ValueError(f"There is no data set {name!r}.{nearest(name, names())} There are: {', '.join(names())}.")
    if word == "where":
        return state(name)
    loaded = importlib.import_module(f"kerasnb.datasets.{name}").load_data()
    (x, y), (x_test, _) = loaded
    return f"{name}: {len(x)} rows to train on, {len(x_test)} to test; x {shape(x)}, y {shape(y)}\n{state(name)}"


def names() -> list[str]:
    """All data sets."""
    from kerasnb import datasets

    return list(datasets.__all__)


def state(name: str) -> str:
    """Where a set lies, or that it would be downloaded."""
    from kerasnb.core.datasets.source import at_hand

    if name in ALWAYS:
        return "always there"
    found = [at_hand(file) for file in files(name)]
    if not found or None in found:
        return "not here; downloaded when it is asked for"
    return str(found[0] if len(found) == 1 else found[0].parent)


def files(name: str) -> list[Any]:
    """The files that a set cannot do without."""
    from kerasnb.core.datasets import cifar, fashion_mnist, source

    if name in ("cifar10", "cifar100"):
        return [getattr(cifar, name.upper())]
    if name == "fashion_mnist":
        return [v for one in vars(fashion_mnist).values() if isinstance(one, dict) for v in one.values()
                if isinstance(v, source.DataFile)]  # fmt: skip
    return [importlib.import_module(f"kerasnb.core.datasets.{name}").FILE]


def shape(value: Any) -> str:
    """Type and shape of an array."""
    from kerasnb.runs.describe import shape_text

    return shape_text(value)
