"""The ground of a session: CPU, its own home, data if there is any, a browser or a clear no."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest

# The first example of a test may compile; how long that takes says nothing. The same examples on every run, so that
# a merge never fails by lot; new ones are looked for on purpose: make test ARGS=--hypothesis-profile=explore
hypothesis.settings.register_profile("kerasnb", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("kerasnb")

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports jax or kerasnb.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
_HOME = tempfile.mkdtemp(prefix="kerasnb-tests-")
os.environ["KERAS_HOME"] = _HOME
os.environ["KERASNB_RUNS"] = os.path.join(_HOME, "runs.db")
os.environ["IPYTHONDIR"] = os.path.join(_HOME, "ipython")
os.environ["JUPYTER_PLATFORM_DIRS"] = "1"
_DATA = ROOT.parent / "shared" / "data"
if _DATA.is_dir():
    os.environ.setdefault("KERASNB_DATA", str(_DATA))

# A shell that starts its jobs in the background has them ignore interrupts; tests send some.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The system's Chromium, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def no_browser() -> str | None:
    """Why the tests in a real browser cannot run here; None if they can."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed (pip install 'kerasnb[browser]')"
    return None if find_chromium() else "there is no Chromium here (on Debian: apt install chromium)"


def pytest_sessionfinish():
    """Keep what coverage has seen in a worker: one that takes more than ten seconds to end is killed."""
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if worker and "coverage" in sys.modules and (measured := sys.modules["coverage"].Coverage.current()) is not None:
        measured.save()


def pytest_collection_modifyitems(items):
    browser = [item for item in items if item.get_closest_marker("browser")]
    reason = no_browser() if browser else None
    for item in browser:
        # JupyterLab, its kernel and a browser fill a machine: one such test at a time
        item.add_marker(pytest.mark.xdist_group("browser"))
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_unconfigure(config):
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def fresh_names_and_seed():
    """No test depends on which ran before it in the same process: names count from the start, seeds are set."""
    if "kerasnb.core.naming" in sys.modules:
        import kerasnb

        kerasnb.utils.clear_session(free_memory=False)
        kerasnb.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    path = find_chromium()
    if path is None:
        pytest.skip("there is no Chromium here")
    return path


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Ready data sets; tests that need real ones are skipped without."""
    folder = os.environ.get("KERASNB_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("KERASNB_DATA names no folder with data sets")
    return Path(folder)
