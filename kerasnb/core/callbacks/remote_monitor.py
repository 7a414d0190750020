"""RemoteMonitor: the numbers of every epoch sent to a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Mapping

import numpy as np

from ..distribution.processes import speaks
from .callback import Callback

_SECONDS = 10  # to wait for the server before training goes on without it


class RemoteMonitor(Callback):
    """POST the logs of each epoch to ``root + path``; the epoch's number stands in them as "epoch".

    Args:
        root: address of the server.
        path: where to post.
        field: name of the form field that holds the JSON.
        headers: further HTTP headers.
        send_as_json: send the JSON itself instead of a form.

    A server that cannot be reached is warned of and does not stop training.
    """

    replayable = True

    def __init__(
        self, root: str = "http://localhost:9000", path: str = "/publish/epoch/end/", field: str = "data",
        headers: Mapping[str, str] | None = None, send_as_json: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.root, self.path, self.field, self.headers, self.send_as_json = root, path, field, headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not speaks():
            return
        send = {"epoch": epoch, **{name: np.asarray(value).tolist() for name, value in (logs or {}).items()}}
        text = json.dumps(send)
        if self.send_as_json:
            body, kind = text.encode(), "application/json"
        else:
            body, kind = urllib.parse.urlencode({self.field: text}).encode(), "application/x-www-form-urlencoded"
        request = urllib.request.Request(self.root + self.path, body, {"Content-Type": kind, **(self.headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                pass
        except (urllib.error.URLError, OSError, ValueError) as error:
            warnings.warn(f"RemoteMonitor could not reach its server {self.root}: {error}.", stacklevel=2)
