"""``%kerasnb info``: versions, devices and memory, what is kept on disk, data sets at hand."""

from __future__ import annotations

import platform
from typing import Any

PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy", "jupyterlab", "ipykernel", "ipywidgets", "anywidget", "plotly")


def info() -> str:
    """All of it, one fact a line."""
    import jax

    from kerasnb import doctor
    from kerasnb._version import __version__
    from kerasnb.commands import cache, data, settings
    from kerasnb.core import gpu_memory
    from kerasnb.widgets.memory import used

    rows = [("kerasnb", __version__), ("Python", f"{platform.python_version()}, {platform.platform(terse=True)}")]
    rows += [(name, doctor.installed(name) or "not installed") for name in PACKAGES]
    rows += [("device", device_line(device)) for device in jax.devices()]
    if any(device.platform != "cpu" for device in jax.devices()):
        rows.append(("GPU memory", gpu_memory.described()))
    rows.append(("memory", memory_line(used())))
    ready = [name for name in data.names() if not data.state(name).startswith("not here")]
    rows.append(("data sets", f"{', '.join(ready)} at hand; the other {len(data.names()) - len(ready)} are downloaded"))
    rows += [("data", f"{folder} ({cache.megabytes(cache.size(folder))})") for folder in cache.data_folders()]
    programs, runs = cache.programs_folder(), cache.runs_file()
    rows.append(("programs", f"{programs} ({cache.megabytes(cache.size(programs))})" if programs else "not kept"))
    rows.append(("runs", f"{runs} ({cache.megabytes(cache.size(runs))})" if runs else "not recorded"))
    rows.append(("live view", settings.live().removeprefix("live view ")))
    rows.append(("theme", settings.theme().partition(":")[0].removeprefix("theme ")))
    return "\n".join(f"{name:<10} {text}" for name, text in rows)


def memory_line(found: int | None) -> str:
    """What the process takes, in words.

    >>> memory_line(512 * 2**20)
    '512 MiB taken by this kernel'
    """
    return f"{found / 2**20:,.0f} MiB taken by this kernel" if found else "not known here"


def device_line(device: Any) -> str:
    """A device with its memory where the platform tells it.

    >>> class Device: platform, device_kind, id = "gpu", "H200", 0
    >>> device_line(Device())
    'gpu:0 H200'
    """
    text = f"{device.platform}:{device.id} {device.device_kind}"
    try:
        memory = device.memory_stats() or {}
    except (AttributeError, RuntimeError, NotImplementedError):
        memory = {}
    if "bytes_limit" in memory:
        used, limit = (memory[k] / 2**30 for k in ("bytes_in_use", "bytes_limit"))
        text += f", {used:.1f} of {limit:.1f} GiB in use"
    return text
