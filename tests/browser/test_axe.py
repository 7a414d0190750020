"""The accessibility check itself: it must see a fault, and pass a page without one."""

from __future__ import annotations

import pytest
from browser.axe import grave_faults

pytestmark = pytest.mark.browser

GOOD = "<main id='root'><button>Stop</button><label>Rate <input></label></main>"
FAULTY = {
    "a button without a name": ("<button></button>", "button-name"),
    "an input without a label": ("<input>", "label"),
    "pale text": ("<p style='color:#bbb;background:#fff'>hardly seen</p>", "color-contrast"),
    "a role that needs a value": ("<div role='slider' tabindex='0' aria-label='x'></div>", "aria-required-attr"),
}


def test_nothing_is_found_where_nothing_is_wrong(page):
    page.set_content(GOOD)
    assert grave_faults(page, "#root") == []


@pytest.mark.parametrize("html, rule", FAULTY.values(), ids=FAULTY.keys())
def test_a_fault_is_found_inside_of_the_root_only(page, html, rule):
    page.set_content(f"{GOOD}<div id='other'>{html}</div>")
    assert grave_faults(page, "#root") == []
    assert [line.split()[0] for line in grave_faults(page, "#other")] == [rule]
    assert grave_faults(page, "#other", without=(rule,)) == []
