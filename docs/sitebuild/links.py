"""The built site looked over: internal links and anchors lead somewhere, nothing is fetched from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}


class Page(HTMLParser):
    """What a page links to, what it fetches, which anchors it has."""

    def __init__(self, text: str):
        super().__init__()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        """Take down an element's links and names."""
        given = dict(attrs)
        self.anchors.update(v for k in ("id", "name") if (v := given.get(k)))
        if tag == "a" and (target := given.get("href")):
            self.targets.append(target)
        if tag == "link" and given.get("href") and given.get("rel") not in ("canonical",):
            self.fetched.append(given["href"])
        if tag in FETCHED and given.get(FETCHED[tag]):
            self.fetched.append(given[FETCHED[tag]])

    handle_startendtag = handle_starttag


def faults(folder: Path) -> list[str]:
    """What is wrong with the site below ``folder``, one line each."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        where = path.relative_to(folder)
        found += [f"{where}: fetches {f}" for f in page.fetched if _remote(f)]
        for target in {*page.targets, *(f for f in page.fetched if not _remote(f))}:
            if fault := _fault(target, path, pages):
                found.append(f"{where}: {fault}")
    for style in folder.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        if "@import url(http" in text or "url(http" in text or "url(//" in text:
            found.append(f"{style.relative_to(folder)}: fetches from a network")
    return found


def _remote(address: str) -> bool:
    return address.startswith(("http:", "https:", "//"))


def _fault(target: str, path: Path, pages: dict[Path, Page]) -> str:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return ""
    lies = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if lies.is_dir():
        lies /= "index.html"
    if not lies.is_file():
        return f"there is no {target}"
    anchor = unquote(parts.fragment)
    if anchor and lies in pages and anchor not in pages[lies].anchors:
        return f"there is no anchor {target}"
    return ""
