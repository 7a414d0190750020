"""Markup and script in the texts that a person can give: nothing of it runs, live, still, untrusted or exported.

Every payload would set ``window.struck`` if it ran. It is looked for in the notebook with its kernel, in the saved
notebook without one and untrusted, in the page that nbconvert makes of it, and in an exported demo.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETUP = r'''
import os, json, tempfile, pathlib
import numpy as np
import kerasnb as keras
from kerasnb import layers as L
from IPython.display import display

def evil(where):
    """A text that runs if it is taken for markup, script, a link, an attribute or a template; without a slash."""
    hit = f"window.struck=(window.struck||[]).concat('{where}')"
    return (f"{where}<img src=x onerror={hit.replace(' ', '')}>" + f"\"'><svg onload={hit}><script>{hit}"
            + "</script".replace("/", "") + f"> ]]> --> ${{{hit}}} {{{{{hit}}}}} `+{hit}+` javascript:{hit}")

def slashed(where):
    return evil(where) + f"</title></style></script></textarea><script>window.struck=['{where}']</script>"

draw = np.random.RandomState(0)
x = draw.uniform(size=(48, 8, 8)).astype("float32")
y = (np.arange(48) % 3).astype("int32")
CLASSES = [slashed("class 0"), slashed("class 1"), "plain"]
model = keras.Sequential(
    [keras.Input((8, 8), name="pixels"), L.Flatten(name=evil("layer")), L.Dense(8, "relu", name=evil("hidden")),
     L.Dense(3, name=evil("last"))], name=evil("model"))
model.compile("sgd", "sparse_categorical_crossentropy",
              metrics=[keras.metrics.SparseCategoricalAccuracy(name=evil("metric"))])
'''

# what is shown -> the cell that shows it
CELLS = {
    "card": "model",
    "monitor, hints and history": "history = model.fit(x, y, epochs=4, validation_split=0.25)\ndisplay(history.show())",
    "curves": """
display(history.plot())
display(keras.callbacks.History.compare({slashed('run'): history, 'b': history}))""",
    "graph": "model.graph()",
    "gallery": "model.gallery(x, y, class_names=CLASSES)",
    "gallery of text": """
texts = np.array([slashed(f"text {i}") for i in range(24)])
vectorize = L.TextVectorization(max_tokens=50, output_sequence_length=6); vectorize.adapt(texts)
reader = keras.Sequential([keras.Input((), dtype="string"), vectorize, L.Embedding(50, 4), L.GlobalAveragePooling1D(),
                           L.Dense(2, "softmax")], name=evil("reader"))
reader.compile("adam", "sparse_categorical_crossentropy")
reader.gallery(texts, np.arange(24) % 2, class_names=CLASSES[:2])""",
    "gallery of labels": """
several = keras.Sequential([keras.Input((6,)), L.Dense(3, "sigmoid", name=evil("out"))], name=evil("several"))
several.compile("adam", "binary_crossentropy")
several.gallery(draw.rand(30, 6), draw.randint(0, 2, (30, 3)), class_names=CLASSES)""",
    "residuals": """
line = keras.Sequential([keras.Input((4,)), L.Dense(1, name=evil("price"))], name=evil("line"))
line.compile("adam", "mse")
line.gallery(draw.rand(30, 4), draw.rand(30, 1))""",
    "inspector": "model.inspect(x[:8])",
    "sweep": """
def build(kind, units):
    inner = L.Dense(units, name=evil("swept"))
    made = keras.Sequential([keras.Input((8, 8)), L.Flatten(), inner, L.Dense(3, "softmax")], name=evil("sweep"))
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made
result = keras.sweep(build, x, y, epochs=2, kind=[slashed("value"), "b"], units=[2, 4])
display(result); display(result.plot())""",
    "runs": """
run = keras.runs.get(-1)
run.note(slashed("note")).tag(evil("tag"))
with keras.runs.named(slashed("run name")):
    model.fit(x, y, epochs=2, verbose=0)
%load_ext kerasnb
%kerasnb runs""",
    "runs compared": "display(keras.runs.get(-1)); display(keras.runs.get(-1).compare(run.id))",
    "run notes": """
keras.runs.flush()
from kerasnb.runs.listing import table
display(run, table().frame())
print(table(), run.notes)
keras.runs()""",
    "flame": """
Named = type(evil("callback"), (keras.callbacks.Callback,), {"on_epoch_end": lambda self, epoch, logs=None: None})
%kerasnb profile on
model.fit(x, y, epochs=2, verbose=0, callbacks=[Named()])
%kerasnb profile""",
    "latent map": """
drawn = keras.Sequential([keras.Input((2,)), L.Dense(64, "sigmoid", name=evil("decoded"))], name=evil("decoder"))
keras.widgets.LatentMap(drawn, draw.normal(size=(48, 2)), y, [slashed("code 0"), slashed("code 1"), "plain"])""",
    "checkpoints": """
folder = pathlib.Path(tempfile.mkdtemp())
model.save(folder / (evil("file")[:200] + ".keras"))
display(keras.saving.checkpoints(folder)); print(sorted(os.listdir(folder)))""",
    "tutorials": "%kerasnb tutorials",
    "playground": "keras.widgets.Playground()",
    "sketchpad": """
pad = keras.Sequential([keras.Input((28, 28)), L.Flatten(), L.Dense(3, "softmax", name=evil("pad"))],
                       name=evil("pad model"))
keras.widgets.Sketchpad(pad, class_names=CLASSES)""",
    "answer card": """
from kerasnb.learn.card import Card
Card("wrong", slashed("title"), slashed("words"))""",
    "an error in a callback": """
def fails(epoch, logs):
    raise RuntimeError(slashed("error"))
try:
    model.fit(x, y, epochs=2, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=fails)])
except RuntimeError as error:
    print(error)""",
    "a demo": """
model.export("struck-demo.html", title=slashed("demo title"), note=slashed("demo note"), class_names=CLASSES)""",
}  # fmt: skip


class Watch:
    """What a page did that it should not: scripts that ran, dialogs, links of script."""

    def __init__(self, page):
        self.page, self.dialogs = page, []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def faults(self) -> list[str]:
        self.page.wait_for_timeout(500)
        found = [str(v) for frame in self.page.frames for v in (frame.evaluate("() => window.struck || []") or [])]
        links = self.page.evaluate(
            """() => [...document.querySelectorAll('[href], [src], [action]')]
                .filter((e) => ['href', 'src', 'action'].some((n) => /^\\s*javascript:/i.test(e.getAttribute(n) || '')))
                .map((e) => e.outerHTML.slice(0, 200))"""
        )
        images = self.page.evaluate(
            """() => [...document.querySelectorAll('img[src=x], svg[onload], [onerror]')]
                .map((e) => e.outerHTML.slice(0, 200))"""
        )
        return [*found, *self.dialogs, *links, *images]


def test_the_watch_sees_what_runs(page):
    """Text that is not escaped is caught: otherwise the rest says nothing."""
    names = {}
    exec(SETUP.partition("draw =")[0], names)
    for text in (names["evil"]("here"), names["slashed"]("here")):
        page.set_content(f"<div>{text}</div>")
        assert Watch(page).faults()


PANEL = ".knb-lab-panel"
LEARNED = """
with keras.runs.named(slashed("run name")):
    model.fit(x, y, epochs=2, verbose=0)
keras.runs.flush()
keras.runs.get(-1).note(slashed("note")).tag(evil("tag"))
model.save(evil("file")[:200] + ".keras")"""


def dressed(value, evil, slashed, where="key"):
    """An answer of the server with every text in it, and every name of a number, made a stranger's."""
    if isinstance(value, dict):
        named = {k: evil(f"name {k}") if where in ("final", "curves") else k for k in value}
        return {named[k]: dressed(v, evil, slashed, k) for k, v in value.items()}
    if isinstance(value, list):
        return [dressed(v, evil, slashed, where) for v in value]
    if not isinstance(value, str):
        return value
    return evil(where) if where == "notebook" else slashed(where)  # of a path its last part is shown


def test_nothing_runs_in_the_side_panel(page, notebook, lab):
    """Names of runs, notes, models and files; then every text that the server could send, titles of tutorials too."""
    names: dict = {}
    exec(SETUP.partition("draw =")[0], names)
    watch = Watch(page)
    opened = notebook("panel.ipynb", [SETUP, LEARNED])
    opened.run_all(300)

    def unfolded(said):
        """The panel with everything open, once it shows that."""
        page.wait_for_function("([p, t]) => document.querySelector(p)?.textContent.includes(t)", arg=[PANEL, said])
        page.evaluate("(p) => document.querySelectorAll(`${p} details`).forEach((d) => { d.open = true; })", PANEL)
        assert watch.faults() == [], said
        return page.locator(PANEL).text_content()

    opened.command("kerasnb:tutorials")
    shown = unfolded("run name<img")
    assert "note<img" in shown and "model<img" in shown, "the run's note, and its model's name"
    model = page.locator(f"{PANEL} [data-key='model model']")
    model.wait_for(timeout=90_000)
    model.click()
    page.locator(".knb-lab-page .knb-card").wait_for(timeout=90_000)
    assert "hidden<img" in page.locator(".knb-lab-page").text_content() and watch.faults() == []

    # the file that bears such a name: in the file browser, and its card
    file = next(p.name for p in lab.notebooks.glob("*.keras"))
    opened.command("filebrowser:activate")
    opened.command("filebrowser:refresh")
    page.locator(".jp-DirListing-item[data-file-type='keras']").first.wait_for()
    opened.command("docmanager:open", path=file)
    page.locator(".jp-Document:not(.lm-mod-hidden) .knb-lab-page .knb-card").wait_for(timeout=120_000)
    assert watch.faults() == []

    def stranger(route):
        route.fulfill(json=dressed(route.fetch().json(), names["evil"], names["slashed"]))

    page.route("**/kerasnb/panel*", stranger)
    opened.command("kerasnb:tutorials")
    shown = unfolded("title<img")
    for where in ("name", "model", "notebook", "notes", "name loss"):
        assert f"{where}<img" in shown, f"{where} is not shown at all"
    page.unroute("**/kerasnb/panel*")


def test_nothing_runs(page, notebook, lab, browser):
    watch = Watch(page)
    opened = notebook("struck.ipynb", [SETUP, *CELLS.values()])
    opened.run_all(400)
    # unfold and walk: what is made only when somebody asks for it
    for summary in page.locator("details > summary").all()[:40]:
        if summary.is_visible():
            summary.click(force=True)
    assert watch.faults() == []
    opened.save()
    page.wait_for_timeout(1000)
    saved = lab.read("struck.ipynb")
    shown = json.dumps(saved.cells)
    fields = (
        "layer",
        "metric",
        "class 0",
        "text 1",
        "value",
        "note",
        "run name",
        "callback",
        "code 0",
        "file",
        "title",
    )
    for where in (*fields, "error"):
        assert f"{where}&lt;img" in shown or f"{where}<img" in shown, f"{where} is not shown at all"

    # untrusted and without a kernel
    path = lab.notebooks / "stranger.ipynb"
    # one word more, so that the signature by which Jupyter trusts the notebook is not that of this text
    path.write_text((lab.notebooks / "struck.ipynb").read_text().replace("import os, json", "import os, sys, json"))
    again = browser.new_page(viewport={"width": 1200, "height": 1000})
    try:
        stranger = Watch(again)
        type(opened)(again, lab, "stranger.ipynb").open(kernel=False)
        assert stranger.faults() == []
        # what nbconvert makes of it, and what GitHub does: all HTML as it is
        done = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "html", str(path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        for name in ("stranger.html", "struck-demo.html"):
            page_of = browser.new_page(viewport={"width": 1200, "height": 1000})
            try:
                still = Watch(page_of)
                page_of.goto((lab.notebooks / name).as_uri())
                assert still.faults() == [], name
            finally:
                page_of.close()
        for number, cell in enumerate(saved.cells):
            for output in cell.get("outputs", []):
                html = output.get("data", {}).get("text/html")
                if html:
                    alone = browser.new_page()
                    try:
                        still = Watch(alone)
                        alone.set_content(html if isinstance(html, str) else "".join(html))
                        assert still.faults() == [], f"cell {number}"
                    finally:
                        alone.close()
    finally:
        again.close()
