"""The reference is whole: a page for every public name, that says what it computes and what its arguments are."""

from __future__ import annotations

import inspect
import json

import pytest
from sitebuild import described, names, reference
from sitebuild.docstrings import docstring, parse
from sitebuild.places import DOCS


@pytest.fixture(scope="module")
def entries():
    return names.entries()


def test_every_name_of_keras_that_is_here_has_a_page():
    """The list comes from Keras, not from this package."""
    pages = names.by_name()
    known = json.loads((DOCS / "keras_names.json").read_text())["names"]
    missing = []
    for namespace, listed in known.items():
        for name in listed:
            path = f"{namespace}.{name}".replace("keras.", "kerasnb.", 1)
            try:
                value = names.resolve(path)
            except AttributeError:
                continue  # docs/api_coverage.md says which
            if not inspect.ismodule(value) and callable(value) and path not in pages:
                missing.append(path)
    assert not missing


def test_pages_are_files_of_their_own(entries):
    files = [entry.page.lower() for entry in entries]
    assert len(set(files)) == len(files)
    assert all(not file.endswith("/index") for file in files)


def test_every_object_says_what_it_computes(entries):
    assert not [entry.name for entry in entries if len(parse(docstring(entry.value)).first) < 6]


def test_every_argument_is_described(entries):
    missing = {
        entry.name: lacking
        for entry in entries
        if callable(entry.value)
        and (lacking := [n for n, text in described.arguments(entry.value, entry).items() if not text])
    }
    assert not missing


def test_documented_arguments_are_in_signatures(entries):
    """Of functions without ``**kwargs``: a description of an argument that is gone is found."""
    from sitebuild.signatures import parameters, signature

    stale = {}
    for entry in entries:
        found = signature(entry.value) if callable(entry.value) else None
        if found is None or any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in found.parameters.values()):
            continue
        extra = set(parse(docstring(entry.value)).described()) - set(parameters(entry.value)) - {"and"}
        if extra:
            stale[entry.name] = extra
    assert not stale


def test_a_page_has_its_parts():
    text = reference.page(names.by_name()["layers.Conv2D"])
    for part in (".. py:class:: kerasnb.layers.Conv2D(filters, kernel_size", "``filters``", ">>>", "Convolution2D"):
        assert part in text
    assert ".. py:function:: kerasnb.ops.cumsum(x, axis=None, dtype=None)" in reference.page(
        names.by_name()["ops.cumsum"]
    )


def test_groups_list_every_name(entries):
    for group in names.GROUPS:
        text = reference.group_index(group)
        for entry in entries:
            if entry.group == group:
                assert f"<{entry.name}>`" in text
    index = reference.index()
    assert all(f"{entry.group}/index" in index for entry in entries)


def test_tables_of_descriptions_name_what_is_there():
    known = {*names.GROUPS, "any", *names.by_name()}
    assert set(described.glossary()) <= known
    assert set(described.examples()) <= set(names.by_name())
