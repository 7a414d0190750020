"""``%kerasnb seed``, ``precision`` and ``device``: what holds for everything that follows."""

from __future__ import annotations

from typing import Any

from kerasnb.commands import nearest, number

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16", "bfloat16", "float16", "float64")


def seed(word: str = "") -> str:
    """Set the seed; without a number say which was set."""
    from kerasnb.core.random import given_seed
    from kerasnb.core.utils.session import set_random_seed

    if word:
        set_random_seed(number(word, "seed", 42))
        return f"seed {word}: the same cells now give the same numbers"
    found = given_seed()
    return "no seed is set: numbers differ from run to run" if found is None else f"seed {found}"


def precision(name: str = "") -> str:
    """Choose the dtype policy of layers made from here on; without a name say which it is."""
    from kerasnb.core import policies

    if name:
        if name not in PRECISIONS:
            raise ValueError(
                f"%kerasnb precision takes one of {', '.join(PRECISIONS)}, got {name!r}.{nearest(name, PRECISIONS)}"
            )
        policies.set_dtype_policy(name)
    policy: Any = policies.dtype_policy()
    return f"precision {policy.name}" + (": layers made from here on compute in it" if name else "")


def device(name: str = "") -> str:
    """Compute on ``cpu``, ``gpu`` or one of several such as ``gpu:1``; without a name list what there is."""
    import jax

    there = all_devices()
    if not name:
        chosen = jax.config.jax_default_device or jax.devices()[0]
        return "\n".join(f"{'*' if d == chosen else ' '} {label(d)}  {d.device_kind}" for d in there)
    wanted = name.lower().replace("cuda", "gpu")
    found = [d for d in there if wanted in (label(d), label(d).partition(":")[0])]
    if not found:
        labels = [label(d) for d in there]
        raise ValueError(
            f"There is no device {name!r} here; there are {', '.join(labels)}.{nearest(name, labels)} "
            "%kerasnb doctor says how to mend a GPU that is not seen."
        )
    jax.config.update("jax_default_device", found[0])
    return f"device {label(found[0])} {found[0].device_kind}: models made from here on live there"


def all_devices() -> list[Any]:
    """All devices, those of the fastest platform first; the CPU is always one."""
    import jax

    found = list(jax.devices())
    try:
        found += [d for d in jax.devices("cpu") if d not in found]
    except RuntimeError:
        pass  # JAX_PLATFORMS names others alone
    return found


def label(device: Any) -> str:
    """How a device is called here, such as ``gpu:0``."""
    return f"{device.platform}:{device.id}"


def device_names() -> list[str]:
    """What may follow ``device``."""
    labels = [label(d) for d in all_devices()]
    return [*dict.fromkeys(name.partition(":")[0] for name in labels), *labels]
