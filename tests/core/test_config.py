"""keras.json: what it may say, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb.core import config

BEFORE = ("float32", 1e-7, "channels_last")
DEEP = "[" * 100_000

FILES = [
    ("{}", BEFORE),
    ('{"floatx": "float64", "epsilon": 1e-5, "image_data_format": "channels_first"}', (
        "float64", 1e-5, "channels_first",
    )),
    ('{"epsilon": "1e-4", "backend": "tensorflow"}', ("float32", 1e-4, "channels_last")),
    # damaged, or of the wrong kinds: whatever is there is not used
    ("", BEFORE),
    ("not JSON", BEFORE),
    ("[1, 2]", BEFORE),
    (DEEP, BEFORE),
    ('{"epsilon": null}', BEFORE),
    ('{"epsilon": "small"}', BEFORE),
    (f'{{"epsilon": {10**400}}}', BEFORE),
    ('{"epsilon": NaN}', BEFORE),
    ('{"epsilon": Infinity}', BEFORE),
    ('{"epsilon": -1e-7}', BEFORE),
    ('{"epsilon": 0}', BEFORE),
    ('{"floatx": "float128", "image_data_format": "sideways"}', BEFORE),
    ('{"floatx": ["float64"], "image_data_format": {"a": 1}}', BEFORE),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", FILES, ids=range(len(FILES)))
def test_settings_file(text, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(config, "_settings", {**config._settings, **dict(zip(("floatx", "epsilon"), BEFORE))})
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    config._read_settings_file()  # no file at all
    assert (config.floatx(), config.epsilon(), config.image_data_format()) == BEFORE
    (tmp_path / "keras.json").write_text(text)
    config._read_settings_file()
    assert (config.floatx(), config.epsilon(), config.image_data_format()) == expected


class Named:
    """A type that tells its name as an attribute, as NumPy's and Arrow's do."""

    def __init__(self, name):
        self.name = name


class Torch:
    """A dtype that only its text tells, as PyTorch's."""

    def __str__(self):
        return "torch.float16"


@pytest.mark.parametrize(
    "dtype, expected",
    [
        (None, "float32"), (int, "int32"), (bool, "bool"), ("half", "float16"), (np.dtype("int64"), "int64"),
        (Named("uint8"), "uint8"), (np.float64, "float64"), (Torch(), "float16"),
    ],
)  # fmt: skip
def test_names_of_dtypes(dtype, expected):
    assert config.standardize_dtype(dtype) == expected


def test_unknown_names():
    import jax.numpy as jnp

    assert config.standardize_dtype(jnp.bfloat16) == "bfloat16"
    with pytest.raises(ValueError, match=r"'flaot32'.*Did you mean 'float32'"):
        config.standardize_dtype("flaot32")
    with pytest.raises(ValueError, match="set_floatx"):
        config.set_floatx("int32")
    with pytest.raises(ValueError, match="data_format='middle'"):
        config.standardize_data_format("middle")


def test_settings_are_set_and_got(monkeypatch):
    monkeypatch.setattr(config, "_settings", dict(config._settings))
    keras.config.set_floatx("float64")
    keras.config.set_epsilon(1e-3)
    keras.config.set_image_data_format("channels_first")
    assert (keras.config.floatx(), keras.config.epsilon()) == ("float64", 1e-3)
    assert config.standardize_data_format(None) == "channels_first"
    assert config.is_float_dtype("bfloat16") and not config.is_int_dtype("bfloat16")
    assert config.is_int_dtype("uint8") and not config.is_float_dtype("uint8")
    keras.config.set_max_epochs(3)
    assert [config.bounded(n, "max_epochs") for n in (None, 2, 5)] == [3, 2, 3]
    assert config.bounded(7, "max_steps_per_epoch") == 7
