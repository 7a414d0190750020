"""Full cards of ``.keras`` files: a process each, few at once, bounded in time; the last ones are remembered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

SECONDS = 90.0  # that a card may take
AT_ONCE = 2
LARGEST = 8 * 2**20  # bytes of a card
KEPT = 16


class Cards:
    """Makes cards and remembers the last ones.

    Args:
        seconds: that one may take.
    """

    def __init__(self, seconds: float = SECONDS):
        self.seconds = seconds
        self.room = asyncio.Semaphore(AT_ONCE)
        self.known: OrderedDict[tuple, dict[str, Any]] = OrderedDict()

    async def of(self, path: Path) -> dict[str, Any]:
        """``{"html": card}`` or ``{"message": why there is none}``.

        Args:
            path: the file.

        Raises:
            OSError: there is no such file.
        """
        found = path.stat()
        key = (str(path), found.st_mtime_ns, found.st_size)
        if key not in self.known:
            async with self.room:
                answer = await self._made(path)
            if "passing" in answer:  # another time it may succeed
                return answer
            self.known[key] = answer
            while len(self.known) > KEPT:
                self.known.popitem(last=False)
        self.known.move_to_end(key)
        return self.known[key]

    async def _made(self, path: Path) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="kerasnb-card-") as scratch:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kerasnb.lab.card_process", str(path.resolve()),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                cwd=scratch, env=_environment(), limit=LARGEST,
            )  # fmt: skip
            try:
                out = await asyncio.wait_for(_all(process), self.seconds)
            except TimeoutError:
                return {"message": f"The model was not built within {self.seconds:.0f} seconds.", "passing": True}
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        try:
            answer = json.loads(out)
            return answer if isinstance(answer, dict) else {}
        except ValueError:
            said = f"The process that reads the model ended without an answer (status {process.returncode})."
            return {"message": said, "passing": True}


async def _all(process: asyncio.subprocess.Process) -> bytes:
    """What it writes, up to the largest card."""
    assert process.stdout is not None
    parts, size = [], 0
    while chunk := await process.stdout.read(2**16):
        size += len(chunk)
        if size > LARGEST:
            return b""
        parts.append(chunk)
    await process.wait()
    return b"".join(parts)


def _environment() -> dict[str, str]:
    """No device is taken from a kernel, nothing is recorded; this kerasnb is the one that is found."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "JAX_PLATFORMS": "cpu", "KERASNB_RUNS": "off", "PYTHONPATH": path}
