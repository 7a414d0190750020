"""Cards of ``.keras`` files for the file browser: what a file says, the full card, and files that mean no good."""

from __future__ import annotations

import asyncio
import json
import zipfile

import pytest

import kerasnb as keras
from kerasnb.lab import card_process
from kerasnb.lab.archive import facts
from kerasnb.lab.cards import Cards


@pytest.fixture
def model_file(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dropout(0.5)])
    path = tmp_path / "model.keras"
    model.save(path)
    return path


def packed(path, config, **members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config if isinstance(config, (str, bytes)) else json.dumps(config))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_what_a_file_says(model_file):
    found = facts(model_file)
    assert (found["class"], found["count"], found["keras"]) == ("Sequential", 2, "3.15.1")
    assert found["layers"][1] == {"name": "dense", "class": "Dense", "settings": "units 3, activation relu"}
    assert found["layers"][2]["settings"] == "rate 0.5"
    assert found["file"] == model_file.stat().st_size and found["saved"].startswith("20")


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "not a .keras archive"),
        (b"PK\x03\x04 nonsense", "not a .keras archive"),
    ],
)
def test_no_archive(content, said, tmp_path):
    path = tmp_path / "broken.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        facts(path)


@pytest.mark.parametrize(
    "config, said",
    [
        ("{", "no valid JSON"),
        ("[1]", "describes no model"),
        ("[" * 200_000, "no valid JSON"),
        (" " * (17 * 2**20), "larger than"),
    ],
)
def test_a_configuration_that_is_none(config, said, tmp_path):
    path = packed(tmp_path / "strange.keras", config)
    with pytest.raises(ValueError, match=said):
        facts(path)


def test_values_of_other_kinds_are_left_out(tmp_path):
    layers = [None, 3, {"class_name": ["x"], "config": {"units": {"class_name": {}}, "name": 5}}, {"config": "x"}]
    path = packed(tmp_path / "odd.keras", {"class_name": "Sequential", "config": {"layers": layers}})
    found = facts(path)
    assert found["name"] == "odd" and [row["class"] for row in found["layers"]] == ["", ""]
    assert facts(packed(tmp_path / "bare.keras", {"class_name": "Model"}))["layers"] == []


def test_members_that_leave_the_archive(tmp_path):
    path = packed(tmp_path / "evil.keras", {"class_name": "Sequential"}, **{"../outside": "x"})
    with pytest.raises(ValueError, match="Do not trust this file"):
        facts(path)


def test_the_card_in_a_process_of_its_own(model_file, capfd):
    assert card_process.main.__module__ == "kerasnb.lab.card_process"
    cards = Cards()

    async def both():
        return await cards.of(model_file), await cards.of(model_file)

    first, second = asyncio.run(both())
    assert "knb-card" in first["html"] and "dropout" in first["html"] and second is first


def test_a_card_that_takes_too_long_or_cannot_be(model_file, tmp_path):
    late = asyncio.run(Cards(seconds=0.05).of(model_file))
    assert "not built within" in late["message"]
    layer = {"module": "builtins", "class_name": "Mine", "config": {}, "registered_name": "mine>Mine"}
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    answer = asyncio.run(Cards().of(packed(tmp_path / "own.keras", config)))
    assert "Mine" in answer["message"] and "html" not in answer


def test_names_are_escaped(tmp_path):
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, name="x<img src=x onerror=alert(1)>")], name="<b>"
    )
    path = tmp_path / "named.keras"
    model.save(path)
    assert "<img" not in card_process.html(path) and "&lt;b&gt;" in card_process.html(path)
