"""Write the cheat sheet: docs/cheatsheet/side-1.svg, side-2.svg and kerasnb-cheat-sheet.pdf.

    PYTHONPATH=docs python -m sitebuild.cheat_sheet          # check every name, write the SVGs and the PDF
    PYTHONPATH=docs python -m sitebuild.cheat_sheet --check  # 1 if something is not so, or out of date

The PDF is printed by a Chromium (extra ``browser``); it carries the digest of the drawings it was printed from.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import shutil
import sys
from typing import Any
from xml.sax.saxutils import escape

import kerasnb

from . import names, signatures
from .cheat_content import SIDES, Box, Line
from .places import DOCS

FOLDER = DOCS / "cheatsheet"
PDF = FOLDER / "kerasnb-cheat-sheet.pdf"
WIDTH, HEIGHT, MARGIN, GAP = 1123, 794, 34, 16  # A4 across, 96 dots an inch; the margin holds on Letter too
TOP = 84
LINE, CODE, WORD, TITLE = 13.2, 9.2, 8.6, 11.5
COLOURS = ("#c4320a", "#175cd3", "#067647")
OBJECTS = {
    "model": "Model", "history": "callbacks.History", "layers": "layers", "ops": "ops", "cb": "callbacks",
    "d": "distribution", "keras": "",
}  # fmt: skip


def code_of(line: Line) -> str:
    """The code of a line."""
    return line if isinstance(line, str) else line[0]


def programs(box: Box) -> list[str]:
    """The pieces of Python in a box, lines that belong together joined; what is no Python is left out."""
    found, open_lines = [], ""
    for line in box[1]:
        text = (open_lines + "\n" if open_lines else "") + code_of(line)
        try:
            ast.parse(text)
        except SyntaxError:
            begun = open_lines or re.match(r"(?:[\w.]+ = )?(?:class |def |keras\.|model\.|layers\.|history = )", text)
            open_lines = text if begun else ""
            continue
        found.append(text)
        open_lines = ""
    return [*found, *([open_lines] if open_lines else [])]


def faults() -> list[str]:
    """What the sheet says that is not so, one line each."""
    found = []
    for side in SIDES:
        for column in side:
            for box in column:
                for program in programs(box):
                    found += [f"{box[0]}: {fault}" for fault in _faults(program)]
    return found


def _faults(program: str) -> list[str]:
    try:
        tree = ast.parse(program)
    except SyntaxError:
        try:
            tree = ast.parse(program + "\n        pass")  # a class or function whose body goes on
        except SyntaxError:
            return [f"no Python: {program!r}"] if re.match(r"(keras|model|layers|ops|history)\b", program) else []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (path := _path(node.func)) is not None:
            found += _call_faults(path, node)
        elif isinstance(node, ast.Attribute) and (path := _path(node)) is not None:
            found += _missing(path)
    return found


def _path(node: ast.AST) -> str | None:
    """``keras.layers.Dense`` of an attribute that begins with something known."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in OBJECTS and parts:
        return ".".join(filter(None, [OBJECTS[node.id], *parts]))
    return None


def _missing(path: str) -> list[str]:
    try:
        names.resolve(path)
    except AttributeError as error:
        return [str(error)]
    return []


def _call_faults(path: str, node: ast.Call) -> list[str]:
    """Whether the arguments fit the signature."""
    try:
        value: Any = names.resolve(path)
    except AttributeError as error:
        return [str(error)]
    found = signatures.signature(value)
    if found is None or not callable(value) or value is kerasnb.runs:
        return []
    method = next(iter(found.parameters), "") == "self"
    try:
        found.bind(*([None] if method else []), *node.args, **{k.arg: k.value for k in node.keywords if k.arg})
    except TypeError as error:
        return [f"{path}{found}: {error}"]
    if isinstance(value, type):  # what **kwargs takes are the arguments of the bases
        known = {n for base in value.__mro__ for n in signatures.parameters(base)}
        return [f"{path} has no argument {k.arg}" for k in node.keywords if k.arg and k.arg not in known]
    return []


def strings() -> list[str]:
    """Short names in quotes on the sheet that ``compile`` and ``activation`` must know."""
    words = []
    for side in SIDES:
        for column in side:
            for title, lines in column:
                if title == "Activations":
                    words += [w for line in lines for w in re.findall(r'"(\w+)"', code_of(line))]
    return words


def svg(number: int) -> str:
    """One side as a drawing."""
    columns = SIDES[number - 1]
    width = (WIDTH - 2 * MARGIN - GAP * (len(columns) - 1)) / len(columns)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="kerasnb cheat sheet, side {number}">',
        "<style>text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;fill:#1d2939}"
        ".c{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}"
        ".w{fill:#667085}.t{font-weight:700;fill:#fff}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="54" font-size="30" font-weight="700">kerasnb</text>',
        f'<text x="{MARGIN + 152}" y="54" font-size="14" class="w">'
        + ("Keras on JAX, at home in the notebook" if number == 1 else "The vocabulary")
        + "</text>",
        f'<text x="{WIDTH - MARGIN}" y="54" font-size="11" class="w" text-anchor="end">'
        f"cheat sheet · side {number} of {len(SIDES)} · version {kerasnb.__version__}</text>",
    ]
    for i, column in enumerate(columns):
        x = MARGIN + i * (width + GAP)
        heights = [_height(box) for box in column]
        spare = HEIGHT - MARGIN - TOP - sum(heights)
        if spare < 4 * (len(column) - 1):
            raise ValueError(f"side {number}, column {i + 1} is too long by {4 * (len(column) - 1) - spare:.0f} dots.")
        gap, y = min(30.0, spare / max(len(column) - 1, 1)), float(TOP)
        for box, height in zip(column, heights):
            parts += _box(box, x, y, width, height, COLOURS[(i + number - 1) % len(COLOURS)])
            y += height + gap
    return "\n".join([*parts, "</svg>"]) + "\n"


def _height(box: Box) -> float:
    return 22 + 10 + LINE * len(box[1])


def _box(box: Box, x: float, y: float, width: float, height: float, colour: str) -> list[str]:
    title, lines = box
    parts = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" '
        f'fill="#fcfcfd" stroke="{colour}"/>',
        f'<path d="M{x:.1f} {y + 20:.1f}v-15a5 5 0 0 1 5-5h{width - 10:.1f}a5 5 0 0 1 5 5v15z" fill="{colour}"/>',
        f'<text x="{x + 9:.1f}" y="{y + 14.2:.1f}" font-size="{TITLE}" class="t">{escape(title)}</text>',
    ]
    room = width - 18
    for n, line in enumerate(lines):
        code, word = (line, "") if isinstance(line, str) else line
        at = y + 33 + n * LINE
        size = CODE
        needed = len(code) * 0.602 + (len(word) * 0.56 * WORD / CODE + 2 if word else 0)
        if needed * size > room:
            size = room / needed
            if size < 7.2:
                raise ValueError(f"{title}: {code!r} is too long for its column.")
        parts.append(
            f'<text x="{x + 9:.1f}" y="{at:.1f}" font-size="{size:.2f}" class="c" xml:space="preserve">'
            f"{escape(code)}</text>"
        )
        if word:
            parts.append(
                f'<text x="{x + width - 9:.1f}" y="{at:.1f}" font-size="{min(WORD, size):.2f}" class="w" '
                f'text-anchor="end">{escape(word)}</text>'
            )
    return parts


def digest() -> str:
    """Of the drawings: the PDF's title ends in it."""
    return hashlib.sha256("".join(svg(n + 1) for n in range(len(SIDES))).encode()).hexdigest()[:12]


def print_pdf() -> None:
    """Print both sides with a Chromium, A4 across; each side fills its page on Letter too."""
    from playwright.sync_api import sync_playwright

    pages = "".join(f"<div>{svg(n + 1)}</div>" for n in range(len(SIDES)))
    html = (
        f"<!doctype html><html><head><title>kerasnb cheat sheet {digest()}</title><style>"
        "@page{size:A4 landscape;margin:0}"
        "body{margin:0}div{width:297mm;height:209.5mm;overflow:hidden;break-after:page}div:last-child{break-after:auto}"
        f"svg{{width:297mm;height:209.5mm}}</style></head><body>{pages}</body></html>"
    )
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(html)
        page.pdf(path=str(PDF), prefer_css_page_size=True, print_background=True)
        browser.close()


def stale() -> list[str]:
    """Files that are not of today's content."""
    found = []
    for n in range(1, len(SIDES) + 1):
        path = FOLDER / f"side-{n}.svg"
        if not path.is_file() or path.read_text(encoding="utf-8") != svg(n):
            found.append(path.name)
    if not PDF.is_file() or digest().encode() not in PDF.read_bytes():
        found.append(PDF.name)
    return found


def main(argv: list[str] | None = None) -> int:
    """Check, then write."""
    parser = argparse.ArgumentParser(description="Write the cheat sheet.")
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    arguments = parser.parse_args(argv)
    wrong = faults()
    if arguments.check:
        wrong += [f"{name} is out of date: run python -m sitebuild.cheat_sheet" for name in stale()]
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong or arguments.check:
        return int(bool(wrong))
    FOLDER.mkdir(exist_ok=True)
    for n in range(1, len(SIDES) + 1):
        (FOLDER / f"side-{n}.svg").write_text(svg(n), encoding="utf-8")
    print_pdf()
    print(f"{FOLDER}: two sides, {PDF.stat().st_size // 1024} KB of PDF")
    return 0


if __name__ == "__main__":
    sys.exit(main())
