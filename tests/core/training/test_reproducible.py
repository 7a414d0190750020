"""One seed, one machine: the same weights to the bit, again and again, in this process, another, and a notebook."""

from __future__ import annotations

from pathlib import Path

import pytest
from core.training.reproducing import PROGRAMS, dense, digest, elsewhere

import kerasnb as keras
from kerasnb import callbacks as C


@pytest.mark.parametrize("name", PROGRAMS)
def test_again_in_one_process(name):
    assert digest(PROGRAMS[name]()) == digest(PROGRAMS[name]())


@pytest.mark.parametrize(
    "changed",
    [
        {"callbacks": [C.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]},
        {"callbacks": [C.LambdaCallback(on_epoch_end=lambda epoch, logs: None)]},
        {"verbose": 2},
        {"rewind": True},
    ],
    ids=["batch callback", "epoch callback", "text", "rewind"],
)
def test_who_watches_changes_nothing(changed):
    assert digest(dense(**changed)) == digest(dense())


def test_another_seed_gives_other_weights(monkeypatch):
    first = digest(dense())
    real = keras.utils.set_random_seed
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: real(seed + 1))
    assert digest(dense()) != first


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_in_other_processes(name):
    wanted = digest(PROGRAMS[name]())
    assert [elsewhere(name, PYTHONHASHSEED=seed) for seed in ("0", "1")] == [wanted, wanted]


@pytest.mark.slow
def test_in_a_notebook():
    """With the live monitor, which has the compiled steps measure gradients too."""
    import nbformat
    from nbclient import NotebookClient

    code = Path(__file__).with_name("reproducing.py").read_text().partition('if __name__ == "__main__":')[0]
    cells = [code, "digest(dense(verbose='auto'))", "digest(images())"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    found = [[o["data"]["text/plain"] for o in c.outputs if o.output_type == "execute_result"] for c in notebook.cells]
    assert found[1:] == [[repr(digest(dense()))], [repr(digest(PROGRAMS["images"]()))]]
