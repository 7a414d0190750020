"""axe-core, the accessibility checker, let loose on a part of a page.

Its script comes with the package ``axe-playwright-python`` (extra ``browser``); nothing is fetched.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

GRAVE = ("serious", "critical")

RUN = """async ([root, rules]) => {
  const found = await axe.run(root, { resultTypes: ["violations"], rules });
  return found.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.map((n) => n.html.slice(0, 160) + " :: " + (n.failureSummary || "").replace(/\\s+/g, " ")) }));
}"""


@cache
def source() -> str:
    """The script of axe-core."""
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def grave_faults(page, selector: str, without: tuple[str, ...] = ()) -> list[str]:
    """Serious and critical faults inside of an element, one line each; empty where there are none.

    Args:
        page: a Playwright page; a light or a dark theme is checked as it is shown.
        selector: the root of the view; its first match is checked.
        without: ids of rules that do not apply, with a reason in a comment where this is called.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source())
    root = page.locator(selector).first.element_handle()
    found = page.evaluate(RUN, [root, {rule: {"enabled": False} for rule in without}])
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {node}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]
