"""Write docs/coming_from_r.md: every function of R's keras3 and keras beside what it is called here.

PYTHONPATH=docs python -m sitebuild.coming_from_r            # write the page
PYTHONPATH=docs python -m sitebuild.coming_from_r --check    # 1 if the page on disk is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from functools import cache
from typing import NamedTuple

from . import names
from .places import DOCS

LIST = DOCS / "sitebuild" / "r_functions.toml"
COUNTERPARTS = DOCS / "sitebuild" / "r_counterparts.toml"
PAGE = DOCS / "coming_from_r.md"
BEGIN = "<!-- written by sitebuild.coming_from_r -->"
# Beginnings of R's names -> modules whose names are the same up to capitals and underscores.
MODULES = {
    "layer_": "layers", "activation_": "activations", "application_": "applications", "callback_": "callbacks",
    "config_": "config", "constraint_": "constraints", "loss_": "losses", "metric_": "metrics", "op_": "ops",
    "op_image_": "ops.image", "optimizer_": "optimizers", "learning_rate_schedule_": "optimizers.schedules",
    "initializer_": "initializers", "regularizer_": "regularizers", "random_": "random", "k_": "ops",
    "quantizer_": "quantizers", "distillation_": "distillation",
}  # fmt: skip
HEADINGS = {
    "": "Models, data, everything else", "layer_": "Layers", "op_": "Ops", "k_": "Backend functions (keras 2)",
}  # fmt: skip


class Row(NamedTuple):
    """A function of R, and what to write here.

    Args:
        name: in R.
        package: "keras3" or "keras".
        prefix: the beginning it is listed under.
        code: what one writes in Python.
        target: the dotted name in kerasnb that must be there; "" where Python itself has it, or nothing does.
        note: a word about it.
    """

    name: str
    package: str
    prefix: str
    code: str
    target: str
    note: str


@cache
def rows() -> list[Row]:
    """Every function, in the order of the list."""
    found = []
    counterparts = tomllib.loads(COUNTERPARTS.read_text(encoding="utf-8"))
    for package, families in tomllib.loads(LIST.read_text(encoding="utf-8")).items():
        for prefix, words in families.items():
            found += [_row(prefix + word, package, prefix, counterparts) for word in words.split()]
    return found


def _row(name: str, package: str, prefix: str, counterparts: dict) -> Row:
    given = counterparts.get(name)
    if given is None:
        target = same_name(prefix, name.removeprefix(prefix))
        return Row(name, package, prefix, f"keras.{target}" if target else "", target, "")
    code, note = (given, "") if isinstance(given, str) else (given[0], given[1])
    return Row(name, package, prefix, code, target_of(code), note)


def same_name(prefix: str, word: str) -> str:
    """The dotted name that differs from R's in capitals and underscores only; "" where there is none."""
    module = MODULES.get(prefix)
    if module is None:
        places = ["", "models", "utils", "saving"]
    else:
        places = [module]
    plain = word.replace("_", "").lower()
    for place in places:
        holder = names.resolve(place) if place else __import__("kerasnb")
        listed = [n for n in dir(holder) if n.replace("_", "").lower() == plain and not n.startswith("_")]
        # Of hinge and Hinge: the function for losses, the class for metrics, the same spelling first.
        listed.sort(key=lambda n: (n[0].isupper() != (place == "metrics"), n != word, n))
        if listed:
            return f"{place}.{listed[0]}" if place else listed[0]
    return ""


def target_of(code: str) -> str:
    """The dotted name in a piece of Python: ``keras.x.y(...)``, ``model.fit(...)``, ``layer.weights``."""
    match = re.match(r"(?:with )?(keras|model|layer|metric|history|loss|optimizer)\.([\w.]+)", code)
    if match is None:
        return ""
    holder = {
        "keras": "", "model": "Model.", "layer": "Layer.", "metric": "Metric.", "history": "callbacks.History.",
        "loss": "Loss.", "optimizer": "Optimizer.",
    }[match[1]]  # fmt: skip
    return holder + match[2]


def tables() -> str:
    """All tables, package by package."""
    parts = []
    for package, title in (("keras3", "The package keras3"), ("keras", "Only in the package keras (2.x)")):
        mine = [r for r in rows() if r.package == package]
        parts += [f"## {title}", "", f"{len(mine)} functions.", ""]
        for prefix in dict.fromkeys(r.prefix for r in mine):
            heading = HEADINGS.get(prefix, f"`{prefix}...`")
            suffix = "" if package == "keras3" else " (keras 2)" if "keras 2" not in heading else ""
            parts += [f"### {heading}{suffix}", "", "| R | kerasnb | |", "|---|---|---|"]
            parts += [f"| `{r.name}` | {_code(r)} | {r.note} |" for r in mine if r.prefix == prefix]
            parts.append("")
    return "\n".join(parts)


def _code(row: Row) -> str:
    return f"`{row.code.replace('|', chr(92) + '|')}`" if row.code else ""


def text() -> str:
    """The page with today's tables."""
    before = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    return f"{before}{BEGIN}\n\n{tables()}"


def main(argv: list[str] | None = None) -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description="Write docs/coming_from_r.md.")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    arguments = parser.parse_args(argv)
    today = text()
    if PAGE.read_text(encoding="utf-8") == today:
        print(f"{PAGE.name} is up to date")
        return 0
    if arguments.check:
        print(f"{PAGE.name} is out of date: run python -m sitebuild.coming_from_r", file=sys.stderr)
        return 1
    PAGE.write_text(today, encoding="utf-8")
    print(f"{PAGE.name}: {len(rows())} functions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
