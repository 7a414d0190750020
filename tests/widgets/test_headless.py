"""A notebook executed without a browser: everything that stays in the file shows without a kernel."""

from __future__ import annotations

import numpy as np
import pytest

from kerasnb import execute

CELLS = [
    """
import numpy as np
import kerasnb as keras
x = np.random.default_rng(0).normal(size=(64, 4))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
""",
    "model",
    "model.summary()",
    'history = model.fit(x, x[:, :1], epochs=4, validation_split=0.25, verbose="auto")',
    "history.show()",
    "history.plot()",
    """
def fail(epoch, logs):
    raise RuntimeError("disk full")
try:
    model.fit(x, x[:, :1], callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fail)])
except RuntimeError as error:
    print(error)
""",
    "model.fit(x, x[:, :1], verbose=2); model.fit(x, x[:, :1], verbose=0)",
    "%load_ext kerasnb\n%kerasnb live off\nmodel.fit(x, x[:, :1], epochs=2)\n%kerasnb live on",
    "model.evaluate(x, x[:, :1])",
    "for i in range(10):\n    last = model.fit(x, x[:, :1], epochs=i + 1)",
    "model.fit(x, x[:, :1]);",
]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    path = execute.save(notebook, tmp_path_factory.mktemp("headless") / "all.ipynb")
    return execute.execute(path, asks={"losses": "history.history['loss']"}, timeout=120)


def kinds(done, cell: int) -> list[set[str]]:
    return [set(o.get("data", {"stream": 0})) for o in done.notebook.cells[cell].outputs]


STILL = {"text/html", "text/plain", "image/png"}


def test_no_view_of_a_widget_stays(done):
    found = [kind for i in range(len(CELLS)) for output in kinds(done, i) for kind in output]
    assert "application/vnd.jupyter.widget-view+json" not in found


def test_the_cards(done):
    assert kinds(done, 1) == kinds(done, 2) == [{"text/html", "text/plain"}]


def test_the_still_picture(done):
    assert kinds(done, 3) == [STILL]
    html = done.notebook.cells[3].outputs[0].data["text/html"]
    for loss in (done.answers["losses"][0], done.answers["losses"][-1]):
        assert f"{loss:.4f}" in html
    assert done.notebook.cells[4].outputs[0].data["text/html"] == html  # history.show()


def test_the_plot_has_a_still_picture_too(done):
    (output,) = kinds(done, 5)
    assert output == {"application/vnd.plotly.v1+json", "text/html", "text/plain"}


def test_a_fit_that_failed(done):
    assert STILL in kinds(done, 6)
    shown = "".join(str(o) for o in done.notebook.cells[6].outputs)
    assert "ended by an error" in shown and "disk full" in shown


def test_text_where_asked_for(done):
    lines = done.notebook.cells[7].outputs[0].text.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Epoch 1/1")
    text = "".join(o.get("text", "") for o in done.notebook.cells[8].outputs)
    assert "live view off" in text and "Epoch 2/2" in text


def test_evaluate_is_a_line_of_text(done):
    (printed, result) = done.notebook.cells[9].outputs
    assert printed.name == "stdout" and printed.text.count("\n") == 1 and "loss" in printed.text
    assert set(result.data) == {"text/plain"}


def test_many_fits_in_a_cell_show_the_first_and_the_last(done):
    assert kinds(done, 10) == [STILL] * 6
    shown = [o.data["text/plain"].split(" · ")[1].strip() for o in done.notebook.cells[10].outputs]
    counts = [text.split("\n")[0].split(",") for text in shown]  # the same model: one axis goes on over all of them
    assert [count[0] for count in counts] == [f"{n} epoch{'s' if n > 1 else ''}" for n in (1, 2, 3, 4, 5, 10)]
    begun = [int(count[1].split()[2]) for count in counts]
    assert np.diff(begun).tolist() == [1, 2, 3, 4, 5 + 6 + 7 + 8 + 9]
    assert kinds(done, 11) == [STILL]  # the next cell begins anew


def test_it_is_small(done, tmp_path):
    path = execute.save(done.notebook, tmp_path / "all.ipynb")
    assert path.stat().st_size < 1_000_000
