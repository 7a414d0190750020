"""Bytes held and sent, computed from shapes; the table in the documentation is computed anew here."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

import kerasnb as keras
from kerasnb import distribution as d
from kerasnb import layers

PAGE = Path(__file__).parents[3] / "docs" / "distribution.md"
GPUS = [f"gpu:{i}" for i in range(8)]  # none of them is here


def model_parallel(axes, layouts):
    layout_map = d.LayoutMap(d.DeviceMesh(axes, ["batch", "model"], GPUS))
    for pattern, layout in layouts.items():
        layout_map[pattern] = layout
    return d.ModelParallel(layout_map=layout_map, batch_dim_name="batch")


def network():
    model = keras.Sequential([keras.Input((100,)), layers.Dense(80, name="wide"), layers.Dense(8, name="last")])
    model.compile(keras.optimizers.SGD(momentum=0.9), "mse")
    return model


def test_the_page_has_the_table_that_its_program_prints(capsys):
    program, table = re.search(r"```python\n(# costs\n.*?)```\n\n(\|.*?\n)\n", PAGE.read_text(), re.DOTALL).groups()
    exec(program, {})
    assert capsys.readouterr().out == table


def test_one_device_sends_nothing():
    found = d.costs(network(), d.DataParallel(devices=GPUS[:1]), batch_size=64)
    kernels = 4 * (100 * 80 + 80 + 80 * 8 + 8)
    assert (found.weights, found.gradients, found.sent, found.devices) == (kernels, kernels, 0, 1)
    assert found.optimizer == kernels + 4 + 4, "a momentum for each weight, the counter and the learning rate"
    assert found.batch == 64 * 100 * 4
    assert found.held == 3 * kernels + 8 + found.batch


def test_spread_columns():
    found = d.costs(network(), model_parallel((2, 4), {"wide/kernel": (None, "model"), "wide/bias": ("model",)}), 64)
    assert found.weights == 4 * (100 * 20 + 20 + 80 * 8 + 8)
    assert found.weights_sent == found.gradients  # a ring of two sends each byte once
    assert found.results_sent == 3 * 32 * 4 * (80 + 2 * 100) // 4


def test_spread_rows():
    found = d.costs(network(), model_parallel((2, 4), {"last/kernel": ("model", None)}), 64)
    assert found.results_sent == 3 * 32 * 4 * (2 * 8 + 80) // 4


def test_weights_spread_over_the_batch():
    found = d.costs(network(), model_parallel((8, 1), {"wide/kernel": ("batch", None)}), 64)
    own = 4 * 13 * 80  # 100 rows over 8 devices: at most 13
    assert found.weights == own + 4 * (80 + 80 * 8 + 8)
    assert found.weights_sent >= 3 * 7 * own


def test_sequences_count_every_position():
    model = keras.Sequential([keras.Input((10, 16)), layers.Dense(32, name="wide")])
    found = d.costs(model, model_parallel((1, 8), {"wide/kernel": (None, "model")}), 4)
    assert found.results_sent == 7 * 4 * 10 * 4 * (32 + 2 * 16) // 8
    assert found.optimizer == 0


def test_doctests():
    module = importlib.import_module("kerasnb.core.distribution.costs")  # the name in the package is the function's
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: d.costs(keras.Sequential([layers.Dense(3)])), "no weights yet"),
        (lambda: d.costs(network(), batch_size=0), "batch_size=0"),
        (lambda: d.costs(network(), batch_size=2.5), "batch_size=2.5"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ValueError, match=words):
        call()
