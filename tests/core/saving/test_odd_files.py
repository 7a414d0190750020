"""Whole-model ``.h5`` files and weights that are odd, damaged or of other models: a table for each form."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers as L
from kerasnb.core.saving import api, legacy_h5, members, safetensors, sharded, weights
from kerasnb.core.saving.plain_values import PlainValues


def small(compiled=True):
    model = keras.Sequential([keras.Input((3,)), L.Dense(2, name="a"), L.Dense(1, name="b")])
    if compiled:
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of an honest file of the older form, and its model."""
    path = tmp_path_factory.mktemp("whole") / "m.h5"
    model = small()
    model.save(path)
    return path.read_bytes(), model


@pytest.fixture
def file(whole, tmp_path):
    path = tmp_path / "m.h5"
    path.write_bytes(whole[0])
    return path


def same(a, b):
    for one, other in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def replaced(file, change):
    """The stored configuration changed by a function."""
    config = json.loads(file.attrs["model_config"])
    file.attrs["model_config"] = json.dumps(change(config))


def without_top(file):
    del file["model_weights"][legacy_h5.TOP]


def in_pieces(file):
    group = file["model_weights"]
    names = list(group.attrs["layer_names"])
    del group.attrs["layer_names"]
    group.attrs["layer_names0"], group.attrs["layer_names1"] = names[:1], names[1:]


# --- the older form: what still loads ------------------------------------------------------------------

LOADS = {
    "configuration as bytes": lambda f: f.attrs.__setitem__(
        "model_config", np.bytes_(f.attrs["model_config"].encode() if isinstance(f.attrs["model_config"], str) else b"")
    ),
    "no top-level weights": without_top,
    "names in pieces": in_pieces,
    "no optimizer's state": lambda f: f.__delitem__("optimizer_weights"),
    "not compiled": lambda f: f.attrs.__delitem__("training_config"),
    "with a module": lambda f: replaced(f, lambda c: {**c, "module": "keras", "registered_name": None}),
    "a list of layers": lambda f: replaced(f, lambda c: {**c, "config": c["config"]["layers"]}),
}


@pytest.mark.parametrize("name", LOADS)
def test_odd_files_load(name, file, whole):
    with h5py.File(file, "a") as opened:
        LOADS[name](opened)
    same(keras.saving.load_model(file), whole[1])


def test_without_compiling(file, whole):
    model = keras.saving.load_model(file, compile=False)
    assert not model.compiled
    same(model, whole[1])


# --- the older form: what is refused -------------------------------------------------------------------


def gone_array(file):
    group = file["model_weights/a"]
    del group[next(n.decode() if isinstance(n, bytes) else n for n in group.attrs["weight_names"])]


REFUSED = {
    "no configuration": (lambda f: f.attrs.__delitem__("model_config"), "probably weights alone"),
    "no weights": (lambda f: f.__delitem__("model_weights"), "no model_weights"),
    "no JSON": (lambda f: f.attrs.__setitem__("model_config", "{"), "its model_config cannot be read"),
    "a number": (lambda f: f.attrs.__setitem__("model_config", 5), "its model_config cannot be read"),
    "nested too deeply": (lambda f: f.attrs.__setitem__("model_config", "[" * 30_000), "model_config cannot be read"),
    "describes nothing": (lambda f: f.attrs.__setitem__("model_config", "[1]"), "describes no model"),
    "an array is gone": (gone_array, "has no array"),
    "names that are no text": (
        lambda f: f["model_weights"].attrs.__setitem__("layer_names", [b"\xff\xfe"]),
        r"m\.h5 is damaged",
    ),
    "a layer is an array": (
        lambda f: (f["model_weights"].__delitem__("a"), f["model_weights"].__setitem__("a", np.ones(2))),
        "damaged|weights for",
    ),
    "another architecture": (
        lambda f: f["model_weights"].attrs.__setitem__("layer_names", ["a"]),
        "weights for 1 layers.*by_name=True",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_damaged_files(name, file):
    change, words = REFUSED[name]
    with h5py.File(file, "a") as opened:
        change(opened)
    with pytest.raises(ValueError, match=words):
        keras.saving.load_model(file)


def test_a_configuration_of_too_many_bytes(file, monkeypatch):
    monkeypatch.setattr(legacy_h5, "MAX_JSON", 100)
    with pytest.raises(ValueError, match="too long"):
        keras.saving.load_model(file)


def unknown_optimizer(file):
    config = json.loads(file.attrs["training_config"])
    config["optimizer_config"] = {"class_name": "Nonesuch", "config": {}}
    file.attrs["training_config"] = json.dumps(config)


def other_optimizer(file):
    config = json.loads(file.attrs["training_config"])
    config["optimizer_config"] = {"class_name": "SGD", "config": {}}
    file.attrs["training_config"] = json.dumps(config)


@pytest.mark.parametrize(
    "change, words, compiled",
    [(unknown_optimizer, "compile the model before training", False), (other_optimizer, "starts anew", True)],
)
def test_compile_arguments_that_do_not_fit(change, words, compiled, file, whole):
    with h5py.File(file, "a") as opened:
        change(opened)
    with pytest.warns(UserWarning, match=words):
        model = keras.saving.load_model(file)
    assert model.compiled is compiled
    same(model, whole[1])


def test_weights_by_name_and_by_order(file, whole):
    other = keras.Sequential([keras.Input((3,)), L.Dense(2, name="a"), L.Dense(5, name="b"), L.Dense(1, name="c")])
    with pytest.raises(ValueError, match="weights for 2 layers"):
        other.load_weights(file)
    with pytest.raises(ValueError, match=r"Layer 'b' has weights of shapes .* the file has"):
        other.load_weights(file, by_name=True)
    with pytest.warns(UserWarning, match="'b'.*skipped"):
        report = other.load_weights(file, by_name=True, skip_mismatch=True)
    assert report == {"loaded": ["a"], "skipped": ["b"]}
    np.testing.assert_array_equal(other.layers[0].kernel, whole[1].layers[0].kernel)
    with pytest.raises(ValueError, match="does not know the argument"):
        other.load_weights(file, by_order=True)


def test_weights_of_the_model_itself(tmp_path):
    model = small(compiled=False)
    own = model.add_weight(shape=(2,), name="own", initializer="ones")
    model.save_weights(tmp_path / "unused.weights.h5")
    model.save(tmp_path / "m.h5")
    own.assign([0.0, 0.0])
    model.load_weights(tmp_path / "m.h5")
    assert own.numpy().tolist() == [1.0, 1.0]
    assert small(compiled=False).load_weights(tmp_path / "m.h5")["loaded"] == ["a", "b"]  # it has none of its own


def test_long_lists_of_names(tmp_path, monkeypatch):
    """HDF5 holds 64 kB in an attribute: names go into several."""
    monkeypatch.setattr(legacy_h5, "HEADER", 10)
    model = small(compiled=False)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "weight_names1" in file["model_weights/a"].attrs
    same(keras.saving.load_model(tmp_path / "m.h5"), model)


def test_a_variable_that_two_parts_share(tmp_path):
    class Tied(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.one, self.two = L.Dense(3, use_bias=False), L.Dense(3, use_bias=False)

        def build(self, shape):
            self.one.build(shape)
            self.two.build(shape)
            self.two.kernel = self.one.kernel

        def call(self, x):
            return self.two(self.one(x))

    model = keras.Sequential([keras.Input((3,)), Tied()])
    names = [v.path for v in legacy_h5._ordered(model.layers[0])]
    assert len(names) == len(set(names))
    model.save(tmp_path / "m.h5")
    same(keras.saving.load_model(tmp_path / "m.h5", custom_objects={"Tied": Tied}), model)


def test_saving_what_is_not_there_yet(tmp_path):
    model = keras.Sequential([L.Dense(2)])
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match="has no weights yet"):
            save(tmp_path / "m.weights.h5" if save == model.save_weights else tmp_path / "m.h5")
    small(compiled=False).save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ValueError, match="has no weights yet"):
        model.load_weights(tmp_path / "w.weights.h5")


# --- paths and arguments -------------------------------------------------------------------------------


def test_what_no_reader_takes(tmp_path):
    model = small(compiled=False)
    (tmp_path / "m.txt").write_text("text")
    model.save(tmp_path / "model.keras")
    for call, error, words in [
        (lambda: keras.saving.load_model(tmp_path / "modle.keras"), ValueError, r"Did you mean 'model\.keras'"),
        (lambda: keras.saving.load_model(tmp_path / "no" / "m.keras"), ValueError, "File not found"),
        (lambda: keras.saving.load_model(tmp_path / "m.txt"), ValueError, "reads .keras archives"),
        (lambda: model.load_weights(tmp_path / "m.txt"), ValueError, "load_weights reads"),
        (lambda: model.load_weights(tmp_path / "gone.weights.h5"), FileNotFoundError, "not found"),
        (lambda: model.save_weights(tmp_path / "m.txt"), ValueError, "must end in"),
        (lambda: api.save_weights(model, tmp_path / "m.weights.h5", colour=1), ValueError, "'colour'"),
        (lambda: model.save(tmp_path / "m.keras", colour=1), ValueError, "'colour'"),
        (lambda: keras.models.model_from_json("[1]"), ValueError, "describes no model"),
    ]:
        with pytest.raises(error, match=words):
            call()


def test_where_another_process_writes(tmp_path, monkeypatch):
    """Of a run of several processes only the first writes; the others make no file."""
    from contextlib import contextmanager

    @contextmanager
    def second(variables):
        yield False

    monkeypatch.setattr(api, "one_writer", second)
    model = small(compiled=False)
    for save, name in ((model.save, "m.keras"), (model.save, "m.h5"), (model.save_weights, "m.weights.h5")):
        save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


# --- members of an archive -----------------------------------------------------------------------------


def test_limits_of_an_archive(tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    small(compiled=False).save(path)
    monkeypatch.setattr(members, "MAX_MEMBERS", 2)
    with pytest.raises(ValueError, match="has 3 members"):
        keras.saving.load_model(path)
    monkeypatch.setattr(members, "MAX_MEMBERS", 100)
    with members.opened_archive(path) as archive:
        with pytest.raises(ValueError, match="larger than the 10 bytes allowed"):
            members.read_member(archive, "config.json", 10, path)
        archive.getinfo("config.json").file_size = 5  # what the directory says, and what comes out
        with pytest.raises(ValueError, match=r"larger than the archive says|damaged"):
            members.read_member(archive, "config.json", 5, path)


# --- weights -------------------------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    model = small()
    model.save_weights(tmp_path / "w.weights.h5")
    return tmp_path / "w.weights.h5", model


def swapped(path, name, make):
    """One array exchanged for what a function makes in its place."""
    with h5py.File(path, "a") as file:
        del file[name]
        make(file, name)


def external(file, name):
    file.create_dataset(name, shape=(3, 2), dtype="float32", external=[("/etc/passwd", 0, 24)])


def virtual(file, name):
    layout = h5py.VirtualLayout((3, 2), "float32")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (3, 2))
    file.create_virtual_dataset(name, layout)


STRANGE = {
    "bytes of another file": (external, "points to another file"),
    "a view of another file": (virtual, "points to another file"),
    "a group for an array": (lambda f, n: f.create_group(n), "is a group, not an array"),
    "far too large": (lambda f, n: f.create_dataset(n, shape=(2**20, 2**20), dtype="f4"), "more than the model"),
    "words": (lambda f, n: f.create_dataset(n, data=[b"a", b"b"]), "dense|Cannot load"),
    "another shape": (lambda f, n: f.create_dataset(n, data=np.ones((9, 9))), "another architecture"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_arrays(name, stored):
    path, model = stored
    make, words = STRANGE[name]
    swapped(path, "layers/dense/vars/0", make)
    with pytest.raises((ValueError, TypeError), match=words):
        model.load_weights(path)


def test_an_entry_is_missing(stored):
    path, model = stored
    with h5py.File(path, "a") as file:
        del file["layers/dense"]
    with pytest.raises(ValueError, match="no entry 'layers/dense'"):
        model.load_weights(path)


def test_an_optimizers_state_that_does_not_fit(stored):
    """It is told and left out: the weights are what counts."""
    path, model = stored
    swapped(path, "optimizer/vars/2", lambda f, n: f.create_dataset(n, data=np.ones((9, 9))))
    other = small()
    with pytest.warns(UserWarning, match="'optimizer' were not loaded"):
        report = other.load_weights(path)
    assert report["skipped"] == ["optimizer"]
    same(model, other)


def test_an_optimizer_without_its_state(stored, recwarn):
    path, model = stored
    with h5py.File(path, "a") as file:
        del file["optimizer/vars"]
    other = small()
    assert other.load_weights(path)["skipped"] in ([], ["optimizer"])
    same(model, other)


def test_layers_and_optimizers_that_load_themselves(stored, monkeypatch):
    path, model = stored

    def fail(error):
        def load(store):
            raise error

        return load

    monkeypatch.setattr(model.layers[0], "load_own_variables", fail(RuntimeError("broken")))
    with pytest.raises(ValueError, match="damaged at layers/dense: broken"):
        model.load_weights(path)
    monkeypatch.undo()
    with h5py.File(path, "a") as file:
        del file["optimizer/vars"]
    monkeypatch.setattr(model.optimizer, "load_own_variables", fail(KeyError("0")))
    assert model.load_weights(path)["skipped"] == ["optimizer"]  # an empty state needs no warning


def test_what_is_surely_stored():
    class Noise(L.Layer):
        def __init__(self):
            super().__init__()
            self.seed_generator = keras.random.SeedGenerator(1)

        def call(self, x):
            return x

    model = keras.Sequential([keras.Input((3,)), L.Dense(2), Noise()])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    found = weights.covered(model)
    assert found >= {id(v) for v in model.optimizer.variables} and id(model.layers[1].seed_generator.state) in found


def test_a_group_behind_bytes(tmp_path):
    """As a mapping: what layers that load themselves see."""
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("vars")
        group["0"], group["1"] = np.ones(2), np.zeros(3)
        source = weights._Source(group, 1000)
        assert list(source) == ["0", "1"] and len(source) == 2 and "1" in source and "2" not in source
        assert {k: v.tolist() for k, v in source.items()} == {"0": [1, 1], "1": [0, 0, 0]}
        with pytest.raises(ValueError, match="is no array"):
            weights.read_array(group, 1000)
    assert len(weights._Source(None, 10)) == 0


class Failing:
    """What h5py does on files of broken insides."""

    def __init__(self, error):
        self.error = error

    def get(self, path):
        raise self.error


def test_what_h5py_makes_of_broken_groups():
    assert weights._group(Failing(KeyError("x")), "layers/a") is None
    assert weights._group(Failing(OSError("x")), "layers/a") is None
    with pytest.raises(ValueError, match="damaged at 'layers/a'"):
        weights._group(Failing(RuntimeError("unable")), "layers/a")
    with pytest.raises(ValueError, match="damaged: boom"):
        with legacy_h5.damage_told("m.h5"):
            raise RuntimeError("boom")


def test_errors_of_the_writer_that_are_not_the_disks(tmp_path):
    with pytest.raises(RuntimeError, match="of the caller's own"):
        with weights.new_h5(tmp_path / "x.h5"):
            raise RuntimeError("of the caller's own")


# --- safetensors, shards, plain values -----------------------------------------------------------------


def test_safetensors_of_other_models(tmp_path, monkeypatch):
    model, path = small(compiled=False), tmp_path / "w.safetensors"
    model.save_weights(path)
    other = keras.Sequential([keras.Input((3,)), L.Dense(2), L.Dense(4), L.Dense(1)])
    with pytest.raises(ValueError, match="the file has"):
        other.load_weights(path)
    report = other.load_weights(path, skip_mismatch=True)
    assert report["loaded"][:2] == ["layers/dense/0", "layers/dense/1"] and len(report["skipped"]) == 4
    path.write_bytes(b"\xff" * 40)
    with pytest.raises(ValueError, match="no safetensors file"):
        model.load_weights(path)
    with pytest.raises(OSError):
        safetensors.read_file(tmp_path / "gone.safetensors")
    monkeypatch.setattr(safetensors, "_entries", lambda model: {"a": 5})
    with pytest.raises(AttributeError):  # no error of the library's: left as it is
        safetensors.write_safetensors(model, path)


def test_without_safetensors(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasnb\[safetensors\]'"):
        safetensors._library()


def test_shards(tmp_path, monkeypatch):
    model = small(compiled=False)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=1e-8)
    monkeypatch.setattr(sharded, "MAX_JSON", 10)
    with pytest.raises(ValueError, match="too large"):
        model.load_weights(tmp_path / "m.weights.json")
    monkeypatch.undo()
    described = json.loads((tmp_path / "m.weights.json").read_text())
    names = {place: files[0] for place, files in described["weight_map"].items()}  # one name instead of a list
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": names}))
    other = small(compiled=False)
    other.load_weights(tmp_path / "m.weights.json")
    same(model, other)
    first, *_, last = names
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {first: names[last]}}))  # it lies elsewhere
    with pytest.raises(ValueError, match="no entry"):
        other.load_weights(tmp_path / "m.weights.json")
    (tmp_path / "m.weights.json").write_text(json.dumps({"weight_map": {first: names[first], "/x/vars": names[first]}}))
    with pytest.raises(ValueError, match="no entry"):
        other.load_weights(tmp_path / "m.weights.json")


def test_plain_values_there_and_back():
    values = PlainValues()
    given = {"a": (1, [2.5, None], {"b": np.arange(2)}), "n": np.float32(3)}
    text = json.loads(json.dumps(values.plain(given, "state")))
    found = PlainValues(values.arrays).read(text)
    assert found["a"][:2] == (1, [2.5, None]) and found["a"][2]["b"].tolist() == [0, 1] and found["n"] == 3
    with pytest.warns(UserWarning, match=r"state\['f'\] holds a function"):
        assert values.plain({"f": lambda: 0}, "state") == {"f": None}
