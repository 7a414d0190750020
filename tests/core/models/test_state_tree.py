"""The state as a tree: paths, formats, and back."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(), layers.Dense(2, name="d")], name="m")
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


def test_tree_and_back(model):
    tree = model.get_state_tree("numpy_array")
    assert set(tree) == {"trainable_variables", "non_trainable_variables", "optimizer_variables", "metrics_variables"}
    assert tree["trainable_variables"]["m"]["d"]["kernel"].shape == (3, 2)
    before = model.get_weights()
    model.fit(np.zeros((4, 3)), np.ones((4, 2)), verbose=0)
    model.set_state_tree(tree)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert int(model.optimizer.iterations) == 1


def test_refusals(model):
    with pytest.raises(ValueError, match="Did you mean 'numpy_array'"):
        model.get_state_tree("numpy")
    with pytest.raises(ValueError, match="no group 'weights'"):
        model.set_state_tree({"weights": {}})
    with pytest.raises(ValueError, match="missing"):
        model.set_state_tree({"trainable_variables": {}})
    with pytest.raises(ValueError, match="unknown"):
        model.set_state_tree({"non_trainable_variables": {"x": np.ones(1)}})
