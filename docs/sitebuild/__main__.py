"""Build the site: ``make docs``.

    PYTHONPATH=docs python -m sitebuild [--fast] [--no-notebooks] [--fresh]

Pages go to out/site/html. The exit status is 1 if a page gives a warning, a link leads nowhere, something would be
fetched from a network, or a notebook fails.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time

from .links import faults
from .places import DOCS, HTML, OUT, SOURCE
from .stage import stage


def main(argv: list[str] | None = None) -> int:
    """Stage, build, look over; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="sitebuild", description="Build the documentation site.")
    parser.add_argument("--fast", action="store_true", help="notebooks on few rows and epochs")
    parser.add_argument("--no-notebooks", action="store_true", help="notebooks as they are stored, without outputs")
    parser.add_argument("--fresh", action="store_true", help="forget executed notebooks and built pages")
    arguments = parser.parse_args(argv)
    begin = time.perf_counter()
    if arguments.fresh:
        shutil.rmtree(OUT, ignore_errors=True)
    print("notebooks, pages, reference")
    failed = stage("none" if arguments.no_notebooks else "fast" if arguments.fast else "whole")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "--keep-going", "-j", "auto"]
    command += ["-c", str(DOCS), "-d", str(OUT / "doctrees"), str(SOURCE), str(HTML)]
    path = os.pathsep.join(filter(None, [str(DOCS), os.environ.get("PYTHONPATH")]))
    print("Sphinx")
    code = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": path}).returncode
    wrong = faults(HTML) if HTML.is_dir() else []
    for line in [*failed, *wrong]:
        print(f"WRONG  {line}", file=sys.stderr)
    pages = len(list(HTML.rglob("*.html")))
    print(f"{pages} pages in {time.perf_counter() - begin:.0f} s: {HTML / 'index.html'}")
    return int(bool(code or failed or wrong))


if __name__ == "__main__":
    sys.exit(main())
