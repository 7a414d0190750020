"""What is made of pip-audit's answers: vulnerable, clean, and nobody could be asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def audit():
    """The program beside this file."""
    spec = importlib.util.spec_from_file_location("audit", Path(__file__).with_name("audit.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLEAN = {"name": "jax", "version": "0.10.0", "vulns": []}
BAD = {"name": "pillow", "version": "9.0", "vulns": [{"id": "PYSEC-2022-8", "fix_versions": ["9.0.1"]}]}
UNKNOWN = {"name": "numpy", "skip_reason": "not found on PyPI"}


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ([[CLEAN, UNKNOWN]], 0, "1 distributions asked for, 0 vulnerable; not known to it: numpy"),
        ([[CLEAN, BAD]], 1, "pillow 9.0: PYSEC-2022-8, mended in 9.0.1"),
        ([[UNKNOWN], [BAD]], 1, "pip-audit, osv"),
        ([[UNKNOWN], "no such host"], 0, "NOT AUDITED: no service could be asked.\n  pypi: it knows none"),
        (["gone", "gone"], 0, "osv: gone"),
    ],
)
def test_what_is_said(audit, monkeypatch, capsys, answers, status, said):
    left = iter(answers)
    monkeypatch.setattr(audit, "asked", lambda service: next(left))
    assert audit.main() == status
    assert said in capsys.readouterr().out
