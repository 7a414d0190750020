"""The wheel and the sdist of this checkout, built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from contracts.environments import ROOT, build, registry_or_skip


@pytest.fixture(scope="session")
def sdist(tmp_path_factory) -> Path:
    registry_or_skip()
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "--sdist")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    registry_or_skip()
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "--wheel")
