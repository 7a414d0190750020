"""Exercises: wrong answers get the hint that fits, solutions pass, whatever the notebook computed before."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
from contracts.exercise_cases import GIVEN, WRONG
from contracts.notebooks import solutions

import kerasnb as keras
from kerasnb import learn
from kerasnb.learn.exercise import exercises_of, find
from kerasnb.learn.series import SERIES

TUTORIALS = Path(__file__).resolve().parents[2] / "tutorials"
IDS = [key for tutorial in SERIES for key in exercises_of(tutorial.number)]


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """What is done here does not count for anybody."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_every_exercise_has_wrong_answers():
    assert set(WRONG) == set(IDS)
    assert all(4 <= len(exercises_of(tutorial.number)) <= 6 for tutorial in SERIES)


@pytest.mark.parametrize("key", IDS)
def test_wrong_answers_get_their_hints(key):
    for make, words, *given in WRONG[key]:
        verdict = learn.check(key, make(), **(given[0]() if given else {}))
        assert verdict.right is False and not verdict
        assert words in verdict.hint, (words, verdict.hint)
        assert "\n" not in verdict.hint and "  " not in verdict.hint


@pytest.mark.parametrize("key", IDS)
def test_no_answer_yet(key):
    verdict = learn.check(key, ...)
    assert verdict.right is None and not verdict and "three dots" in verdict.hint
    assert learn.check(key).right is None


def definitions(path: Path) -> str:
    """The imports, functions and classes of a notebook, and its small constants; nothing that computes."""
    kept = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code" or cell.id.startswith("exercise"):
            continue
        for node in ast.parse(cell.source.replace("%pip", "# %pip")).body:
            is_import = isinstance(node, (ast.Import, ast.ImportFrom))
            if is_import or isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                kept.append(ast.unparse(node))
    return "import kerasnb as keras\n" + "\n".join(kept)


@pytest.mark.parametrize("tutorial", SERIES, ids=lambda t: t.name)
def test_solutions_pass(tutorial, tmp_path):
    path = TUTORIALS / f"{tutorial.name}.ipynb"
    found = solutions(nbformat.read(path, as_version=4))
    assert list(found) == list(exercises_of(tutorial.number))
    for key, program in found.items():
        names: dict = {"__name__": "__main__"}
        exec(definitions(path), names)
        exec(GIVEN.get(key, ""), names)
        *body, last = ast.parse(program).body
        assert isinstance(last, ast.Expr), f"the solution of {key} must end in learn.check(...)"
        keep = ast.Assign([ast.Name("verdict", ast.Store())], last.value)
        exec(compile(ast.fix_missing_locations(ast.Module([*body, keep], [])), key, "exec"), names)
        verdict = names["verdict"]
        assert verdict.right is True, f"{key}: {verdict}"
        assert verdict.exercise.id == key and verdict.exercise.praise in repr(verdict)


@pytest.mark.parametrize(
    "asked, near", [("0.1", "00.1"), ("00.12", "00.1"), ("3.2", "03.2"), ("99.1", ""), (1, ""), (None, "")]
)
def test_unknown_ids_name_the_nearest(asked, near):
    with pytest.raises(ValueError, match="there is no exercise") as error:
        find(asked)
    assert near in str(error.value)


def test_cards_are_escaped_and_have_a_text_twin():
    verdict = learn.check("01.1", "<script>alert(1)</script>")
    page = verdict._repr_mimebundle_()
    assert "<script>" not in page["text/html"]
    assert page["text/plain"] == repr(verdict) and "class_names[7]" in page["text/html"]
    harmful = learn.check("00.1", lambda images: (_ for _ in ()).throw(ValueError("<img src=x>")))
    assert "<img" not in harmful.html() and "&lt;img" in harmful.html() and "<img src=x>" in repr(harmful)


def test_answers_leave_what_they_are_given_as_it_was():
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, "softmax")])
    before = [w.copy() for w in model.get_weights()]
    learn.check("00.5", model)
    assert all((a == b).all() for a, b in zip(before, model.get_weights()))
