"""What is recorded, read again: tables, single runs, comparisons, pictures, exports."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.runs import card, store
from kerasnb.runs.listing import RunTable


def fill(file, runs, epochs):
    """Made-up runs, straight into the file."""
    connection = store.connect(file)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO configs VALUES ('h', '{}')")
    for run in range(1, runs + 1):
        final = json.dumps({"loss": 1 / run, "val_loss": 2 / run})
        connection.execute(
            "INSERT INTO runs (key, status, started, ended, model, parameters, hash, epochs, final)"
            " VALUES (?, 'finished', ?, ?, 'm', 10, 'h', ?, ?)",
            (str(run), 1e9 + run, 1e9 + run + 5, epochs, final),
        )
        connection.executemany(
            "INSERT INTO epochs VALUES (?, ?, 0.1, ?)",
            ((run, e, json.dumps({"loss": 1 / (e + 1), "val_loss": 2 / (e + 1)})) for e in range(epochs)),
        )
    connection.execute("COMMIT")
    connection.close()


@pytest.mark.parametrize("runs, epochs", [(1000, 100), (10, 10_000)])
def test_a_hundred_thousand_epochs_are_listed_at_once(file, runs, epochs):
    fill(file, runs, epochs)
    keras.runs()  # pandas is loaded
    times = []
    for _ in range(5):
        began = time.perf_counter()
        found = keras.runs()
        times.append(time.perf_counter() - began)
    assert len(found) == runs
    assert min(times) < 0.3, times


def test_no_runs_yet(file):
    assert len(keras.runs()) == 0 and "Every fit is" in repr(keras.runs.table())
    assert "Every fit is" in card.RunsCard(keras.runs.table())._repr_mimebundle_()["text/html"]
    with pytest.raises(ValueError, match="None is recorded yet"):
        keras.runs.get(1)


def test_the_frame_and_the_list(file, monkeypatch):
    fill(file, 3, 2)
    frame = keras.runs()
    assert list(frame.index) == [3, 2, 1] and frame.loc[2, "loss"] == 0.5 and frame.loc[1, "seconds"] == 5
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    rows = keras.runs(limit=2)
    assert isinstance(rows, RunTable) and [r["id"] for r in rows] == [3, 2]
    assert "val_loss" in repr(rows).splitlines()[0]
    assert [r["id"] for r in rows.ordered("loss")] == [3, 2] and [r["id"] for r in rows.ordered("started")] == [3, 2]
    with pytest.raises(ValueError, match="Did you mean"):
        rows.ordered("los")


@pytest.mark.parametrize(
    "asked, said", [(99, "The newest are 3, 2, 1"), ("wide", "no run 'wide'"), (True, "pass a run")]
)
def test_runs_that_are_not_there(file, asked, said):
    fill(file, 3, 1)
    with pytest.raises(ValueError, match=said):
        keras.runs.get(asked)


def test_notes_tags_names_and_deletion(file):
    fill(file, 2, 2)
    run = keras.runs.get(1).note("good <b>one</b>").tag("paper", "best", "paper").rename("n")
    again = keras.runs.get("n")
    assert (again.notes, again.tags, again.id) == (run.notes, ["paper", "best"], 1)
    assert [r["id"] for r in keras.runs.table(tag="best")] == [1]
    again.untag("best")
    assert not keras.runs.table(tag="best")
    again.delete()
    assert [r["id"] for r in keras.runs.table()] == [2]
    with pytest.raises(ValueError, match="pass a text"):
        keras.runs.get(2).note(3)


def test_comparison_says_what_differs(file, fit):
    fit(units=8, epochs=2)
    fit(units=16, epochs=3, rate=0.5)
    comparison = keras.runs.get(1).compare(2)
    found = dict(comparison.differences)
    assert found["model.layers.2 Dense.units"] == ["8", "16"]
    assert found["fit.epochs"] == ["2", "3"]
    assert found["compile.optimizer.learning_rate"] == ["0.01", "0.5"]
    assert not [name for name in found if name.startswith(("data", "versions", "seed"))]
    bundle = comparison._repr_mimebundle_()
    assert "learning_rate" in bundle["text/html"] and "<svg" in bundle["text/html"]
    assert "units" in bundle["text/plain"]
    assert "The same model" in repr(keras.runs.get(1).compare(1))
    assert len(comparison.figure().data) == 4


def test_what_a_user_named_is_escaped(file, fit):
    with keras.runs.named("<script>alert(1)</script>"):
        fit(epochs=1)
    for html in (
        card.RunsCard(keras.runs.table())._repr_mimebundle_()["text/html"],
        keras.runs.get(1).compare(keras.runs.get(1))._repr_mimebundle_()["text/html"],
    ):
        assert "<script>" not in html


def test_rows_know_their_places_by_every_column(file):
    fill(file, 3, 4)
    html = card.runs_html(keras.runs.table())
    assert html.count('role="row"') == 4 and html.count("<svg") == 3
    assert html.count('type="radio"') == 9
    # run 3 has the smallest loss and the largest number
    first = html.split('class="knb-runrow"')[1]
    assert "--o0:0" in first and "--o5:0" in first and "--o8:0" in first
    last = html.split('class="knb-runrow"')[3]
    assert "--o0:2" in last and "--o5:2" in last and "--o8:2" in last


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0], [2.0, 2.0], [1.0, float("inf"), 0.5]])
def test_sparklines_of_odd_curves(values):
    svg = card.sparkline({"loss": values, "val_loss": []})
    assert "nan" not in svg and "inf" not in svg.replace("infinity", "")


def test_tensorboard_files(file, fit, tmp_path):
    fit(epochs=3, validation_split=0.25)
    folder = keras.runs.get(1).to_tensorboard(tmp_path)
    files = {p.parent.name: p.read_bytes() for p in folder.rglob("events.*")}
    assert set(files) == {"train", "validation"}
    assert all(f.count(b"epoch_loss") == 3 and f.count(b"epoch_mae") == 3 for f in files.values())


def test_a_damaged_file_is_told_to_who_reads(file):
    file.parent.mkdir()
    file.write_bytes(b"no database at all " * 300)
    with pytest.raises(ValueError, match="was damaged"):
        keras.runs.table()
    assert len(keras.runs.table()) == 0


def test_a_read_only_folder_can_be_read(file):
    fill(file, 2, 2)
    file.parent.chmod(0o555)
    file.chmod(0o444)
    try:
        assert len(keras.runs.table()) == 2
    finally:
        file.parent.chmod(0o755)
        file.chmod(0o644)


def test_a_newer_file_is_left_alone(file):
    fill(file, 1, 1)
    connection = store.connect(file)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(ValueError, match="newer kerasnb"):
        keras.runs.table()


def test_numbers_of_arrays_survive(file):
    from kerasnb.runs.describe import plain

    assert json.loads(json.dumps(plain({"f1": np.array([0.5, 1.0], "float32")}))) == {"f1": [0.5, 1.0]}
