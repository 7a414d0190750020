"""Lines and branches of the code that reads files from strangers: all of them, or this command fails.

``python tests/coverage_readers.py`` runs the tests that concern it under coverage and prints what they miss;
``--report`` looks at the data of a run that was made before; ``--whole``, what ``make coverage`` asks, also at how many
lines of all of kerasnb that run reached.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LINES = 92  # percent of all lines, at least

# Whole files, also what they write: whoever writes a format knows best what may stand in it.
READERS = """
    core/saving: api checkpoints export_archive file_editor h5_attributes heaps keras_archive lambdas legacy_h5 members
        plain_values regions safetensors sharded weight_tree weights
    core: class_lookup config serialization
    core/callbacks: backup_files
    core/datasets: cifar fashion_mnist source unpickling word_sequences
    core/preprocessing: text
    core/utils: audio_dataset download files image_dataset images text_dataset
    lab: archive notebooks
    learn: copies files published record
    runs: reading store
    : execute
"""
TESTS = """
    core/callbacks/test_backup_files.py core/callbacks/test_going_on.py core/datasets core/layers/test_foreign.py
    core/models/test_copying.py core/preprocessing/test_text.py core/saving core/test_config.py
    core/test_serialization.py core/utils fuzz lab learn runs test_execute.py
""".split()


def readers() -> list[str]:
    """The files, as paths from the repository's root."""
    found, folder = [], ""
    for word in READERS.split():
        if word.endswith(":"):
            folder = word[:-1]
        else:
            found.append("/".join(["kerasnb", *filter(None, folder.split("/")), f"{word}.py"]))
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true", help="run no tests")
    parser.add_argument(
        "--whole", action="store_true", help=f"run no tests; {LINES} % of all lines must be reached too"
    )
    given = parser.parse_args()
    missing = [name for name in readers() if not (ROOT / name).is_file()]
    if missing:
        print(f"There is no {', '.join(missing)}: mend the list in {__file__}.")
        return 2
    coverage = [sys.executable, "-m", "coverage"]
    if not (given.report or given.whole):
        subprocess.run([*coverage, "erase"], cwd=ROOT, check=True)
        chosen = [f"tests/{name}" for name in TESTS]
        marks = "not slow and not network and not browser"
        tests = subprocess.run([*coverage, "run", "-m", "pytest", "-q", "-n0", "-m", marks, *chosen], cwd=ROOT)
        subprocess.run([*coverage, "combine", "-q"], cwd=ROOT, check=True)
        if tests.returncode:
            return tests.returncode
    shown = ["report", "--show-missing", "--skip-covered", "--fail-under=100", f"--include={','.join(readers())}"]
    code = subprocess.run([*coverage, *shown], cwd=ROOT).returncode
    if given.whole:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*coverage, "json", "-q", "-o", f"{folder}/all.json"], cwd=ROOT, check=True)
            totals = json.loads(Path(folder, "all.json").read_text())["totals"]
        lines = 100 * totals["covered_lines"] / totals["num_statements"]
        branches = 100 * totals["covered_branches"] / totals["num_branches"]
        print(f"kerasnb: {lines:.1f} % of the lines, {branches:.1f} % of the branches")
        code = code or int(lines < LINES)
    return code


if __name__ == "__main__":
    sys.exit(main())
