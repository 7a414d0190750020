"""Run one program in a process of its own: ``python play.py kerasnb|keras PROGRAM OUT.npz``.

A program is an ordinary Keras program. It finds ``seeded(model)``, which replaces random first weights by drawn ones
that do not depend on the framework, and leaves what it computed in a dict called ``RESULT``.
"""

from __future__ import annotations

import os
import runpy
import sys

import numpy as np


def seeded(model, seed: int = 0):
    """The model with weights drawn by NumPy: small for kernels, as they are for vectors (biases, statistics)."""
    draw = np.random.RandomState(seed)
    weights = []
    for w in model.get_weights():
        w = np.asarray(w)
        fan = max(int(np.prod(w.shape[:-1])), 1)
        weights.append((draw.standard_normal(w.shape) / np.sqrt(fan)).astype(w.dtype) if w.ndim > 1 else w)
    model.set_weights(weights)
    return model


def main(framework: str, program: str, out: str) -> None:
    """Play the program and store its RESULT."""
    if framework == "kerasnb":
        import kerasnb

        kerasnb.install_as_keras()
    else:
        os.environ["KERAS_BACKEND"] = "jax"
    found = runpy.run_path(program, init_globals={"seeded": seeded})["RESULT"]
    np.savez(out, **{k: np.asarray(v) for k, v in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
