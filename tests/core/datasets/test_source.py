"""Where data files are looked for, and what is taken for the published ones."""

from __future__ import annotations

import hashlib
import io
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from kerasnb.core.datasets import source
from kerasnb.core.datasets.source import DataFile, array_digest, locate
from kerasnb.core.utils.download import DownloadError

ARRAYS = {"x": np.arange(12, dtype="uint8").reshape(3, 4), "y": np.arange(3)}


def packed(arrays=ARRAYS, compressed=False) -> bytes:
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)
    return out.getvalue()


BYTES = packed()
FILE = DataFile(
    "set.npz",
    (hashlib.sha256(BYTES).hexdigest(),),
    array_digest(ARRAYS),
    url="http://127.0.0.1:9/set.npz",
    folder="deep",
)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERASNB_DATA", raising=False)
    return tmp_path / "keras"


@pytest.fixture
def ready(tmp_path, monkeypatch):
    folder = tmp_path / "ready"
    (folder / "deep").mkdir(parents=True)
    monkeypatch.setenv("KERASNB_DATA", str(folder))
    return folder


def test_array_digest_sees_names_types_shapes_and_values():
    digests = [
        array_digest(a)
        for a in (
            {"x": np.arange(4)},
            {"y": np.arange(4)},
            {"x": np.arange(4, dtype="int32")},
            {"x": np.arange(4).reshape(2, 2)},
            {"x": np.arange(1, 5)},
        )
    ]
    assert len(set(digests)) == len(digests)
    assert array_digest({"x": np.arange(4).astype(">i8")}) == digests[0]
    assert array_digest({"x": np.arange(8)[::2] // 2}) == digests[0]
    assert len({array_digest({"x": np.zeros((0, 2))}), array_digest({"x": np.zeros((2, 0))})}) == 2


def test_the_cache_of_a_keras_user_is_used(home):
    target = home / "datasets" / "deep" / "set.npz"
    target.parent.mkdir(parents=True)
    target.write_bytes(BYTES)
    assert locate(FILE) == target


@pytest.mark.parametrize("place", ["", "datasets"])
@pytest.mark.parametrize("compressed", [False, True])
def test_ready_files_count_by_their_arrays(ready, place, compressed):
    target = ready / place / "deep" / "set.npz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed(compressed=compressed))
    assert locate(FILE) == target


@pytest.mark.parametrize("content", [packed({**ARRAYS, "y": np.arange(1, 4)}), b"no archive", BYTES[:-30], b""])
def test_a_wrong_ready_file_is_an_error(ready, content):
    (ready / "deep" / "set.npz").write_bytes(content)
    with pytest.raises(DownloadError, match=r"is not the published set.npz, or it is damaged"):
        locate(FILE)


def test_a_damaged_cached_file_is_fetched_anew_or_told(home):
    target = home / "datasets" / "deep" / "set.npz"
    target.parent.mkdir(parents=True)
    target.write_bytes(BYTES[:-10])
    with pytest.raises(DownloadError, match=r"put it at .*set.npz \(sha256 .*damaged set.npz lies there"):
        locate(FILE)


def test_nowhere_and_no_network_says_what_to_do(home):
    with pytest.raises(OSError, match="KERASNB_DATA") as caught:
        locate(FILE)
    message = str(caught.value)
    assert str(home / "datasets" / "deep" / "set.npz") in message
    assert FILE.sha256[0] in message and FILE.url in message and "datasets.digits" in message


def test_a_mirror_is_an_address(tmp_path, home, monkeypatch):
    mirror = tmp_path / "mirror" / "deep"
    mirror.mkdir(parents=True)
    (mirror / "set.npz").write_bytes(packed(compressed=True))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(mirror.parent)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        monkeypatch.setenv("KERASNB_DATA", f"http://127.0.0.1:{server.server_port}/")
        assert locate(FILE) == home / "datasets" / "deep" / "set.npz"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_paths(home, tmp_path):
    (tmp_path / "own.npz").write_bytes(BYTES)
    assert locate(FILE, tmp_path / "own.npz") == tmp_path / "own.npz"
    with pytest.raises(DownloadError, match="There is no file"):
        locate(FILE, tmp_path / "none.npz")


def test_a_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    monkeypatch.setattr(source.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    assert source.cache_folder() == tmp_path / "tmp" / ".keras" / "datasets"


def test_pickled_arrays_are_not_opened_to_look_inside(ready):
    out = io.BytesIO()
    np.savez(out, x=np.array([[1], [2, 3]], dtype=object))
    (ready / "deep" / "set.npz").write_bytes(out.getvalue())
    with pytest.raises(DownloadError, match="not the published"):
        locate(FILE)
