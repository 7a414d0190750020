"""Troubles of the device and of the other processes, told in words of one's own: what was needed, what to try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax

from ..distribution.processes import lost
from ..tracing_errors import in_own_words, without_note

_SIGNS = ("RESOURCE_EXHAUSTED", "Out of memory", "out of memory", "CUDA_ERROR_OUT_OF_MEMORY")
_SIZE = re.compile(r"allocat\w*[^0-9]{0,40}?([\d.]+)\s*(bytes|B|[KMGT]i?B)\b")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class DeviceOutOfMemory(jax.errors.JaxRuntimeError):
    """The device's memory did not suffice; the message says what was needed and what to try."""


class ProcessLost(jax.errors.JaxRuntimeError):
    """Another process of the run is gone."""


@contextmanager
def explained(model: Any, verb: str, batch_size: Any = None, data: Any = None) -> Iterator[None]:
    """Around a run: raise errors of the runtime again in words that help.

    Args:
        model: the model at work.
        verb: "fit", "evaluate" or "predict".
        batch_size: rows per step, where it is known.
        data: arrays that lie on the device as a whole.
    """
    try:
        yield
    except (DeviceOutOfMemory, ProcessLost):
        raise
    except Exception as error:
        without_note(error)
        own = in_own_words(error, f"{verb}, in a loss, metric or step of your own")
        if own is not None:
            raise own from error
        if any(sign in str(error) for sign in _SIGNS) and isinstance(error, (RuntimeError, MemoryError)):
            raise DeviceOutOfMemory(out_of_memory(error, model, verb, batch_size, data)) from error
        words = lost(error) if isinstance(error, (RuntimeError, ValueError)) else None
        if words is not None:
            raise ProcessLost(words) from error
        raise


def out_of_memory(error: BaseException, model: Any, verb: str, batch_size: Any, data: Any) -> str:
    """What to say when the device's memory does not suffice."""
    device = jax.local_devices()[0]
    asked = asked_for(str(error))
    lines = [
        f"The memory of {device.platform}:{device.id} ({device.device_kind}) did not suffice for {verb}"
        + (f": {size_text(asked)} more were asked for." if asked else ".")
    ]
    try:
        found = device.memory_stats() or {}
    except Exception:  # a device that failed may not answer either
        found = {}
    if found.get("bytes_limit"):
        used, limit = found.get("bytes_in_use", 0), found["bytes_limit"]
        lines.append(f"Of the {size_text(limit)} that this process may take {size_text(used)} are in use.")
    weights = sum(v.size * v._raw_value.dtype.itemsize for v in model.variables)
    needs = [f"weights {size_text(weights)}"]
    if verb in ("fit", "train_on_batch"):
        optimizer = getattr(model.optimizer, "variables", [])
        needs += [
            f"optimizer {size_text(sum(v.size * v._raw_value.dtype.itemsize for v in optimizer))}",
            f"gradients {size_text(sum(v.size * v._raw_value.dtype.itemsize for v in model.trainable_variables))}",
        ]
    whole = sum(getattr(a, "nbytes", 0) for a in jax.tree.leaves(data))
    if whole:
        needs.append(f"data {size_text(whole)}")
    lines.append(f"Needed are: {', '.join(needs)}, and the layers' results for a batch, which grow with its size.")
    tries = [f"a smaller batch_size{f' (it is {batch_size})' if batch_size else ''}"]
    if whole > weights and whole > asked / 100:
        tries.append("batches from a generator or keras.utils.PyDataset: arrays lie on the device as a whole")
    if verb in ("fit", "train_on_batch"):
        tries.append("keras.mixed_precision.set_global_policy('mixed_bfloat16')")
        tries.append("keras.RematScope(mode='full') around the building of the model")
    tries.append("keras.distribution.ModelParallel over several devices")
    if device.platform != "cpu":
        tries.append("nvidia-smi, to see who else uses the device, and keras.config.set_gpu_memory()")
    lines.append("Try, in this order: " + "; ".join(tries) + ".")
    return "\n".join(lines)


def asked_for(message: str) -> int:
    """Bytes that an allocator's message names, 0 where it names none.

    >>> asked_for("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4.00GiB.")
    4294967296
    >>> asked_for("RESOURCE_EXHAUSTED: Out of memory allocating 123456 bytes.")
    123456
    """
    found = _SIZE.search(message)
    if found is None:
        return 0
    unit = "" if found[2] in ("bytes", "B") else found[2][0]
    return int(float(found[1].rstrip(".")) * _UNITS[unit])


def size_text(size: float) -> str:
    """A number of bytes as people read it.

    >>> size_text(512), size_text(4 * 2**30)
    ('512 B', '4.0 GiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
