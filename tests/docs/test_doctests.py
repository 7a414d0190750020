"""The examples in the docstrings of all public objects, and those of the reference, give what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import sys

import pytest
from sitebuild import described, names

import kerasnb

NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]?\d+)?|-?\d+e[+-]?\d+")


class Closely(doctest.OutputChecker):
    """Numbers need only agree to three digits: the last ones differ between machines."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Whether an output is as it should be."""
        if super().check_output(want, got, optionflags):
            return True
        if " ".join(NUMBER.sub("#", want).split()) != " ".join(NUMBER.sub("#", got).split()):
            return False
        wanted, given = (list(map(float, NUMBER.findall(text))) for text in (want, got))
        return wanted == pytest.approx(given, rel=2e-3, abs=1e-6)


def groups() -> dict[str, list[names.Entry]]:
    """Public objects with examples, by group."""
    found: dict[str, list[names.Entry]] = {}
    for entry in names.entries():
        if ">>>" in (inspect.getdoc(entry.value) or ""):
            found.setdefault(entry.group, []).append(entry)
    return found


def run(tests: list[doctest.DocTest]) -> None:
    """Run them; the first report of each that fails."""
    runner = doctest.DocTestRunner(Closely(), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    said: list[str] = []
    for test in tests:
        kerasnb.utils.set_random_seed(0)
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


@pytest.mark.slow  # many small programs to compile
@pytest.mark.parametrize("group", sorted(groups()))
def test_docstrings(group, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = []
    for entry in groups()[group]:
        value = inspect.unwrap(entry.value) if not inspect.isclass(entry.value) else entry.value
        module = sys.modules.get(value.__module__) or importlib.import_module(value.__module__)
        space = {**vars(module), "keras": kerasnb, "kerasnb": kerasnb}
        tests += [t for t in finder.find(value, entry.short, module=module, globs=space) if t.examples]
    assert tests
    run(tests)


@pytest.mark.slow
def test_examples_of_the_reference():
    parser = doctest.DocTestParser()
    space = {"keras": kerasnb, "ops": kerasnb.ops}
    table = described.examples()
    assert table
    run([parser.get_doctest(text, dict(space), name, None, None) for name, text in table.items()])


def test_a_wrong_number_is_found():
    closely = Closely()
    assert closely.check_output("[1.0001, 2.0]\n", "[1.0002, 2.0]\n", 0)
    assert not closely.check_output("[1.1, 2.0]\n", "[1.2, 2.0]\n", 0)
    assert not closely.check_output("(2, 3)\n", "(2, 4)\n", 0)
