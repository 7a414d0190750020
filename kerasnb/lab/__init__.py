"""The part of JupyterLab that is kerasnb's: launcher cards, the side panel, cards of ``.keras`` files.

What stands in the browser is built from ``labextension/`` into ``jupyter/labextensions/kerasnb``; here is the server's
half, which gives it what to show. It runs inside of Jupyter's server, so it loads neither jax nor numpy's friends: what
needs them (the full card of a model) is done by a process of its own that ends.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

JUPYTER = Path(__file__).parent / "jupyter"  # laid out as a folder of JUPYTER_PATH and of JUPYTER_CONFIG_PATH


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "jupyter/labextensions/kerasnb", "dest": "kerasnb"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "kerasnb.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    import kerasnb

    from .handlers import routes

    # Set by importing kerasnb here; kernels of other people's programs are not to inherit it.
    if kerasnb.MEMORY_AS_NEEDED_HERE:
        os.environ.pop("XLA_PYTHON_CLIENT_PREALLOCATE", None)
    server.web_app.add_handlers(".*$", routes(server.web_app.settings["base_url"]))
    server.log.info("kerasnb: side panel and cards are ready")


def environment(of: dict[str, str]) -> dict[str, str]:
    """An environment in which JupyterLab finds this package's part of it, however kerasnb was installed.

    Args:
        of: the environment to start from; it is not changed.
    """
    found = dict(of)
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        found[name] = os.pathsep.join(filter(None, [str(JUPYTER), found.get(name)]))
    return found
