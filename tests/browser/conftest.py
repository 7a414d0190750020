"""One JupyterLab and one Chromium for all tests of this folder, and a page for each."""

from __future__ import annotations

import pytest
from browser.lab import CHROMIUM_ARGUMENTS, Lab, Notebook


@pytest.fixture(scope="session")
def lab(tmp_path_factory, chromium):
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def page(browser):
    """A page whose errors fail the test."""
    opened = browser.new_page(viewport={"width": 1200, "height": 1000})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def notebook(page, lab):
    """``notebook(name, cells)``: written to the disk and open in the page."""

    def make(name: str, cells: list[str]) -> Notebook:
        lab.write(name, cells)
        return Notebook(page, lab, name).open()

    return make
