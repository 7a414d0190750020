"""The downloader against a server of this process: resumed, checked, atomic, and words where there is no network."""

from __future__ import annotations

import hashlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kerasnb.core.utils import download as download_module
from kerasnb.core.utils.download import DownloadError, download, file_digest

BODY = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves ``server.body``; breaks off after ``server.cut`` bytes while there are cuts left."""

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if self.path != "/file.bin":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.can_resume else 0
        if start >= len(server.body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.body) - start))
        self.end_headers()
        rest = server.body[start:]
        if server.cuts:
            rest = rest[: server.cuts.pop(0)]
        self.wfile.write(rest)

    def log_message(self, *args):
        """Silence."""


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.body, httpd.cuts, httpd.ranges, httpd.can_resume = BODY, [], [], True
    httpd.url = f"http://127.0.0.1:{httpd.server_port}/file.bin"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def accept(path):
    return file_digest(path) == DIGEST


def get(server, target, **arguments):
    return download(server.url, target, arguments.pop("accept", accept), progress=False, **arguments)


def test_a_file_lands_whole_and_nothing_else_stays(server, tmp_path):
    target = tmp_path / "deep" / "file.bin"
    assert get(server, target) == target
    assert target.read_bytes() == BODY
    assert [p.name for p in target.parent.iterdir()] == ["file.bin"]


@pytest.mark.parametrize("can_resume", [True, False])
def test_a_broken_line_is_taken_up_again(server, tmp_path, can_resume):
    server.cuts, server.can_resume = [300_000, 200_000] if can_resume else [300_000], can_resume
    get(server, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY
    expected = [None, "bytes=300000-", "bytes=500000-"] if can_resume else [None, "bytes=300000-"]
    assert server.ranges == expected


def test_a_part_of_an_earlier_session_is_used(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(BODY[:1000])
    get(server, tmp_path / "file.bin")
    assert server.ranges == ["bytes=1000-"]
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("part", [b"of another file", b"x" * len(BODY), b"y" * (len(BODY) + 5)])
def test_a_part_of_another_file_is_thrown_away(server, tmp_path, part):
    (tmp_path / "file.bin.part").write_bytes(part)
    get(server, tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_wrong_file_never_lands(server, tmp_path):
    server.body = BODY[:-1] + b"!"
    (tmp_path / "file.bin").write_bytes(b"what was there")
    with pytest.raises(DownloadError, match=r"digest differs.*\nput it there by hand"):
        get(server, tmp_path / "file.bin", hint="put it there by hand")
    assert (tmp_path / "file.bin").read_bytes() == b"what was there"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_without_a_digest_nothing_is_resumed(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(BODY[:1000])
    get(server, tmp_path / "file.bin", accept=None)
    assert server.ranges == [None]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_cut_without_a_digest_is_told(server, tmp_path):
    server.cuts = [1000] * 10
    with pytest.raises(DownloadError, match=f"ended after 1000 of {len(BODY)} bytes"):
        get(server, tmp_path / "file.bin", accept=None)
    assert not list(tmp_path.iterdir())


def test_no_network_is_an_oserror_in_plain_words(tmp_path):
    with socket.socket() as free:  # a port that nobody listens to
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file.bin"
    with pytest.raises(OSError, match=r"Could not download file.bin from http://.*\nPut it here") as caught:
        download(url, tmp_path / "file.bin", accept, hint="Put it here", progress=False)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_an_address_that_does_not_exist(server, tmp_path):
    with pytest.raises(DownloadError, match="the server answered 404"):
        download(server.url + "x", tmp_path / "f", accept, progress=False)


def test_only_addresses_are_taken(tmp_path):
    with pytest.raises(ValueError, match=r"must start with http"):
        download("/etc/hostname", tmp_path / "f")


def test_two_at_once_do_not_mix(server, tmp_path):
    """The second process to ask for a file takes a part of its own."""
    with download_module._part_file(tmp_path / "file.bin", True) as mine:
        with download_module._part_file(tmp_path / "file.bin", True) as other:
            assert mine != other
    assert not list(tmp_path.iterdir())


def test_progress_is_shown(server, tmp_path, capsys):
    download(server.url, tmp_path / "file.bin", accept)
    assert "file.bin" in capsys.readouterr().err
