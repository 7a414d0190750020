"""Known vulnerabilities of what an environment has: ``python tests/supply/audit.py``, by pip-audit.

Asks PyPI, then OSV. Exit status 1 where something is known to be vulnerable. Where no service answers, it says plainly
that nothing was asked, and the status is 0: a merge must not depend on a service on the network being there.
"""

from __future__ import annotations

import json
import subprocess
import sys

SERVICES = ("pypi", "osv")
NOT_ASKED = "NOT AUDITED"


def asked(service: str) -> list[dict] | str:
    """What a service knows of each distribution; a text where it did not answer."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--skip-editable"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "--timeout", "10", "--format", "json"],
            capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "it took more than 240 s"
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]


def verdict(found: list[dict]) -> tuple[int, list[str]]:
    """Exit status, and what to say of the answer of a service.

    Args:
        found: for each distribution name, version and vulns, or name and skip_reason.

    Raises:
        LookupError: not one of them was known to the service: it is none, or a mirror without such knowledge.
    """
    known = [one for one in found if "vulns" in one]
    if not known:
        raise LookupError("it knows none of these distributions")
    bad = [one for one in known if one["vulns"]]
    lines = [
        f"{one['name']} {one['version']}: {vuln['id']}, mended in {', '.join(vuln.get('fix_versions') or ['none'])}"
        for one in bad
        for vuln in one["vulns"]
    ]
    unknown = sorted(one["name"] for one in found if "vulns" not in one and one["name"] != "kerasnb")
    rest = f"; not known to it: {', '.join(unknown)}" if unknown else ""
    return int(bool(bad)), [*lines, f"{len(known)} distributions asked for, {len(bad)} vulnerable{rest}"]


def main() -> int:
    """Ask one service after the other until one knows something."""
    reasons = []
    for service in SERVICES:
        found = asked(service)
        try:
            if isinstance(found, str):
                raise LookupError(found)
            status, lines = verdict(found)
        except LookupError as error:
            reasons.append(f"{service}: {error}")
            continue
        print("\n".join([f"pip-audit, {service}:", *lines]))
        return status
    print(f"{NOT_ASKED}: no service could be asked.", *reasons, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
