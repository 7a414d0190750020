"""Losses and metrics against the figures that Keras gives: formulas, arguments, edges, defaults."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.keras_figures import FIGURES, SETTINGS, evaluate, figure
from kerasnb import losses, metrics

REFERENCE = os.environ.get("KERASNB_REFERENCE") or sys.executable


@pytest.mark.parametrize("line", FIGURES)
def test_figures(line):
    assert figure(evaluate(line, losses, metrics)) == pytest.approx(FIGURES[line], rel=3e-4, abs=3e-5)


@pytest.mark.parametrize("line", SETTINGS)
def test_settings(line):
    thing = evaluate(line, losses, metrics)
    found = thing.get_config()
    assert {name: found[name] for name in SETTINGS[line]} == SETTINGS[line]
    if line.startswith("losses."):  # arguments are attributes too
        assert {name: getattr(thing, name) for name in SETTINGS[line]} == SETTINGS[line]
    assert found.get("reduction", "sum_over_batch_size") == "sum_over_batch_size"


def test_functions_have_the_defaults_of_their_classes():
    for line, settings in SETTINGS.items():
        thing = evaluate(line, losses, metrics)
        function = getattr(thing, "fn", None)
        for parameter in inspect.signature(function).parameters.values() if function else ():
            if parameter.default is not parameter.empty and parameter.name in settings:
                assert parameter.default == settings[parameter.name], (line, parameter)


@pytest.mark.slow
def test_the_figures_are_those_of_keras():
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    asked = [REFERENCE, "-c", "import keras; print(keras.__version__)"]
    has_it = subprocess.run(asked, env=environment, capture_output=True, text=True)
    if has_it.returncode or not has_it.stdout.startswith("3."):
        pytest.skip(f"there is no Keras 3 at {REFERENCE} to compare with (KERASNB_REFERENCE)")
    script = Path(__file__).with_name("keras_figures.py")
    done = subprocess.run([REFERENCE, str(script)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout, done.stdout
