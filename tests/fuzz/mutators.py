"""What may happen to a file on its way, and what somebody may do to it on purpose."""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

EDGES = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\xff" * 8, b"\x01\0\0\0")
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**40, 2**70, -(2**63), 1e308, float("nan"), "", "../../x", "/etc/passwd", "\0",
    "a" * 5000, [], {}, [[]], [None] * 50, {"class_name": "system", "module": "os", "config": {"command": "true"}},
)  # fmt: skip


def broken(data: bytes, rng: random.Random) -> bytes:
    """Bytes with flips, edge numbers, cuts, insertions, splices and truncations."""
    found = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        size = len(found) or 1
        at, length = rng.randrange(size), rng.choice([1, 1, 2, 4, 8, 64])
        kind = rng.randrange(6)
        if kind == 0:
            found[at : at + length] = rng.randbytes(len(found[at : at + length]))
        elif kind == 1:  # a number at its edge, where sizes and offsets stand
            edge = rng.choice(EDGES)
            found[at : at + len(edge)] = edge
        elif kind == 2:
            del found[at : at + length]
        elif kind == 3:
            found[at:at] = rng.randbytes(length)
        elif kind == 4:  # a part once more, elsewhere
            to = rng.randrange(size)
            found[to:to] = found[at : at + length]
        elif found:
            found[at] ^= 1 << rng.randrange(8)
    return bytes(found[: rng.randrange(len(found) or 1)] if rng.random() < 0.05 else found)


def json_changed(data: bytes, rng: random.Random) -> bytes:
    """JSON with one or two values exchanged, taken away or doubled; sometimes nested too deeply, or broken."""
    dice = rng.random()
    if dice < 0.02:
        return b"[" * 100_000
    if dice < 0.04:
        return b'{"a":' * 5000 + b"1" + b"}" * 5000
    if dice < 0.2:
        return broken(data, rng)
    tree = json.loads(data)
    for _ in range(rng.choice([1, 1, 2])):
        places: list[tuple[Any, Any]] = []
        _collect(tree, places)
        if not places:
            break
        node, key = rng.choice(places)
        if rng.random() < 0.15:
            del node[key]
        elif rng.random() < 0.2:
            node[key] = json.loads(json.dumps(rng.choice(places)[0]))  # a part once more, elsewhere
        else:
            node[key] = copy.deepcopy(rng.choice(VALUES))  # never the table itself: it would be changed next
    return json.dumps(tree).encode()


def _collect(node: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(node, (dict, list)):
        for key in list(node) if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            _collect(node[key], places)


def zip_changed(data: bytes, rng: random.Random) -> bytes:
    """A zip that is broken, or whole with a member that is not, or made on purpose."""
    kind = rng.randrange(10)
    if kind < 3:
        return broken(data, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        hit = rng.choice(names)
        for name in names:
            content = old.read(name)
            if name == hit and kind < 8:
                content = json_changed(content, rng) if name.endswith(".json") else broken(content, rng)
            how = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            new.writestr(name, content, compress_type=how)
        if kind == 8:
            trap = rng.choice(["../../evil", "/tmp/evil", "assets/../../evil", "C:\\evil", "d/" * 300 + "f"])
            new.writestr(trap, b"evil")
            link = zipfile.ZipInfo("assets/link")
            link.external_attr = 0xA1FF << 16
            new.writestr(link, "/etc/passwd")
        elif kind == 9:
            if rng.random() < 0.1:
                new.writestr(rng.choice([hit, "assets/zeros"]), bytes(2**24))  # a bomb: 16 MB out of 16 KB
            else:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    new.writestr(hit, broken(old.read(hit), rng))  # the same name twice
    return out.getvalue()


def gzip_changed(data: bytes, rng: random.Random, inner: Callable[[bytes, random.Random], bytes] = broken) -> bytes:
    """A gzip file that is broken, or whole around something that is not, or a bomb."""
    dice = rng.random()
    if dice < 0.4:
        return broken(data, rng)
    if dice < 0.41:
        return gzip.compress(bytes(2**24), 1)
    return gzip.compress(inner(gzip.decompress(data), rng), 1)


def tar_changed(data: bytes, rng: random.Random) -> bytes:
    """A tar (not packed) that is broken, or has members that lead out of it, links, devices, doubles."""
    if rng.random() < 0.6:
        return broken(data, rng)
    out = io.BytesIO(data)
    with tarfile.open(fileobj=out, mode="a") as tar:
        info = tarfile.TarInfo(rng.choice(["../../evil", "/tmp/evil", "a/../../evil", "data_batch_1", "x" * 200]))
        info.type = rng.choice([tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
        info.linkname = rng.choice(["/etc/passwd", "../..", "data_batch_1", info.name])
        info.size = 4 if info.isreg() else 0
        tar.addfile(info, io.BytesIO(b"evil"))
    return out.getvalue()
