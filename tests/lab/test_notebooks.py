"""Notebooks that a click opens: a kernel's name out of a file that may be anything."""

from __future__ import annotations

import json

import pytest

from kerasnb.lab import archive, notebooks


@pytest.mark.parametrize(
    "text, expected",
    [
        ('{"metadata": {"kernelspec": {"name": "python3"}}}', "python3"),
        ('{"metadata": {"kernelspec": {"name": 5}}}', None),
        ('{"metadata": {}}', None),
        ("[]", None),
        ("{", None),
        ("", None),
        ("[" * 100_000, None),
        (b"\xff\xfe", None),
    ],
    ids=range(8),
)
def test_the_kernel_of_a_file(text, expected, tmp_path):
    path = tmp_path / "n.ipynb"
    assert notebooks.kernel_of(path) is None
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert notebooks.kernel_of(path) == expected


def test_copies_keep_what_is_there(tmp_path):
    kernel = {"name": "mine", "display_name": "Mine", "language": "python"}
    path = notebooks.place("playground", None, tmp_path, kernel=kernel)
    assert notebooks.kernel_of(path) == "mine"
    path.write_text("somebody's work")
    assert notebooks.place("playground", None, tmp_path).read_text() == "somebody's work"
    (tmp_path / "quickstart.ipynb").write_text("{}")
    assert notebooks.place("quickstart", None, tmp_path) == tmp_path / "quickstart.ipynb"
    made = notebooks.place("tutorial", 1, tmp_path, kernel=kernel)
    assert notebooks.kernel_of(made) == "mine"
    assert notebooks.place("tutorial", 1, tmp_path, kernel={**kernel, "name": "other"}) == made
    assert notebooks.kernel_of(made) == "mine"
    with pytest.raises(ValueError, match="kind must be one of"):
        notebooks.place("novel", None, tmp_path)


def test_who_wrote_an_archive_is_nested_too_deeply(tmp_path):
    import zipfile

    path = tmp_path / "m.keras"
    layers = [
        {"class_name": "Conv2D", "config": {"kernel_size": [3, 3, 1, 1, 9], "activation": {"class_name": "relu"}}}
    ]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": layers}}))
    assert archive.facts(path)["layers"][0]["settings"] == "kernel_size 3×3×1×1, activation relu"
    for text, words in (("[" * 60_000, "nested too deeply"), ("[1]", None), ("{", None), (" " * 70_000, None)):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("config.json", json.dumps({"class_name": "Sequential", "config": 5}))
            file.writestr("metadata.json", text)
        if words:
            with pytest.raises(ValueError, match=words):
                archive.facts(path)
        else:
            assert archive.facts(path)["keras"] == ""
