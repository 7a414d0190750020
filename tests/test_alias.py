"""Programs that import Keras get kerasnb: each in a fresh interpreter, as `kerasnb run` has it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kerasnb import alias

BEGIN = "import warnings; warnings.simplefilter('error'); import kerasnb\nkerasnb.install_as_keras()\n"


def output_of(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "program",
    [
        "import keras; print(keras is kerasnb)",
        "import keras.models; print(keras.models is kerasnb.models)",
        "from keras import models; print(models is kerasnb.models)",
        "import keras.models as m; print(m is kerasnb.models)",
        "from tensorflow import keras; print(keras is kerasnb)",
        "import tensorflow as tf; print(tf.keras.models is kerasnb.models)",
        "from tensorflow.keras import models; print(models is kerasnb.models)",
        "from tensorflow.keras.models import Sequential; print(Sequential is kerasnb.Sequential)",
        "kerasnb.install_as_keras(); import keras; print(keras is kerasnb)",
        "import keras, importlib; print(importlib.reload(keras).__spec__.name == 'kerasnb')",
    ],
)
def test_names_mean_kerasnb(program):
    assert output_of(program) == "True"


@pytest.mark.parametrize(
    "program, hint",
    [
        ("import keras.src.layers", "Private modules such as keras.src"),
        ("import keras.modles", "has no 'kerasnb.modles'"),
        ("import tensorflow as tf; tf.cast(1, 'int32')", "keras.ops.cast"),
    ],
)
def test_what_is_not_there_is_explained(program, hint):
    if alias.importlib.machinery.PathFinder.find_spec("tensorflow") and "tensorflow" in program:
        pytest.skip("TensorFlow is installed")
    lines = f"try:\n    {program}\nexcept (ImportError, AttributeError) as error:\n    print(error)"
    assert hint in output_of(lines.replace("; ", "\n    "))


def test_too_late_is_said():
    program = (
        "import sys, types; sys.modules['keras'] = types.ModuleType('keras'); import kerasnb\n"
        "try: kerasnb.install_as_keras()\nexcept RuntimeError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "restart the kernel" in done.stdout
