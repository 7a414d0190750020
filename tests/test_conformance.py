"""The conformance corpus: facts recorded from Keras 3, played against kerasnb area by area.

The corpus lies outside the repository: in the folder named by ``KERASNB_CONFORMANCE``, else in
``../shared/conformance``. Without it these tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("KERASNB_CONFORMANCE") or ROOT.parent / "shared" / "conformance")
RUNNER = CORPUS / "run.py"

AREAS = (
    *("layers", "gradients", "preprocessing", "activations", "ops", "losses", "metrics"),
    *("initializers", "regularizers", "constraints", "optimizers", "schedules", "utils", "random"),
    *("backend", "callbacks", "configs", "models", "training", "interop", "errors", "programs"),
    *("applications", "api"),
)

# These play for more than a minute.
SLOW = {
    "layers",
    "ops",
    "gradients",
    "applications",
    "training",
    "programs",
    "optimizers",
    "interop",
}

# Cases that cannot hold on principle, each with its reason.
_WHOLE = "BackupAndRestore brings the whole run back, its history too; Keras begins history and epoch anew."
EXCLUDED: dict[str, dict[str, str]] = {
    "callbacks": {"callbacks/callbacks.BackupAndRestore/1": _WHOLE, "callbacks/callbacks.BackupAndRestore/2": _WHOLE},
    "regularizers": {
        "regularizers/regularizers.OrthogonalRegularizer/3": "Keras gives another number for a NumPy array "
        "than for the same numbers as a tensor where mode='columns'; here both give the tensor's.",
    },
}

# Areas that are not complete yet, and how many of their cases must pass. Raise a number when more
# do, drop the line when all do; no number is ever lowered.
INCOMPLETE: dict[str, int] = {}

pytestmark = pytest.mark.skipif(not RUNNER.is_file(), reason=f"no conformance corpus at {CORPUS}")


def play(area: str, tmp_path: Path) -> list[dict]:
    """The results of one area: dicts with id and error, None where the case passed."""
    out = tmp_path / "results.json"
    command = [sys.executable, str(RUNNER), "--module", "kerasnb", "--area", area]
    command += ["--jobs", "1", "--json", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert out.is_file(), f"the runner stopped:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return json.loads(out.read_text())["results"]


@pytest.mark.parametrize("area", [pytest.param(a, marks=pytest.mark.slow) if a in SLOW else a for a in AREAS])
def test_area(area, tmp_path):
    results = play(area, tmp_path)
    assert results, f"the corpus has no cases in {area}"
    excluded = EXCLUDED.get(area, {})
    counted = [r for r in results if r["id"] not in excluded]
    failures = [r for r in counted if r["error"] is not None]
    passed, wanted = len(counted) - len(failures), INCOMPLETE.get(area, len(counted))
    lines = [f"  {r['id']}: {str(r['error']).splitlines()[0][:150]}" for r in failures[:40]]
    assert passed >= wanted, "\n".join([f"{area}: {passed} pass, {wanted} must", *lines])


def test_excluded_cases_exist():
    """A case that went or was renamed must leave the list too."""
    for area, cases in EXCLUDED.items():
        known = {c["id"] for c in json.loads((CORPUS / "cases" / f"{area}.json").read_text())["cases"]}
        assert set(cases) <= known


def test_areas_are_those_of_the_corpus():
    assert set(AREAS) == {path.stem for path in (CORPUS / "cases").glob("*.json")}
