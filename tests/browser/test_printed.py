"""A finished notebook without its kernel: small, exported as HTML, and on paper, where every figure is there."""

from __future__ import annotations

import io

import nbformat
import numpy as np
import pytest
from PIL import Image

from kerasnb import execute

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAKE = """
import numpy as np
import kerasnb as keras
from kerasnb import layers as L
(x, y), _ = keras.datasets.digits.load_data()
x = x.reshape(-1, 8, 8, 1)[:400] / 16.0
y = y[:400]
def build(learning_rate=0.01):
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.Flatten(),
                              L.Dense(10, "softmax")], name="printed")
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
model = build()
line = keras.Sequential([keras.Input((4,)), L.Dense(1)], name="line")
line.compile("sgd", "mse")
table = np.random.default_rng(0).normal(size=(90, 4))
target = table.sum(1) + 0.1 * np.random.default_rng(1).normal(size=90)
"""
# A cell, what its figure says, and how many pictures it shows at least.
VIEWS = {
    "card": ("model", "conv2d", 0),
    "graph": ("model.graph()", "dense", 1),
    "monitor": ("history = model.fit(x, y, epochs=5, validation_split=0.2, verbose='auto')", "5 epochs", 3),
    "gallery": ("model.gallery(x, y)", "of 400 right", 20),
    "inspector": ("model.inspect(x[:20])", "flatten", 2),
    "residuals": ("line.fit(table, target, epochs=3, verbose=0); line.gallery(table, target)", "90 samples", 3),
    "sketchpad": ("keras.widgets.Sketchpad(model)", "Draw for printed", 0),  # nothing is drawn yet
    "playground": ("play = keras.widgets.Playground('xor'); play.step(3); play", "Playground", 1),
    "sweep": (
        "keras.sweep(build, x, y, learning_rate=[0.001, 0.01, 0.1], epochs=2, validation_split=0.2, seed=0)",
        "learning_rate",
        1,
    ),
    "rewind": (
        "again = model.fit(x, y, epochs=3, rewind=True, verbose=0); again.rewind.explore(x, y)",
        "of 400 right",
        1,
    ),
    "comparison": ("keras.callbacks.History.compare(first=history, again=again)", "again", 1),
}
FIGURES = ".jp-OutputArea-output svg, .jp-OutputArea-output img, .jp-OutputArea-output canvas"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The notebook, executed where no browser looks on, and its page."""
    from nbconvert import HTMLExporter

    folder = tmp_path_factory.mktemp("printed")
    cells = [nbformat.v4.new_code_cell(c) for c in (MAKE, *[cell for cell, _, _ in VIEWS.values()])]
    path = execute.save(nbformat.v4.new_notebook(cells=cells), folder / "all.ipynb")
    done = execute.execute(path, timeout=400)
    path = execute.save(done.notebook, folder / "all.ipynb")
    html = path.with_suffix(".html")
    html.write_text(HTMLExporter().from_notebook_node(nbformat.read(path, 4))[0], encoding="utf-8")
    return path, html


def inked(picture: bytes) -> bool:
    """Whether there is more in a picture than one colour."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), np.int16)
    return pixels.size > 0 and int(np.ptp(pixels)) > 40


def test_it_is_small_and_holds_no_view_of_a_widget(saved):
    path, _ = saved
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 1_000_000 and "widget-view" not in text


def test_every_figure_is_on_the_page_and_on_paper(saved, page):
    import pypdfium2

    _, html = saved
    # nothing of it needs a network; what the exporter's own page asks for elsewhere is refused
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    page.goto(html.as_uri(), wait_until="domcontentloaded")
    page.emulate_media(media="print", color_scheme="light")
    page.wait_for_timeout(500)
    outputs = page.locator(".jp-CodeCell")
    for i, (name, (_, said, count)) in enumerate(VIEWS.items(), 1):
        cell = outputs.nth(i).locator(".jp-Cell-outputWrapper")
        assert said in cell.inner_text(), name
        shown = [f for f in cell.locator("svg, img, canvas").all() if f.is_visible() and f.bounding_box()["height"] > 8]
        assert len(shown) >= count, name
        for figure in shown[:6]:
            assert inked(figure.screenshot()), name

    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))
    words = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    for name, (_, said, _) in VIEWS.items():
        assert said in words, name
    sheets = [np.asarray(sheet.render(scale=0.5, grayscale=True).to_pil(), np.int16) for sheet in document]
    assert all(np.ptp(sheet) > 100 for sheet in sheets)  # no sheet is empty
    # what stands too wide for the paper is cut off: nothing may
    wide = page.evaluate(
        """(figures) => { document.documentElement.style.width = '718px'; // A4 without its margins
             return [...document.querySelectorAll(figures)].map((e) => [e, e.getBoundingClientRect()])
               .filter(([e, r]) => r.width && r.right > 730 && !e.closest('[style*=overflow], .knb-sr, .knb-scroll'))
               .map(([e, r]) => `${e.parentElement.className} ${Math.round(r.right)}`); }""",
        FIGURES,
    )
    assert wide == []
