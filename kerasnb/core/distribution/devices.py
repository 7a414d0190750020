"""Devices by name, and the start of a process among several."""

from __future__ import annotations

import os
from typing import Any

import jax


def list_devices(device_type: str | None = None) -> list[str]:
    """The names of all devices of all processes, such as ``"cpu:0"`` or ``"gpu:3"``.

    Args:
        device_type: "cpu", "gpu" or "tpu"; the default platform where None.
    """
    kind = device_type.lower() if device_type else None
    return [device_name(d) for d in jax.devices(kind)]


def get_device_count(device_type: str | None = None) -> int:
    """How many devices ``list_devices`` names."""
    return len(list_devices(device_type))


def device_name(device: Any) -> str:
    """Platform and number of a jax device."""
    return f"{device.platform}:{device.id}"


def find_device(name: Any) -> Any:
    """The jax device of a name (a jax device is given back as it is).

    Raises:
        ValueError: there is no such device; the message lists those that exist.
    """
    if not isinstance(name, str):
        return name
    platform, _, number = name.lower().partition(":")
    platform = "gpu" if platform == "cuda" else platform
    try:
        known = {device_name(d): d for d in jax.devices(platform)}
    except RuntimeError:
        known = {}
    wanted = f"{platform}:{number or 0}"
    if wanted not in known:
        there = [device_name(d) for d in jax.devices()]
        raise ValueError(f"There is no device {str(name)!r}. Devices here: {there}.{gpu_hint(platform)}")
    return known[wanted]


def gpu_hint(platform: str) -> str:
    """What to do where a GPU is missed; nothing for other devices."""
    if platform not in ("gpu", "cuda", "rocm"):
        return ""
    return (
        " For an NVIDIA GPU jax needs its CUDA libraries, pip install 'kerasnb[gpu]', and NVIDIA's driver "
        "(kerasnb[cuda12] where that is older than 580); `kerasnb doctor` says what is missing. "
        "JAX_PLATFORMS=cpu in the environment hides GPUs."
    )


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    *,
    initialization_timeout: int = 300,
    heartbeat_timeout_seconds: int = 100,
    shutdown_timeout_seconds: int = 60,
) -> None:
    """Join the other processes of a run; call it first in each of them.

    Args:
        job_addresses: address and port of process 0, ``"10.0.0.1:1234"``; of a comma-separated list the first counts.
        num_processes: how many processes there are.
        process_id: the number of this one, from 0.
        initialization_timeout: seconds to wait for the others at the start.
        heartbeat_timeout_seconds: seconds of silence after which a process counts as lost and the others end.
        shutdown_timeout_seconds: seconds that a process waits for the others at its end.

    What is left out is taken from ``KERAS_DISTRIBUTION_JOB_ADDRESSES``, ``KERAS_DISTRIBUTION_NUM_PROCESSES`` and
    ``KERAS_DISTRIBUTION_PROCESS_ID``, and else found by jax (Slurm, Kubernetes, Open MPI, TPU pods). Random numbers go
    on from here as in process 0, so that all build the same model and shuffle alike.

    Raises:
        ValueError: a number that cannot be, or an address without a port.
        RuntimeError: devices were in use already, or the others did not come in time.
    """
    found = os.environ.get
    addresses = job_addresses or found("KERAS_DISTRIBUTION_JOB_ADDRESSES")
    count = num_processes if num_processes is not None else _number("KERAS_DISTRIBUTION_NUM_PROCESSES")
    own = process_id if process_id is not None else _number("KERAS_DISTRIBUTION_PROCESS_ID")
    if count is not None and own is not None and not 0 <= own < count:
        raise ValueError(f"initialize: process_id must be in [0, {count}), got process_id={own}.")
    coordinator = addresses.split(",")[0].strip() if addresses else None
    if coordinator is not None and not coordinator.rpartition(":")[2].isdigit():
        raise ValueError(
            f"initialize: job_addresses must name address and port of process 0, such as '10.0.0.1:1234', "
            f"got {addresses!r}."
        )
    if jax.distributed.is_initialized():
        raise RuntimeError("initialize was called before in this process: once is enough.")
    try:
        jax.distributed.initialize(
            coordinator_address=coordinator,
            num_processes=count,
            process_id=own,
            initialization_timeout=initialization_timeout,
            heartbeat_timeout_seconds=heartbeat_timeout_seconds,
            shutdown_timeout_seconds=shutdown_timeout_seconds,
        )
    except (RuntimeError, ValueError) as error:
        error.add_note(
            "kerasnb.distribution.initialize: call it before anything else uses jax (a model, an array, a list of "
            "devices), in each of the processes, with the same address and number of processes. Without a cluster "
            "that jax knows (Slurm, Kubernetes, Open MPI) pass all three arguments."
        )
        raise
    if jax.process_count() > 1:
        from .processes import agree_on_draws

        agree_on_draws()


def _number(variable: str) -> int | None:
    text = os.environ.get(variable)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{variable} must be a whole number, got {text!r}.") from None
