"""Files from strangers: a clear ValueError, nothing imported, nothing run, nothing written outside."""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import time
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.saving.keras_archive import revive


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> bytes:
    """A small honest archive."""
    path = tmp_path_factory.mktemp("honest") / "m.keras"
    model = keras.Sequential([keras.Input((4,)), L.Dense(3, activation="relu"), L.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 4)), np.ones((4, 1)), verbose=0)
    model.save(path)
    return path.read_bytes()


def rewritten(archive: bytes, **members) -> bytes:
    """The archive with members exchanged or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.pop(name) if name in members else old.read(name))
        for name, data in members.items():
            new.writestr(name, data)
    return out.getvalue()


def config_of(archive: bytes) -> dict:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return json.loads(file.read("config.json"))


def deep(levels: int) -> str:
    return '{"class_name": "Sequential", "module": "keras", "config": ' + '{"a": ' * levels + "1" + "}" * (levels + 1)


BAD = {
    "no zip at all": lambda a: b"not a zip file",
    "empty": lambda a: b"",
    "cut in the middle": lambda a: a[: len(a) // 2],
    "no config": lambda a: rewritten(a, **{"config.json": b""}),
    "config is a list": lambda a: rewritten(a, **{"config.json": b"[1, 2]"}),
    "deep config": lambda a: rewritten(a, **{"config.json": deep(200_000).encode()}),
    "path outside": lambda a: rewritten(a, **{"../../evil.txt": b"x"}),
    "absolute path": lambda a: rewritten(a, **{"/tmp/evil.txt": b"x"}),
    "zip bomb": lambda a: rewritten(a, **{"assets/zeros": b"\0" * 2**26}),
    "weights are no HDF5": lambda a: rewritten(a, **{"model.weights.h5": b"\x89HDF junk"}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_archives(name, archive, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(BAD[name](archive))
    begin = time.perf_counter()
    with pytest.raises(ValueError):
        keras.saving.load_model(path)
    assert time.perf_counter() - begin < 20  # not a measure of speed: an answer at all
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


@pytest.mark.parametrize(
    "module, name",
    [("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("antigravity", "geohash"), ("keras", "../x")],
)
def test_foreign_names_are_never_imported(module, name, archive, tmp_path):
    config = config_of(archive)
    config["config"]["layers"][1] = {
        "module": module,
        "class_name": name,
        "config": {"a": "true"},
        "registered_name": name,
    }
    path = tmp_path / "m.keras"
    path.write_bytes(rewritten(archive, **{"config.json": json.dumps(config).encode()}))
    with pytest.raises((ValueError, TypeError)):
        keras.saving.load_model(path)
    assert "antigravity" not in sys.modules


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_flipped_bytes(data, archive, tmp_path_factory):
    """Whatever a byte becomes: the model, or a ValueError or TypeError, and no other end."""
    broken = bytearray(archive)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "m.keras"
    path.write_bytes(bytes(broken))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            keras.saving.load_model(path)
        except (ValueError, TypeError):
            pass


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 10**6), value=_JSON)
@example(place=0, value=True)
@example(place=25, value=2**40)
def test_changed_configuration(place, value, archive):
    """A configuration with one value exchanged: a model, or a clear refusal."""
    config = config_of(archive)
    places = []

    def walk(node):
        if isinstance(node, (dict, list)):
            for key in node if isinstance(node, dict) else range(len(node)):
                places.append((node, key))
                walk(node[key])

    walk(config)
    node, key = places[place % len(places)]
    node[key] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            revive(config, None, True, True)
        except (ValueError, TypeError):
            pass


def test_old_form_claims_no_more_than_the_model_holds(tmp_path):
    """A few bytes of file that stand for terabytes of zeros."""
    import h5py

    path = tmp_path / "m.h5"
    model = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    model.save(path)
    with h5py.File(path, "a") as file:
        group = file["model_weights"][model.layers[0].name]
        names = [n.decode() if isinstance(n, bytes) else n for n in group.attrs["weight_names"]]
        name = next(n for n in names if "kernel" in n)
        del group[name]
        group.create_dataset(name, shape=(2**20, 2**20), dtype="float32", chunks=(1024, 1024))
    with pytest.raises(ValueError, match="more than the model can hold"):
        model.load_weights(path)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """An archive that something happened to."""
    broken = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        at, length = rng.randrange(len(broken) or 1), rng.choice([1, 1, 2, 4, 8, 64])
        kind = rng.randrange(6)
        if kind == 0:  # other bytes
            broken[at : at + length] = rng.randbytes(len(broken[at : at + length]))
        elif kind == 1:  # a number at its edge, where sizes and offsets stand
            broken[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"])
        elif kind == 2:
            del broken[at : at + length]
        elif kind == 3:
            broken[at:at] = rng.randbytes(length)
        elif kind == 4:  # a part once more, elsewhere
            to = rng.randrange(len(broken) or 1)
            broken[to:to] = broken[at : at + length]
        elif broken:
            broken[at] ^= 1 << rng.randrange(8)
    return bytes(broken[: rng.randrange(len(broken) or 1)] if rng.random() < 0.05 else broken)


def repacked(data: bytes, rng: random.Random) -> bytes:
    """An archive whose zip is whole, and one member of it is not: what a checksum does not see."""
    name = rng.choice(["config.json", "model.weights.h5", "model.weights.h5", "metadata.json"])
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return rewritten(data, **{name: mutated(file.read(name), rng)})


@pytest.mark.slow
@pytest.mark.parametrize("change", [mutated, repacked])
def test_thousands_of_broken_archives(change, archive, tmp_path):
    """Each gives a model or a ValueError or TypeError, soon, within bounded memory, and writes nothing."""
    rng, path = random.Random(11), tmp_path / "m.keras"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    end, slowest, tried, refused = time.monotonic() + 30, 0.0, 0, 0
    while tried < 4000 and time.monotonic() < end:
        path.write_bytes(change(archive, rng))
        began = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                keras.saving.load_model(path)
            except (ValueError, TypeError):
                refused += 1
        slowest, tried = max(slowest, time.process_time() - began), tried + 1
    assert tried > 30 and refused > tried / 4
    assert slowest < 3.0, f"{slowest:.1f} s of a CPU for one file"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 500, f"{grown:.0f} MB more"
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_an_archive_of_a_later_zip(archive, tmp_path):
    """A directory entry that asks for a version of the format which nobody has yet."""
    broken, path = bytearray(archive), tmp_path / "m.keras"
    entry = archive.index(b"PK\x01\x02")
    broken[entry + 6] = 150  # version needed to extract
    path.write_bytes(bytes(broken))
    with pytest.raises(ValueError, match=r"m\.keras"):
        keras.saving.load_model(path)
