"""What every view must hold: nothing outside its place, no element open to Lab's shortcuts, text that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from browser.axe import grave_faults

FAULTS = """([root]) => {
  const box = root.getBoundingClientRect(), found = [];
  for (const e of root.querySelectorAll('button, input, select, canvas, img, td, b, .knb-note')) {
    const r = e.getBoundingClientRect();
    const hidden = e.closest('.knb-sr, [hidden]') || !r.width;
    const out = r.left < box.left - 2 || r.right > box.right + 2;
    if (!hidden && out) found.push(['outside', e.outerHTML.slice(0, 90)]);
  }
  for (const e of root.querySelectorAll('button, input, select, summary, [tabindex]')) {
    if (!e.dataset.lmSuppressShortcuts) found.push(['shortcuts', e.outerHTML.slice(0, 90)]);
    const named = e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length;
    if (!named) found.push(['no name', e.outerHTML.slice(0, 90)]);
  }
  return found;
}"""

CONTRAST = """([e]) => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * linear(c[i] / 255), 0);
  let ground = e;
  while (ground.parentElement && read(getComputedStyle(ground).backgroundColor)[3] < 250) ground = ground.parentElement;
  const [a, b] = [light(read(getComputedStyle(e).color)), light(read(getComputedStyle(ground).backgroundColor))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


def faults(page, root: str) -> list:
    """What stands out of its place, has no name, or would let "d d" delete the cell."""
    return page.evaluate(FAULTS, [page.locator(root).first.element_handle()])


def contrast(page, selector: str) -> float:
    """The contrast of an element's text with what lies behind it; 4.5 is what WCAG asks for."""
    return page.evaluate(CONTRAST, [page.locator(selector).first.element_handle()])


def readable(opened, view: str, selectors: tuple[str, ...]) -> None:
    """Dark and light: nothing that axe-core finds serious, and texts that stand out from what lies behind them."""
    page = opened.page
    for theme in ("dark", "light"):
        opened.theme(theme)
        page.wait_for_timeout(150)
        assert grave_faults(page, view) == [], theme
        for selector in selectors:
            assert contrast(page, f"{view} {selector}") > 4.5, (theme, selector)


def fitting(page, view: str) -> Iterator[int]:
    """A narrow page and a wide one: the head has no faults, and what is wider than the view scrolls in itself."""
    for width in (480, 1200):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)
        assert faults(page, f"{view} .knb-head") == [], width
        over = page.locator(view).first.evaluate("e => e.scrollWidth - e.clientWidth")
        assert over <= 1, width
        yield width


def run_cell(page, index: int) -> None:
    """Start a cell, without waiting for its end."""
    page.evaluate(
        """(i) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i;
                    window.jupyterapp.commands.execute('notebook:run-cell'); }""",
        index,
    )
