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
    for word in ("kerasnb", "jax", "device", "cpu", "GPU memory", "data", "live view"):
        assert word in out


def test_live_switches(shell, capsys):
    before = magic.live_state()
    try:
        for word in ("on", "off"):
            shell.run_cell(f"%kerasnb live {word}").raise_error()
            assert capsys.readouterr().out == f"live view {word}\n"
            assert magic.live_state() is (word == "on")
    finally:
        magic.set_live(before)


@pytest.mark.parametrize(
    "line, hint",
    [
        ("%kerasnb inof", "Did you mean 'info'?"),
        ("%kerasnb live onn", "Did you mean 'on'?"),
        ("%kerasnb zzz", "There are: info, live"),
        ("%kerasnb live on off", "takes [switch], got 'on off'"),
        ("%kerasnb help lve", "Did you mean 'live'?"),
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
        ("%kerasnb live ", ["on", "off"]),
        ("%kerasnb live of", ["off"]),
        ("%kerasnb live on ", []),
        ("%kerasnb help do", ["doctor"]),
    ],
)
def test_completion(shell, typed, offered):
    assert magic.completions(typed) == offered
    from IPython.core.completer import provisionalcompleter

    with provisionalcompleter():
        matches = {c.text for c in shell.Completer.completions(typed, len(typed))}
    assert set(offered) <= matches
