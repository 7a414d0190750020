"""kerasnb in a real JupyterLab: launcher, palette, side panel, copies of tutorials, cards of files; mouse and keys."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

import pytest
from browser.axe import grave_faults
from browser.checks import contrast, faults, run_cell
from browser.lab import ROOT, Lab, Notebook, free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANEL = ".knb-lab-panel"
MAKE = """import numpy as np, kerasnb as keras
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, activation='relu'), keras.layers.Dense(3)])
model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
rng = np.random.default_rng(0); x = rng.normal(size=(300, 8)).astype('float32'); y = (x[:, 0] > 0).astype(int)
with keras.runs.named('<i>first</i> try'):
    model.fit(x, y, epochs=8, validation_split=0.2, verbose=0)
model.save('digits.keras'); keras.runs.flush(); print('made')"""
SAW = """() => [...document.querySelectorAll('.jp-Notebook .knb canvas')].some((c) => {
  const r = c.getBoundingClientRect();
  if (r.width < 50 || r.top < 0 || r.bottom > innerHeight) return false;
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let blue = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 100 && d[i + 2] > d[i] + 60) blue++;
  return blue > 30; })"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A person's folders: two tutorials begun."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "keras").mkdir()
    (folder / "keras" / "kerasnb_tutorials.json").write_text(
        '{"done": ["00.1", "00.2", "00.3", "00.4", "00.5", "01.1"]}'
    )
    return folder


@pytest.fixture(scope="module")
def lab(tmp_path_factory, chromium, home):
    variables = {"KERAS_HOME": str(home / "keras"), "KERASNB_RUNS": str(home / "runs.db"), "KERASNB_FAST": "1"}
    server = Lab(tmp_path_factory.mktemp("lab"), variables=variables)
    yield server
    server.stop()


@pytest.fixture
def desk(page, lab):
    """JupyterLab with the launcher in front and kerasnb's panel open."""
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.wait_for_selector(".jp-Launcher")
    page.wait_for_selector(PANEL, state="attached")
    opened = Notebook(page, lab, "")
    opened.command("kerasnb:tutorials")
    page.wait_for_selector(f"{PANEL} .knb-lab-tutorial")
    return opened


def kernel_idle(page) -> None:
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    )


def kernels(lab) -> list[dict]:
    with urllib.request.urlopen(f"{lab.url}/api/kernels?token={lab.token}") as answer:
        return json.load(answer)


def texts(page, selector: str) -> list[str]:
    return [" ".join(t.split()) for t in page.locator(selector).all_inner_texts()]


def test_launcher_palette_and_tutorials_as_copies(page, desk, lab):
    assert texts(page, ".jp-Launcher-section:has-text('kerasnb') .jp-LauncherCard") == [
        "Quickstart", "Playground", "Tutorials",
    ]  # fmt: skip
    desk.command("apputils:activate-command-palette")
    page.keyboard.type("kerasnb")
    page.wait_for_selector(".lm-CommandPalette-item[data-command='kerasnb:tutorial']")
    entries = " ".join(texts(page, ".lm-CommandPalette-itemLabel"))
    for name in ("Quickstart", "Playground", "Tutorials", "Recent runs", "Models", "Open in kerasnb", "Tutorial 09: "):
        assert name in entries, name
    page.keyboard.press("Escape")

    # a tutorial by keys: a copy, with a kernel, and no dialog in the way
    row = page.locator(f"{PANEL} .knb-lab-tutorial", has_text="Overfitting")
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
    kernel_idle(page)
    assert page.locator(".jp-Dialog").count() == 0
    copy = lab.notebooks / "kerasnb-tutorials" / "04_overfit_and_underfit.ipynb"
    assert json.loads(copy.read_text())["metadata"]["kernelspec"]["name"] == "python3"
    assert "kerasnb-tutorials" not in (ROOT / "tutorials").as_posix() and copy.is_file()

    # what somebody worked in stays; another copy lies beside it
    copy.write_text(copy.read_text().replace("Overfitting", "My own work", 1))
    again = page.get_by_role("button", name="Start tutorial 04 afresh")
    again.click()
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget.context.path.endsWith('underfit-2.ipynb')")
    assert "My own work" in copy.read_text()

    page.locator(f"{PANEL} [data-key='playground']").click()
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .knb-playground canvas", timeout=90_000)


def test_panel_shows_progress_runs_and_models(page, desk, lab, tmp_path):
    rows = texts(page, f"{PANEL} .knb-lab-tutorial")
    assert len(rows) == 10 and "5 of 5 ✓" in rows[0] and "1 of 5" in rows[1] and "0 of" in rows[2]
    assert page.locator(f"{PANEL} summary[data-said='6 of 48 exercises']").count() == 1

    lab.write("work.ipynb", [MAKE, "del model\nprint('gone')"])
    desk.command("docmanager:open", path="work.ipynb")
    kernel_idle(page)
    page.wait_for_function("() => document.querySelector('.knb-lab-panel').innerText.includes('None yet')")
    run_cell(page, 0)
    model = page.locator(f"{PANEL} [data-key='model model']")
    model.wait_for(timeout=90_000)
    assert "Sequential · 2 layers · 771 parameters" in " ".join(model.inner_text().split())
    run = page.locator(f"{PANEL} .knb-lab-run").first
    run.locator("svg path").nth(1).wait_for()  # the panel looks every five seconds
    page.locator(f"{PANEL} .knb-lab-run[data-status='finished']").wait_for()
    assert "<i>first</i> try" in run.inner_text()
    run.locator("summary").focus()
    page.keyboard.press("Enter")
    assert "8 epochs" in run.inner_text() and "val_loss" in run.inner_text()

    # the card beside the notebook, by keys, alive: a layer unfolds
    model.focus()
    page.keyboard.press("Enter")
    card = page.locator(".knb-lab-page .knb-card")
    card.wait_for()
    assert "771" in card.inner_text()
    card.locator("summary").first.click()
    card.locator(".knb-panel .knb-note", has_text="rows of the last training data").wait_for()

    for theme in ("dark", "light"):
        desk.theme(theme)
        page.wait_for_timeout(200)
        for root in (PANEL, ".knb-lab-page"):
            assert grave_faults(page, root) == [], (theme, root)
        for text in (".knb-lab-note", ".knb-lab-number", ".knb-lab-of"):
            assert contrast(page, f"{PANEL} {text}") > 4.5, (theme, text)
        page.screenshot(path=tmp_path / f"panel-{theme}.png")
    for width in (170, 240, 420):
        page.evaluate(
            "(w) => { const s = document.querySelector('.knb-lab-panel').style; s.minWidth = s.width = w + 'px'; }",
            width,
        )
        page.wait_for_timeout(100)
        assert faults(page, PANEL) == [], width
        assert page.evaluate("() => { const p = document.querySelector('.knb-lab-panel');"
                             " return p.scrollWidth <= p.clientWidth; }"), width  # fmt: skip
        page.locator(PANEL).screenshot(path=tmp_path / f"panel-{width}.png")

    # a part folds away, and stays so
    page.locator(f"{PANEL} summary", has_text="Tutorials").click()
    assert page.locator(f"{PANEL} .knb-lab-tutorial").first.is_hidden()
    desk.command("kerasnb:tutorials")
    assert page.locator(f"{PANEL} .knb-lab-tutorial").first.is_visible()

    desk.command("docmanager:open", path="work.ipynb")
    run_cell(page, 1)
    page.wait_for_function("() => document.querySelector('.knb-lab-panel').innerText.includes('None yet')")
    assert not any("kerasnb.lab" in c.source for c in lab.read("work.ipynb").cells), "nothing enters the notebook"


def test_files_show_their_card_without_a_kernel(page, desk, lab):
    import kerasnb as keras

    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]).save(lab.notebooks / "small.keras")
    (lab.notebooks / "broken.keras").write_bytes(b"PK\x03\x04 and nothing more")
    layer = {"module": "m", "class_name": "Own<img src=x onerror='window.hacked=1'>", "config": {"name": "<b>x</b>"}}
    config = {"class_name": "Sequential", "module": "keras", "config": {"name": "mine", "layers": [layer]}}
    with zipfile.ZipFile(lab.notebooks / "own.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    before = kernels(lab)

    desk.command("filebrowser:activate")
    desk.command("filebrowser:refresh")
    item = page.locator(".jp-DirListing-item[data-file-type='keras']", has_text="small.keras")
    item.wait_for()
    item.click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Open in kerasnb").click()
    shown = page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-page")
    shown.locator(".knb-card").wait_for(timeout=120_000)
    assert "written by kerasnb" in shown.inner_text() and "15" in shown.locator(".knb-card").inner_text()
    assert grave_faults(page, ".jp-Document:not(.lm-mod-hidden) .knb-lab-page") == []

    # a double click does the same; damage and strangers' classes are told in words
    page.locator(".jp-DirListing-item", has_text="broken.keras").dblclick()
    page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-error", has_text="not a .keras archive").wait_for()
    assert str(lab.notebooks) not in page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-error").inner_text()
    page.locator(".jp-DirListing-item", has_text="own.keras").dblclick()
    page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-error", has_text="could not be built").wait_for(
        timeout=120_000
    )
    table = page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-sketch").inner_text()
    assert "<b>x</b>" in table and not page.evaluate("() => window.hacked")
    after = kernels(lab)
    assert [k["id"] for k in after] == [k["id"] for k in before], "no kernel was started"


def test_what_goes_wrong_is_said(page, desk, lab, home):
    # a folder that cannot be written: a file lies where the copies would
    wrong = Lab(home / "wrong", variables={"KERAS_HOME": str(home / "nowhere"), "KERASNB_RUNS": "off"})
    try:
        (wrong.notebooks / "kerasnb-tutorials").write_text("in the way")
        page.goto(f"{wrong.url}/lab?token={wrong.token}&reset")
        page.wait_for_selector(".jp-Launcher")
        Notebook(page, wrong, "").command("kerasnb:tutorials")
        page.wait_for_selector(f"{PANEL} .knb-lab-tutorial")
        assert "KERASNB_RUNS is off" in page.locator(PANEL).inner_text()
        page.locator(f"{PANEL} .knb-lab-tutorial").first.click()
        page.locator(".jp-Dialog", has_text="cannot be written").wait_for()
        page.keyboard.press("Escape")
    finally:
        wrong.stop()
    page.evaluate("() => window.jupyterapp.commands.execute('kerasnb:runs')")
    page.locator(f"{PANEL} .knb-lab-error", has_text="does not answer").wait_for()


@pytest.mark.parametrize("name", ["panel", "archive?path=small.keras", "card?path=small.keras"])
def test_only_for_who_is_logged_in(lab, name):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{lab.url}/kerasnb/{name}")
    refused.value.close()
    assert refused.value.code == 403


@pytest.mark.parametrize("path", ["../../home/keras/x.keras", "/etc/passwd", "..%2F..%2Fa.keras", "nowhere.keras"])
def test_no_file_outside_of_the_folder(lab, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{lab.url}/kerasnb/archive?path={path}&token={lab.token}")
    refused.value.close()
    assert refused.value.code in (400, 404)


def test_from_kerasnb_lab_to_the_first_live_curve(browser, tmp_path, record_property):
    """At most three clicks; the clock starts with the command."""
    folder, token, port = tmp_path / "work", secrets.token_hex(16), free_port()
    folder.mkdir()
    (tmp_path / "config").mkdir()
    settings = {
        "ServerApp": {"open_browser": False, "allow_root": True, "ip": "127.0.0.1", "port": port, "port_retries": 0},
        "IdentityProvider": {"token": token},
        "LabApp": {"expose_app_in_browser": True},
    }
    (tmp_path / "config" / "jupyter_server_config.json").write_text(json.dumps(settings))
    variables = {**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "PYTHONPATH": str(ROOT)}
    variables |= {
        "KERASNB_FAST": "",
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "w"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path),
    }
    begin = time.monotonic()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kerasnb.cli", "lab", str(folder)],
            stdout=log, stderr=log, env=variables, cwd=tmp_path,
        )  # fmt: skip
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    try:
        while time.monotonic() < begin + 90:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={token}", timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
        page.goto(f"http://127.0.0.1:{port}/lab?token={token}")
        # the panel is there by itself
        button = page.locator(f"{PANEL} .knb-lab-do", has_text="Run it")
        button.wait_for(timeout=90_000)
        there = time.monotonic()
        clicks = 0
        button.click()
        clicks += 1
        page.wait_for_function(SAW, timeout=120_000, polling=50)
        end = time.monotonic()
        page.screenshot(path=tmp_path / "first-curve.png")
    finally:
        page.close()
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
    said = f"{clicks} click; {there - begin:.1f} s to JupyterLab, {end - there:.1f} s from the click to the curve"
    record_property("first live curve", said)
    print(said)
    assert clicks <= 3
    assert end - begin < 180
    assert (folder / "kerasnb-tutorials" / "quickstart.ipynb").is_file()
