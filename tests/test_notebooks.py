"""Every notebook runs in a fresh kernel, and is stored without outputs."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import nbformat
import pytest
from contracts.notebook_figures import FIGURES
from contracts.notebooks import EXAMPLES, NOTEBOOKS, ROOT, TUTORIALS, each_twice, solutions, with_solutions

from kerasnb import execute
from kerasnb.learn.exercise import exercises_of
from kerasnb.learn.series import SERIES, colab_address

names = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def test_there_is_a_quickstart():
    assert "quickstart" in [path.stem for path in NOTEBOOKS]


@names
def test_is_stored_without_outputs(path):
    check = [sys.executable, str(ROOT / ".ci" / "strip_notebooks.py"), "--check", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@names
def test_is_valid_and_its_cells_have_ids(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(stored)
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(set(ids)) == len(ids)


def headings(path) -> set[str]:
    """What links inside a notebook may point to."""
    cells = nbformat.read(path, as_version=4).cells
    lines = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return {line.lstrip("# ").strip().replace(" ", "-") for line in lines if line.startswith("#")}


@names
def test_links_lead_somewhere(path):
    text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://colab.research.google.com/github/"):
            expected = colab_address(path.parent.name, path.stem)
            assert target == expected, "the address is made of kerasnb.learn.series.REPOSITORY"
        elif target.startswith("#"):
            assert target[1:] in headings(path), target
        elif "://" not in target:
            assert (path.parent / target.partition("#")[0]).is_file(), target
        else:
            assert target.startswith("https://"), target


def test_the_series_is_whole():
    assert [path.stem for path in TUTORIALS] == [tutorial.name for tutorial in SERIES]
    assert [tutorial.number for tutorial in SERIES] == list(range(len(SERIES)))


@pytest.mark.parametrize("tutorial", SERIES, ids=lambda t: t.name)
def test_a_tutorial_has_its_parts(tutorial):
    notebook = nbformat.read(ROOT / "tutorials" / f"{tutorial.name}.ipynb", as_version=4)
    cells = notebook.cells
    first, install = cells[0], cells[1]
    assert first.source.startswith(f"# {tutorial.title}\n") and tutorial.colab in first.source
    assert f"*{tutorial.minutes} minutes." in first.source
    assert "%pip install -q kerasnb" in install.source
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert any("## In short" in text and "**Next:**" in text for text in texts)
    # each exercise: asked with an open answer, and right behind it the folded solution
    keys = list(exercises_of(tutorial.number))
    assert list(solutions(notebook)) == keys
    for key in keys:
        at = next(i for i, cell in enumerate(cells) if cell.id == f"exercise-{key.replace('.', '-')}")
        assert f'learn.check("{key}"' in cells[at].source and "..." in cells[at].source
        assert f"Solution {key}</summary>" in cells[at + 1].source


def test_figures_are_of_notebooks_that_exist():
    assert set(FIGURES) <= {path.stem for path in NOTEBOOKS}
    assert {tutorial.name for tutorial in SERIES} | {path.stem for path in EXAMPLES} <= set(FIGURES)


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_tutorial(path, data_folder, tmp_path, monkeypatch):
    """Runs fast, with its solutions, and leaves what needs no kernel; its figures can be computed."""
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    prepared = execute.save(with_solutions(nbformat.read(path, as_version=4)), tmp_path / path.name)
    asks = {str(i): figure.expression for i, figure in enumerate(FIGURES[path.stem])}
    done = execute.execute(prepared, asks=asks, timeout=240, folder=tmp_path)
    assert all(value is not None for value in done.answers.values()), done.answers
    assert not outputs(done.notebook, "application/vnd.jupyter.widget-view+json")
    tutorial = next(t for t in SERIES if t.name == path.stem)
    count = len(exercises_of(tutorial.number))
    assert f"{count} of {count} ✓" in outputs(done.notebook, "text/plain")[-1]


@pytest.mark.slow
def test_tutorial_cells_run_twice(data_folder, tmp_path, monkeypatch):
    """Every cell of the first tutorials may be run twice in a row."""
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    for path in TUTORIALS[:2]:
        notebook = each_twice(nbformat.read(path, as_version=4))
        execute.execute(execute.save(notebook, tmp_path / path.name), timeout=240, folder=tmp_path)


NEEDS = {  # without data and network: the data cell at which a tutorial stops; None where a smaller set stands in
    "00_front_page": None,
    "01_basic_classification": None,
    "02_text_classification": "The data: words as numbers",
    "03_basic_regression": "Cars: Auto MPG",
    "04_overfit_and_underfit": "The reviews",
    "05_save_and_restore": None,
    "06_convolutional_networks": None,
    "07_recurrent_networks": "The data",
    "08_functional_api": None,
    "09_custom_training": None,
}


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_tutorial_without_data_and_network(path, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    no_network(monkeypatch)
    if NEEDS[path.stem] is None:
        done = execute.execute(path, timeout=240, folder=tmp_path)
        assert "cannot be downloaded" in "".join(outputs(done.notebook, "text/html"))
    else:
        with pytest.raises(execute.CellFailed, match="Without network: fetch") as failure:
            execute.execute(path, timeout=240, folder=tmp_path)
        assert failure.value.title == NEEDS[path.stem]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_begins_with_badge_and_install(path):
    first, install = nbformat.read(path, as_version=4).cells[:2]
    assert first.source.startswith("# ") and colab_address("notebooks", path.stem) in first.source
    assert install.id == "install" and "%pip install -q kerasnb" in install.source


STOPS = {  # without data and network: the data cell at which an example stops; the others need neither
    "advanced_memory_network": "The stories",
    "advanced_text_generation": "The books",
    "example_forecasting": "Ten years of cold nights",
    "example_photographs": "The photographs",
    "example_transformer": "The data",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example(path, request, tmp_path, monkeypatch):
    """Runs fast, every cell twice, and leaves what needs no kernel; without data and network where it can."""
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNB_RUNS", str(tmp_path / "runs.sqlite"))
    if path.stem in STOPS:
        request.getfixturevalue("data_folder")
    else:
        monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
        no_network(monkeypatch)
    notebook = each_twice(nbformat.read(path, as_version=4))
    installed = max(i for i, cell in enumerate(notebook.cells) if cell.id.startswith("install"))
    hurry = nbformat.v4.new_code_cell("from kerasnb import learn", id="hurry")  # what makes training short
    notebook.cells.insert(installed + 1, hurry)
    prepared = execute.save(notebook, tmp_path / path.name)
    asks = {str(i): figure.expression for i, figure in enumerate(FIGURES[path.stem])}
    done = execute.execute(prepared, asks=asks, timeout=240, folder=tmp_path)
    assert all(value is not None for value in done.answers.values()), done.answers
    assert not outputs(done.notebook, "application/vnd.jupyter.widget-view+json")


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem in STOPS], ids=lambda p: p.stem)
def test_example_without_data_and_network(path, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    no_network(monkeypatch)
    with pytest.raises(execute.CellFailed, match="Without network: fetch") as failure:
        execute.execute(path, timeout=240, folder=tmp_path)
    assert failure.value.title == STOPS[path.stem]


def no_network(monkeypatch) -> None:
    """No address answers on port 9."""
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


def outputs(notebook, mime: str) -> list[str]:
    """All outputs of one mime type."""
    return [
        "".join(output["data"][mime])
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if mime in output.get("data", {})
    ]


@pytest.mark.parametrize("data", ["MNIST", "digits"])
def test_quickstart(data, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_FAST", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    if data == "digits":  # neither data nor a network
        monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
        no_network(monkeypatch)
    else:
        pytest.importorskip("kerasnb")
        folder = ROOT.parent / "shared" / "data"
        if not (folder / "mnist.npz").is_file():
            pytest.skip("MNIST does not lie beside this checkout")
        monkeypatch.setenv("KERASNB_DATA", str(folder))

    asks = {
        "data": "data_name",
        "scores": "{k: float(v) for k, v in scores.items()}",
        "parameters": "model.count_params()",
        "epochs": "len(history.epoch)",
    }
    done = execute.execute(ROOT / "notebooks" / "quickstart.ipynb", asks=asks, timeout=240, folder=tmp_path)

    assert done.answers["data"].startswith(data)
    assert done.answers["epochs"] == 2
    assert done.answers["parameters"] == {"MNIST": 235_146, "digits": 50_826}[data]
    assert done.answers["scores"]["accuracy"] > {"MNIST": 0.94, "digits": 0.5}[data]
    assert not [o for c in done.notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    # What stays in the file needs no kernel: pictures, and no view of a widget that is gone.
    assert not outputs(done.notebook, "application/vnd.jupyter.widget-view+json")
    assert any("<svg" in html or "<img" in html for html in outputs(done.notebook, "text/html"))

    page = execute.save_html(done.notebook, tmp_path / "quickstart.html").read_text()
    assert 'src="http' not in page and 'href="http' not in page.replace('href="https://www.w3', "")


def test_a_failing_cell_is_named(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("## Divide"),
        nbformat.v4.new_code_cell("print(1)\n1 / 0"),
    ]
    path = execute.save(nbformat.v4.new_notebook(cells=cells), tmp_path / "bad.ipynb")
    with pytest.raises(execute.CellFailed, match=r"'Divide': ZeroDivisionError") as failure:
        execute.execute(path)
    assert failure.value.notebook.cells[1].outputs[0].text == "1\n"


def test_answers(tmp_path):
    path = tmp_path / "ask.ipynb"
    execute.save(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = [1, 'x']")]), path)
    seen = []
    done = execute.execute(path, asks={"a": "a", "none": "b"}, on_start=lambda *row: seen.append(row))
    assert done.answers == {"a": [1, "x"], "none": None}
    assert seen == [(1, 1, "a = [1, 'x']")]
    assert json.loads(path.read_text())["cells"][0]["outputs"] == []


def test_titles_are_headings_and_not_comments_of_programs():
    cells = [
        nbformat.v4.new_markdown_cell("## Look\n\n```python\n# a comment\n```"),
        nbformat.v4.new_code_cell("1"),
        nbformat.v4.new_markdown_cell("```python\n# a comment\n```"),
        nbformat.v4.new_code_cell("# begin\n2"),
    ]
    assert execute.cell_titles(nbformat.v4.new_notebook(cells=cells)) == {1: "Look", 3: "# begin"}
