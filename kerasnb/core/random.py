"""Random numbers: a generator with a state that compiled steps carry, and draws under Keras's names."""

from __future__ import annotations

import random as python_random
import weakref
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import config, naming
from .registry import Configurable
from .symbolic import KerasTensor
from .variable import Variable

_global_generator: SeedGenerator | None = None


class SeedGenerator(Configurable):
    """A stream of random keys that is the same for the same seed.

    Args:
        seed: an integer from 0 to 2**32 - 1; drawn from the global seed if None.
        name: its name.

    ``next()`` gives a key for ``jax.random`` and moves on. The state is a Variable, so compiled
    programs carry it and a restored state gives the same numbers again.
    """

    _tracked_as = "seeds"
    _asked_for = False  # whether it is the global one, made of a seed that somebody set

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if kwargs:
            raise ValueError(f"SeedGenerator does not know the argument(s) {sorted(kwargs)}.")
        self._given_seed = seed
        if seed is None:
            seed = int(np.random.randint(0, 2**31 - 1))
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise ValueError(f"SeedGenerator: seed must be an integer or None, got seed={seed!r}.")
        self.name = name or naming.auto_name("seed_generator")
        self.seed = int(seed) % 2**32
        self.state = Variable(
            np.array([self.seed, 0], np.uint32),
            dtype="uint32",
            trainable=False,
            autocast=False,
            name="seed_generator_state",
        )
        object.__setattr__(self.state, "_owner", weakref.ref(self))

    @property
    def path(self) -> str:
        """The generator's name, as part of its state's path."""
        return self.name

    def next(self, ordered: bool = True) -> jax.Array:
        """The next key: the state as it is; the state's counter goes up by one."""
        key = self.state.get_value()
        self.state.assign(key + jnp.array([0, 1], jnp.uint32))
        return key

    def get_config(self) -> dict[str, Any]:
        """The seed and the name."""
        return {"seed": self.seed, "name": self.name}

    def save_own_variables(self, store: Any) -> None:
        """Write the state."""
        store["0"] = self.state.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read the state; archives without one start anew."""
        if "0" in list(store.keys()):
            self.state.assign(store["0"])


def global_generator() -> SeedGenerator:
    """The generator behind draws without a seed."""
    global _global_generator
    found = _global_generator
    if found is None:
        found = SeedGenerator(python_random.randint(1, int(1e9)), name="global_seed_generator")
        _global_generator = found
    return found


def set_global_seed(seed: int) -> None:
    """Seed Python's, NumPy's and kerasnb's random numbers, and the names' counters stay as they are."""
    global _global_generator
    python_random.seed(seed)
    np.random.seed(seed % 2**32)
    _global_generator = SeedGenerator(seed, name="global_seed_generator")
    _global_generator._asked_for = True


def given_seed() -> int | None:
    """The seed that was set last; None where none was, and numbers differ from run to run."""
    found = _global_generator
    return found.seed if found is not None and found._asked_for else None


def draw_seed(seed: Any = None) -> jax.Array:
    """A key for ``jax.random``: of an integer, the next of a SeedGenerator, or the global next."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is None:
        return global_generator().next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return jnp.array([int(seed) % 2**32, 0], jnp.uint32)
    if isinstance(seed, (jax.Array, np.ndarray)) and getattr(seed, "shape", None) == (2,):
        return jnp.asarray(seed, jnp.uint32)
    raise ValueError(
        f"seed must be an integer, a SeedGenerator or None, got seed={seed!r} of type {type(seed).__name__}."
    )


def _float(dtype: Any, where: str) -> Any:
    name = config.standardize_dtype(dtype)
    if not config.is_float_dtype(name):
        raise ValueError(f"random.{where}: dtype must be a float type, got dtype={name!r}.")
    return jnp.dtype(name)


def normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Normal with ``mean`` and ``stddev``."""
    dtype = _float(dtype, "normal")
    return (mean + stddev * jax.random.normal(draw_seed(seed), tuple(shape), dtype)).astype(dtype)


def uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Uniform in ``[minval, maxval)``."""
    return jax.random.uniform(draw_seed(seed), tuple(shape), _float(dtype, "uniform"), minval, maxval)


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Integers in ``[minval, maxval)``."""
    name = config.standardize_dtype(dtype)
    if not config.is_int_dtype(name):
        raise ValueError(f"random.randint: dtype must be an integer type, got dtype={name!r}.")
    return jax.random.randint(draw_seed(seed), tuple(shape), minval, maxval, jax.dtypes.canonicalize_dtype(name))


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Normal, cut at two standard deviations on both sides."""
    dtype = _float(dtype, "truncated_normal")
    draw = jax.random.truncated_normal(draw_seed(seed), -2.0, 2.0, tuple(shape), dtype)
    return (mean + stddev * draw).astype(dtype)


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Gamma with shape parameter ``alpha`` and scale 1."""
    return jax.random.gamma(draw_seed(seed), alpha, tuple(shape), _float(dtype, "gamma"))


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Beta with parameters ``alpha`` and ``beta``."""
    return jax.random.beta(draw_seed(seed), alpha, beta, tuple(shape), _float(dtype, "beta"))


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """How many of ``counts`` trials succeed, each with ``probabilities``."""
    return jax.random.binomial(draw_seed(seed), counts, probabilities, tuple(shape), _float(dtype, "binomial"))


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Classes drawn by their logits: (batch, classes) to (batch, num_samples)."""
    logits = jnp.asarray(logits)
    draws = jax.random.categorical(draw_seed(seed), logits, shape=(num_samples, *logits.shape[:-1]))
    return jnp.moveaxis(draws, 0, -1).astype(jax.dtypes.canonicalize_dtype(config.standardize_dtype(dtype)))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> jax.Array:
    """Zero a share ``rate`` of the numbers, scale the others by ``1 / (1 - rate)``."""
    x = jnp.asarray(inputs)
    shape = (
        x.shape
        if noise_shape is None
        else tuple(n if m is None else m for m, n in zip(noise_shape, x.shape, strict=True))
    )
    kept = jax.random.bernoulli(draw_seed(seed), 1.0 - rate, shape)
    return jnp.where(kept, x / (1.0 - rate), jnp.zeros_like(x))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The same entries in random order along an axis."""
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, dtype=x.dtype)
    return jax.random.permutation(draw_seed(seed), jnp.asarray(x), axis, independent=False)
