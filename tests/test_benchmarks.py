"""The benchmark compares like with like: the same networks, the same work, in every framework."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = str(Path(__file__).resolve().parent.parent / "benchmarks")


@pytest.fixture(scope="module")
def files():
    """The files of the benchmark, importable only within these tests."""
    sys.path.insert(0, BENCHMARKS)
    import handwritten
    import keras_models
    import tables
    import workloads

    yield {
        "handwritten": handwritten,
        "keras_models": keras_models,
        "tables": tables,
        "workloads": workloads,
    }
    sys.path.remove(BENCHMARKS)


MODELS = ["mnist_mlp", "boston", "imdb", "cnn", "lstm", "gru", "transformer"]


@pytest.mark.parametrize("name", MODELS)
def test_same_number_of_weights(files, name):
    import jax

    import kerasnb

    init, _ = getattr(files["handwritten"], name)()
    by_hand = sum(np.size(a) for a in jax.tree.leaves(init(np.random.default_rng(0))))
    assert by_hand == getattr(files["keras_models"], name)(kerasnb).count_params()


@pytest.mark.parametrize("framework", ["handwritten", "keras_models"])
def test_learns(files, framework):
    """What is timed trains: 404 rows, 20 epochs."""
    workload = dataclasses.replace(files["workloads"].BY_NAME["boston"], epochs=20)
    fit = files[framework].prepare(workload, "kerasnb")
    history = fit()
    losses = [row[0] for row in history] if isinstance(history, list) else history.history["loss"]
    assert len(losses) == 20 and losses[-1] < losses[0] / 3


def test_every_row_is_trained_on_once(files):
    rows = files["handwritten"].padded_rows(np.arange(10), 4)
    assert rows.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, -1, -1]]


def test_table_shows_medians_and_ratios(files):
    results = {
        "boston": {
            "kerasnb": {"seconds": [0.2, 0.1, 0.3]},
            "Keras on JAX": {"seconds": [2.0, 2.0, 9.0]},
        }
    }
    table = files["tables"].table(results)
    assert "| Boston, one fit of 500 epochs | 0.2 s | 2 s (10.00x) |" in table


def test_tables_go_between_the_marks(files, tmp_path):
    tables, page = files["tables"], tmp_path / "page.md"
    page.write_text("before\n{}\nold\n{}\nafter\n".format(*tables.MARKS))
    for text in ("first", "second"):
        tables.put_in(page, text)
    assert page.read_text() == "before\n{}\nsecond\n{}\nafter\n".format(*tables.MARKS)


def test_the_pages_have_the_marks(files):
    root = Path(BENCHMARKS).parent
    for page in (root / "README.md", root / "docs" / "benchmarks.md"):
        assert all(page.read_text().count(mark) == 1 for mark in files["tables"].MARKS)


def test_memory_where_it_was_measured(files):
    results = {
        "boston": {"kerasnb": {"seconds": [1], "memory": 300.4}},
        "mnist_mlp.cold": {"kerasnb": {"seconds": [1], "memory": 0.0}},
    }
    assert files["tables"].memory_table(results).splitlines()[2:] == ["| Boston, one fit of 500 epochs | 300 |"]
