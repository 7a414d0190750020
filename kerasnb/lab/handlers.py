"""The addresses below ``/kerasnb``: for who is logged in to Jupyter's server, and nobody else. Nothing leaves it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from .cards import Cards

WELCOME = "KERASNB_LAB"  # set by `kerasnb lab`: the panel opens by itself the first time


class Handler(APIHandler):
    """What the addresses have in common: where files lie, and errors in words."""

    auth_resource = "contents"  # who may read and write files here may see the panel

    def folder(self) -> Path:
        """Where the person works: the folder that the file browser shows.

        Raises:
            web.HTTPError: the server's files do not lie on a disk.
        """
        root = getattr(self.contents_manager, "root_dir", None)
        if not root or not Path(root).is_dir():
            raise web.HTTPError(400, reason="The files of this server do not lie in a folder")
        return Path(root)

    async def file(self) -> Path:
        """The file named by ``path``, as the file browser names it; never one outside of what that shows."""
        name = self.get_query_argument("path", "").strip("/")
        manager: Any = self.contents_manager
        if not name.endswith(".keras"):
            raise web.HTTPError(400, reason="Not a .keras file")
        if not hasattr(manager, "_get_os_path"):
            raise web.HTTPError(400, reason="The files of this server do not lie in a folder")
        path = Path(manager._get_os_path(name))  # raises 404 for what lies outside
        if await ensure_async(manager.is_hidden(name)) and not manager.allow_hidden:
            raise web.HTTPError(404, reason="There is no such file")
        if not path.is_file():
            raise web.HTTPError(404, reason="There is no such file")
        return path

    def answer(self, content: dict[str, Any]) -> None:
        self.finish(json.dumps(content))


class Panel(Handler):
    """GET: tutorials and runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from .panel import panel

        # Beside the server's loop: a locked file of runs makes it wait for seconds.
        found = await asyncio.to_thread(panel, self.folder())
        self.answer({**found, "welcome": bool(os.environ.get(WELCOME))})


class Open(Handler):
    """POST ``{"kind": ..., "number": ..., "fresh": ...}``: the path of a notebook that is there now, and its kernel."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from . import notebooks

        asked = self.get_json_body() or {}
        folder = self.folder()
        specs = await ensure_async(self.kernel_spec_manager.get_all_specs())
        kernel = notebooks.python_kernel(specs)
        try:
            path = await asyncio.to_thread(
                notebooks.place, asked.get("kind"), asked.get("number"), folder, bool(asked.get("fresh")), kernel
            )
        except ValueError as error:
            self.set_status(400)
            return self.answer({"message": str(error)})
        except OSError as error:
            self.set_status(403)
            said = f"{folder} cannot be written ({error.strerror or error}). Start JupyterLab in a folder of your own."
            return self.answer({"message": said})
        # JupyterLab asks for a kernel only where the notebook names none that is here: then it is told one.
        named = await asyncio.to_thread(notebooks.kernel_of, path)
        start = None if named in specs else kernel["name"]
        self.answer({"path": path.relative_to(folder).as_posix(), "kernel": start})


class Archive(Handler):
    """GET: what a ``.keras`` file says of itself, at once."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from .archive import facts

        path = await self.file()
        try:
            self.answer(await asyncio.to_thread(facts, path))
        except (ValueError, OSError) as error:
            # The whole path is nobody's business, and does not help.
            self.set_status(422)
            self.answer({"message": str(error).replace(str(path), path.name)})


class Card(Handler):
    """GET: the full card of the model in a ``.keras`` file; it takes a few seconds."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        path = await self.file()
        cards = self.settings.setdefault("kerasnb_cards", Cards())
        answer = await cards.of(path)
        if "message" in answer:
            answer = {**answer, "message": answer["message"].replace(str(path.resolve()), path.name)}
        self.answer(answer)


def routes(base: str) -> list[tuple[str, type[Handler]]]:
    """Addresses and who answers."""
    named = {"panel": Panel, "open": Open, "archive": Archive, "card": Card}
    return [(url_path_join(base, "kerasnb", name), handler) for name, handler in named.items()]
