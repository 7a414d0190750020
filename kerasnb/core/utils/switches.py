"""Switches of ``keras.config``: what is shown, what is allowed, and bounds on training for trial runs."""

from __future__ import annotations

import warnings

from .. import config


def enable_interactive_logging() -> None:
    """Let ``fit`` and its kin show progress bars (the usual state)."""
    config.put("interactive_logging", True)


def disable_interactive_logging() -> None:
    """Let ``fit`` and its kin show nothing but one line an epoch, for logs that are read later."""
    config.put("interactive_logging", False)


def is_interactive_logging_enabled() -> bool:
    """Whether progress bars are shown."""
    return config.get("interactive_logging")


def enable_traceback_filtering() -> None:
    """Ask for tracebacks without kerasnb's inner frames."""
    config.put("traceback_filtering", True)


def disable_traceback_filtering() -> None:
    """Ask for whole tracebacks."""
    config.put("traceback_filtering", False)


def is_traceback_filtering_enabled() -> bool:
    """Whether inner frames may be left out of tracebacks."""
    return config.get("traceback_filtering")


def is_nnx_enabled() -> bool:
    """Always True: every layer and model is a ``flax.nnx.Module``."""
    return True


def enable_flash_attention() -> None:
    """Let attention layers use the fused kernel where the device has one."""
    config.put("flash_attention", True)


def disable_flash_attention() -> None:
    """Keep attention layers to plain matrix products."""
    config.put("flash_attention", False)


def is_flash_attention_enabled() -> bool | None:
    """True or False as chosen; None while nobody has, and the device decides."""
    return config.get("flash_attention")


def enable_unsafe_deserialization() -> None:
    """Accepted as in Keras, but kerasnb never runs code out of a file: a warning says so, nothing else changes."""
    warnings.warn(
        "enable_unsafe_deserialization() changes nothing: kerasnb never runs code stored in a file. Replace lambdas by "
        "named functions registered with @keras.saving.register_keras_serializable().",
        stacklevel=2,
    )


def set_backend(backend: str) -> None:
    """Accept "jax"; anything else is refused, as kerasnb is written on JAX alone.

    Raises:
        ValueError: another backend.
    """
    if backend != "jax":
        raise ValueError(
            f"set_backend: kerasnb runs on JAX only, got backend={backend!r}. Models saved with model.save(...) open "
            "in Keras 3 on TensorFlow and PyTorch."
        )


def _bound(value: int | None, name: str) -> int | None:
    if value is None or value == -1:  # Keras's two ways of saying "no bound"
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"set_{name}: {name} must be a positive integer or None, got {value!r}.")
    return value


def max_epochs() -> int | None:
    """How many epochs ``fit`` runs at most; None without a bound."""
    return config.get("max_epochs")


def set_max_epochs(max_epochs: int | None) -> None:
    """Bound the epochs of every ``fit``, so that a script can be tried out quickly.

    Args:
        max_epochs: a positive integer; None lifts the bound.
    """
    config.put("max_epochs", _bound(max_epochs, "max_epochs"))


def max_steps_per_epoch() -> int | None:
    """How many batches an epoch has at most; None without a bound."""
    return config.get("max_steps_per_epoch")


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Bound the batches of every epoch of ``fit``, ``evaluate`` and ``predict``.

    Args:
        max_steps_per_epoch: a positive integer; None lifts the bound.
    """
    config.put("max_steps_per_epoch", _bound(max_steps_per_epoch, "max_steps_per_epoch"))
