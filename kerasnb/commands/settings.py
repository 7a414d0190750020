"""``%kerasnb seed``, ``precision``, ``device``, ``live`` and ``theme``: what holds for everything that follows."""

from __future__ import annotations

from typing import Any

from kerasnb.commands import nearest, number

THEMES = ("light", "dark", "auto")
MOST_A_SECOND = 30.0
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


def live(*words: str) -> str:
    """Switch the live view of fit on or off, or say how often a second it gets news; without words say how it is."""
    from kerasnb import widgets

    if words[:1] in (("on",), ("off",)) and len(words) == 1:
        widgets.set_live(words[0] == "on")
    elif words:
        widgets.set_live(True, per_second=_per_second(words))
    every = widgets.seconds_between()
    often = f", {1 / every:g} per second" if words and words[0] not in ("on", "off") else ""
    return f"live view {'on' if widgets.is_live() else 'off'}{often}"


def _per_second(words: tuple[str, ...]) -> float:
    """The N of ``live N per second``."""
    typed = " ".join(words)
    try:
        found = float(words[0])
    except ValueError:
        found = float("nan")
    if found != found or words[1:] not in ((), ("per", "second"), ("per", "s"), ("a", "second")):
        hint = nearest(typed, ("on", "off"))
        raise ValueError(f"%kerasnb live takes on, off or a number such as 2 per second, got {typed!r}.{hint}")
    if not 0.01 <= found <= MOST_A_SECOND:
        raise ValueError(f"%kerasnb live takes 0.01 to {MOST_A_SECOND:g} per second, got {words[0]}.")
    return found


def theme(name: str = "") -> str:
    """Choose how all views look from here on; without a name say how they do."""
    from kerasnb.widgets import theme as look

    if name:
        if name not in THEMES:
            raise ValueError(f"%kerasnb theme takes {', '.join(THEMES)}, got {name!r}.{nearest(name, THEMES)}")
        look.choose(name)
    said = {"auto": "as the notebook's own is, light or dark", "light": "light", "dark": "dark"}[look.chosen()]
    return f"theme {look.chosen()}: views are {said}" + (", from here on" if name else "")


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
