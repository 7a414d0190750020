"""Meshes, layouts and strategies by themselves; what they refuse."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import distribution as d


@pytest.fixture
def mesh():
    return d.DeviceMesh((1, 1), ["batch", "model"], d.list_devices()[:1])


def test_devices_have_names():
    names = d.list_devices()
    assert names[0] == "cpu:0"
    assert d.get_device_count() == len(names) == len(d.list_devices("cpu"))


def test_mesh_and_layout_become_jax(mesh):
    assert mesh.backend_mesh.axis_names == ("batch", "model")
    layout = d.TensorLayout([None, "model"], mesh)
    assert layout.backend_layout.spec == jax.sharding.PartitionSpec(None, "model")
    placed = d.distribute_tensor(np.ones((2, 3), "float32"), layout)
    assert placed.sharding == layout.backend_layout


def test_layout_map_looks_up_patterns(mesh):
    layouts = d.LayoutMap(mesh)
    layouts["dense.*kernel"] = (None, "model")
    layouts["dense/bias"] = d.TensorLayout(["model"])
    assert layouts["dense_1/kernel"].axes == (None, "model")
    assert layouts["dense/bias"].device_mesh is mesh
    assert layouts["conv/kernel"] is None
    layouts["1/kernel"] = (None, None)
    with pytest.raises(ValueError, match="several patterns"):
        layouts["dense_1/kernel"]
    with pytest.raises(ValueError, match="there already"):
        layouts["dense/bias"] = ("model",)
    with pytest.raises(ValueError, match="TensorLayout"):
        layouts["x"] = "model"
    del layouts["1/kernel"]
    assert list(layouts) == ["dense.*kernel", "dense/bias"]


def test_strategies(mesh):
    data = d.DataParallel(devices=d.list_devices()[:1])
    assert data.get_data_layout((None, 3)).axes == ("batch", None)
    assert data.get_variable_layout(keras.Variable(np.ones((2, 2)))).axes == (None, None)
    assert data.num_model_replicas == 1
    layouts = d.LayoutMap(mesh)
    layouts["kernel"] = (None, "model")
    model = d.ModelParallel(layout_map=layouts)
    assert model.batch_dim_name == "batch"
    assert model.get_variable_layout(keras.Variable(np.ones((2, 2)), name="kernel")).axes == (None, "model")
    with pytest.raises(ValueError, match="more axes"):
        model.get_variable_layout(keras.Variable(np.ones(2), name="kernel"))


def test_scope_ends(mesh):
    before = d.distribution()
    data = d.DataParallel(devices=d.list_devices()[:1])
    with data.scope():
        assert d.distribution() is data
    assert d.distribution() is before


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda m: d.DeviceMesh((3,), ["a"], ["cpu:0"]), "3 places"),
        (lambda m: d.DeviceMesh((1,), ["a", "b"], ["cpu:0"]), "one length"),
        (lambda m: d.DeviceMesh((1,), ["a"], ["gpu:7"]).backend_mesh, "gpu:7"),
        (lambda m: d.TensorLayout(["wide"], m), "wide"),
        (lambda m: d.TensorLayout([None]).backend_layout, "device_mesh"),
        (lambda m: d.DataParallel(device_mesh="cpu"), "DeviceMesh"),
        (lambda m: d.ModelParallel(layout_map={}), "LayoutMap"),
        (lambda m: d.ModelParallel(layout_map=d.LayoutMap(m), batch_dim_name="rows"), "rows"),
        (lambda m: d.set_distribution("data"), "DataParallel"),
        (lambda m: d.initialize(num_processes=2, process_id=2), "process_id"),
        (lambda m: d.initialize("10.0.0.1", num_processes=2, process_id=0), "address and port"),
    ],
)
def test_refusals(make, words, mesh):
    with pytest.raises(ValueError, match=words):
        make(mesh)


def test_numbers_in_the_environment_are_checked(monkeypatch):
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "two")
    with pytest.raises(ValueError, match="KERAS_DISTRIBUTION_NUM_PROCESSES must be a whole number, got 'two'"):
        d.initialize()


def test_too_late_to_join_others(mesh):
    keras.Variable([1.0])  # a device is in use
    with pytest.raises(RuntimeError) as caught:
        d.initialize("127.0.0.1:1", num_processes=2, process_id=0)
    assert "before anything else uses jax" in "".join(caught.value.__notes__)
