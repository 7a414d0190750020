"""%kerasnb in a real IPython shell: cells go in, printed text comes out."""

from __future__ import annotations

import pytest

from kerasnb import magic


@pytest.fixture(scope="module")
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    # the extension as a person loads it: what the package itself offers
    shell.run_cell("%load_ext kerasnb").raise_error()
    yield shell
    shell.run_cell("%unload_ext kerasnb")
    # else IPython would close its history in a finalizer, after the tests
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_info_names_versions_and_devices(shell, capsys):
    shell.run_cell("%kerasnb info").raise_error()
    out = capsys.readouterr().out
    for word in ("kerasnb", "jax", "device", "cpu", "memory", "data sets", "programs", "runs", "live view", "theme"):
        assert word in out


def test_live_switches(shell, capsys):
    before = magic.live_state()
    try:
        for word in ("on", "off"):
            shell.run_cell(f"%kerasnb live {word}").raise_error()
            assert capsys.readouterr().out == f"live view {word}\n"
            assert magic.live_state() is (word == "on")
        from kerasnb import widgets

        shell.run_cell("%kerasnb live 2 per second").raise_error()
        assert capsys.readouterr().out == "live view on, 2 per second\n"
        assert widgets.is_live() and widgets.seconds_between() == 0.5
        assert widgets._reporter(None, "auto", "evaluate") is None
    finally:
        widgets.set_live(before, per_second=10)


@pytest.mark.parametrize(
    "line, hint",
    [
        ("%kerasnb inof", "Did you mean 'info'?"),
        ("%kerasnb live onn", "Did you mean 'on'?"),
        ("%kerasnb zzz", "There are: info, live"),
        ("%kerasnb live on off", "takes on, off or a number such as 2 per second, got 'on off'"),
        ("%kerasnb live 2 per minute", "such as 2 per second, got '2 per minute'"),
        ("%kerasnb live nan", "such as 2 per second, got 'nan'"),
        ("%kerasnb live 0", "takes 0.01 to 30 per second, got 0"),
        ("%kerasnb theme drak", "Did you mean 'dark'?"),
        ("%kerasnb profile onn", "Did you mean 'on'?"),
        ("%kerasnb precision a b", "takes [name], got 'a b'"),
        ("%kerasnb device gpu", "%kerasnb doctor says how to mend a GPU that is not seen"),
        ("%kerasnb tutorials 77", "There is no tutorial '77'. There are: 0 front page"),
        ("%kerasnb tutorials cpoy", "Did you mean 'copy'?"),
        ("%kerasnb tutorials copy", "takes the number of a tutorial"),
        ("%kerasnb tutorials open 1 here", "takes the number of a tutorial, got '1 here'"),
        ("%%kerasnb profile 3\n1", "takes nothing more"),
        ("%kerasnb help lve", "Did you mean 'live'?"),
        ("%kerasnb seed many", "takes a whole number such as 42, got 'many'"),
        ("%kerasnb precision mixed_bfloat", "Did you mean 'mixed_bfloat16'?"),
        ("%kerasnb device tpu", "There is no device 'tpu' here; there are cpu:0"),
        ("%kerasnb data fetch mnst", "Did you mean 'mnist'?"),
        ("%kerasnb data ftch", "Did you mean 'fetch'?"),
        ("%kerasnb cache clean", "Did you mean 'clear'?"),
        ("%kerasnb runs 'a", "a quote is not closed"),
        ("%kerasnb runs of", "Did you mean 'off'?"),
        ("%kerasnb runs 123456", "There is no run 123456"),
        ("%kerasnb runs by", "takes one name"),
        ("%kerasnb summary nothing", "There is no variable 'nothing' here"),
        ("%%kerasnb sed 3\n1", "Did you mean 'seed'?"),
        ("%%kerasnb seed\n1", "takes one whole number"),
        ("%%kerasnb run\n1", "takes a name"),
    ],
)
def test_errors_suggest(shell, capsys, line, hint):
    result = shell.run_cell(line)
    assert type(result.error_in_exec).__name__ == "UsageError"
    assert hint in str(result.error_in_exec)
    assert "Traceback" not in capsys.readouterr().err  # one line, as IPython shows usage errors


def test_help_lists_every_subcommand(shell, capsys):
    shell.run_cell("%kerasnb").raise_error()
    out = capsys.readouterr().out
    assert all(f"%kerasnb {name}" in out for name in magic.subcommands())
    help_of_magic = shell.find_line_magic("kerasnb").__doc__
    assert all(f"%kerasnb {name}" in help_of_magic for name in magic.subcommands())


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("%kerasnb ", magic.subcommands()),
        ("%kerasnb li", ["live"]),
        ("%kerasnb live ", ["on", "off", "2 per second"]),
        ("%kerasnb theme d", ["dark"]),
        ("%kerasnb profile ", ["on", "off"]),
        ("%kerasnb tutorials c", ["copy"]),
        ("%kerasnb tutorials copy 3", ["3"]),
        ("%%kerasnb ", ["seed", "run", "profile"]),
        ("%kerasnb live of", ["off"]),
        ("%kerasnb live on ", []),
        ("%kerasnb help do", ["doctor"]),
        ("%kerasnb data ", ["list", "fetch", "where"]),
        ("%kerasnb data fetch mn", ["mnist"]),
        ("%kerasnb cache c", ["clear"]),
        ("%kerasnb precision mixed_b", ["mixed_bfloat16"]),
        ("%kerasnb runs of", ["off"]),
        ("%kerasnb device cpu:", ["cpu:0"]),
        ("%kerasnb summary ", []),
    ],
)
def test_completion(shell, typed, offered):
    assert magic.completions(typed) == offered
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        matches = {c.text for c in shell.Completer.completions(typed, len(typed))}
    assert set(offered) <= matches


SMALL = """
import numpy as np
import kerasnb as keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
history = model.fit(np.ones((4, 2), "float32"), np.ones(4, "float32"), epochs=2, verbose=0)
"""


@pytest.fixture
def runs_file(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_RUNS", str(tmp_path / "runs.db"))
    yield tmp_path / "runs.db"
    from kerasnb.runs.writer import close_all

    close_all()


def test_runs_are_listed_shown_and_compared(shell, capsys, runs_file):
    for name in ("wide", "deep one"):
        shell.run_cell(f"%%kerasnb run {name}\n{SMALL}").raise_error()
    assert "wide" in repr(magic.answer("runs")) and "deep one" in repr(magic.answer("runs by loss"))
    bundle = magic.answer("runs")._repr_mimebundle_()
    assert "<svg" in bundle["text/html"] and "wide" in bundle["text/plain"]
    assert magic.answer("runs 2").name == "deep one" and magic.answer("runs wide").id == 1
    assert [r.id for r in magic.answer("runs 1 2").runs] == [1, 2]
    capsys.readouterr()
    shell.run_cell("%kerasnb runs").raise_error()
    assert "deep one" in capsys.readouterr().out
    assert set(magic.completions("%kerasnb runs ")) >= {"by", "1", "2"}
    assert magic.completions("%kerasnb runs by lo") == ["loss"]


def test_a_profiled_cell_shows_where_its_time_went(shell, capsys, runs_file):
    from kerasnb.core.training.spans import profiling

    shell.run_cell(f"%%kerasnb profile\n{SMALL}\nmodel.predict(np.ones((4, 2)), verbose=0);").raise_error()
    out = capsys.readouterr().out
    for word in ("this cell: ", "compiling", "steps", "fit ", "tracing", "predict"):
        assert word in out
    before = profiling.on
    try:
        shell.run_cell("%kerasnb profile off").raise_error()
        profiling.last = None
        shell.run_cell(SMALL).raise_error()
        assert "no fit was measured: %kerasnb profile on" in magic.answer("profile")
        assert "measured from here on" in magic.answer("profile on")
        assert "no fit has been measured yet" in magic.answer("profile")
        shell.run_cell(SMALL).raise_error()
        shown = magic.answer("profile")
        assert repr(shown).startswith("fit of sequential") and "<style" in shown._repr_mimebundle_()["text/html"]
    finally:
        profiling.on, profiling.last = before, None
        shell.user_ns.pop("model", None)


def test_the_theme_holds_for_what_is_shown_after_it(runs_file):
    from kerasnb.learn.card import Card
    from kerasnb.widgets import theme

    try:
        assert magic.answer("theme").startswith("theme auto")
        assert magic.answer("theme dark").startswith("theme dark")
        assert '<style data-knb-theme="dark">' in Card("note", "a", "b").html()
    finally:
        theme.choose("auto")
    assert "data-knb-theme" not in Card("note", "a", "b").html().split("</style>")[0].split("{")[0]


def test_tutorials_are_listed_opened_and_copied(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert "handwritten digits" in repr(magic.answer("tutorials"))
    opened = magic.answer("tutorials 3")
    path = tmp_path / "kerasnb-tutorials" / "03_basic_regression.ipynb"
    assert path.is_file() and "copied to work in" in repr(opened)
    html = opened._repr_mimebundle_()["text/html"]
    assert 'href="kerasnb-tutorials/03_basic_regression.ipynb"' in html
    assert "as it came" in repr(magic.answer("tutorials open 3"))
    path.write_text(path.read_text().replace("Basic regression", "Mine <b>"))
    again = magic.answer("tutorials 3")
    assert "it stays as it is" in repr(again) and "%kerasnb tutorials fresh 3" in repr(again)
    assert "Mine <b>" in path.read_text()
    assert "03_basic_regression-2.ipynb" in repr(magic.answer("tutorials fresh 3"))
    assert (tmp_path / "there" / "00_front_page.ipynb") == magic.answer("tutorials copy 0 there").copy.path.absolute()
    (tmp_path / "a file").write_text("")
    with pytest.raises(magic.UsageError, match=r"cannot be copied to .*Name another folder"):
        magic.answer("tutorials copy 0 'a file/folder'")


def test_recording_is_switched(runs_file):
    try:
        assert "not recorded" in magic.answer("runs off")
        assert str(runs_file) in magic.answer("runs where")
    finally:
        assert magic.answer("runs on") == f"runs are recorded in {runs_file}"


def test_a_cell_with_a_seed_gives_the_same_numbers_and_touches_none_after_it(shell, runs_file):
    import numpy as np

    import kerasnb as keras

    keras.utils.set_random_seed(1)
    expected = np.random.normal()
    keras.utils.set_random_seed(1)
    found = []
    for _ in range(2):
        shell.run_cell("%%kerasnb seed 7\nimport numpy as np\ndrawn = np.random.normal()").raise_error()
        found.append(shell.user_ns["drawn"])
    assert found[0] == found[1] and np.random.normal() == expected


def test_a_cell_shows_its_last_value_and_its_errors(shell, capsys, runs_file):
    shell.run_cell("%%kerasnb seed 7\nx = 20\nx + 1").raise_error()
    assert "21" in capsys.readouterr().out
    shell.run_cell("%%kerasnb seed 7\n1;").raise_error()
    assert "Out" not in capsys.readouterr().out
    assert isinstance(shell.run_cell("%%kerasnb seed 7\n1 / 0").error_in_exec, ZeroDivisionError)


def test_seed_and_precision_hold_from_here_on(runs_file):
    import kerasnb as keras

    assert magic.answer("seed 11").startswith("seed 11") and magic.answer("seed") == "seed 11"
    before = keras.config.dtype_policy()
    try:
        assert magic.answer("precision mixed_bfloat16").startswith("precision mixed_bfloat16")
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy(before)
    assert magic.answer("precision") == f"precision {before.name}"


def test_devices_are_listed_and_chosen():
    import jax

    before = jax.config.jax_default_device
    try:
        assert "* cpu:0" in magic.answer("device")
        assert magic.answer("device cpu:0").startswith("device cpu:0")
        assert jax.config.jax_default_device == jax.devices("cpu")[0]
    finally:
        jax.config.update("jax_default_device", before)


def test_data_sets_are_listed_and_found(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert "not here" in magic.answer("data where mnist")
    (tmp_path / "mnist.npz").write_bytes(b"")
    assert magic.answer("data where mnist") == str(tmp_path / "mnist.npz")
    listed = magic.answer("data").splitlines()
    assert len(listed) == len(magic.completions("%kerasnb data fetch ")) and "digits             always there" in listed
    assert "rows to train on" in magic.answer("data fetch digits")


def test_the_cache_is_shown_and_cleared(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASNB_COMPILE_CACHE", str(tmp_path / "programs"))
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "a").write_bytes(b"x" * 2_000_000)
    assert "2.0 MB" in magic.answer("cache")
    assert "2.0 MB of compiled programs deleted" in magic.answer("cache clear")
    assert not list((tmp_path / "programs").iterdir())


def test_summary_finds_the_model(shell, runs_file):
    shell.run_cell(SMALL).raise_error()
    try:
        assert magic.answer("summary model") is shell.user_ns["model"]
        assert magic.answer("summary") is shell.user_ns["model"]
        assert magic.completions("%kerasnb summary m") == ["model"]
        with pytest.raises(magic.UsageError, match="no model"):
            magic.answer("summary history")
    finally:
        shell.user_ns.pop("model")
