"""The loop over watched steps: each step once, in order; measured are those whose number the interval divides."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kerasnb.core.training.steps import State
from kerasnb.core.training.watched import Kept, gradient_norm, watched_loop

STEPS = 40


def step(i, state, keep):
    """Weights count the steps; the gradients of step i are (3 i, 4 i), its loss is i."""
    assert keep
    gradients = [jnp.array([3.0, 4.0]) * i]
    return state._replace(trainable=[state.trainable[0] + 1.0]), (i, Kept(gradients, jnp.float32(2.0)))


@jax.jit
def run(start, stop, watch):
    state = State([jnp.zeros(2)], [], [], [])
    return watched_loop(step, state, jnp.full((STEPS, 2), -1.0), start, stop, watch)


@given(st.integers(0, STEPS), st.integers(0, STEPS), st.integers(1, 50))
def test_steps_and_what_is_measured(a, b, watch):
    start, stop = min(a, b), max(a, b)
    state, seen = run(start, stop, watch)
    assert state.trainable[0].tolist() == [stop - start] * 2
    numbers = np.arange(start, stop)
    np.testing.assert_array_equal(seen[start:stop, 0], numbers)
    expected = np.where(numbers % watch == 0, 5 * numbers / 2, np.nan)
    np.testing.assert_allclose(seen[start:stop, 1], expected, rtol=1e-6)


def test_the_norm_is_that_of_all_gradients_together_without_the_scale():
    kept = Kept([jnp.array([[3.0, 0.0], [0.0, 4.0]]), jnp.array(12.0, jnp.bfloat16)], jnp.float32(4.0))
    assert float(gradient_norm(kept)) == 13.0 / 4
