"""Connectionist temporal classification: the loss, and the decoding of its outputs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .dispatch import op
from .tensors import floating, tensor

# fmt: off
__all__ = [
    "ctc_loss", "ctc_decode",
]
# fmt: on

_NEVER = -1e30  # the logarithm of no probability at all


@op("nn", as_class="CTCLoss")
def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0) -> Any:
    """``-log`` of the probability of the labels, over all alignments with the time steps (Graves et al. 2006).

    Args:
        target: labels (batch, length).
        output: logits (batch, time, classes).
        target_length, output_length: how much of each row counts, (batch,).
        mask_index: the class that stands for "no label here".
    """
    import optax

    target, output = tensor(target, "int32"), floating(output)
    if target.ndim != 2 or output.ndim != 3:
        raise ValueError(
            "ctc_loss: target must be (batch, length) and output (batch, time, classes), "
            f"got shapes {target.shape} and {output.shape}."
        )
    beyond = [
        (jnp.arange(x.shape[1]) >= tensor(n)[:, None]).astype(output.dtype)
        for x, n in ((output, output_length), (target, target_length))
    ]
    return optax.ctc_loss(output, beyond[0], target, beyond[1], blank_id=mask_index)


@op("nn", as_class="CTCDecode")
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Any, Any]:
    """Labels out of the logits of a network trained with ``ctc_loss``.

    Args:
        inputs: logits (batch, time, classes).
        sequence_lengths: how many time steps of each row count, (batch,).
        strategy: "greedy" takes the best class of each step; "beam_search" adds up the alignments of the
            ``beam_width`` best label sequences.
        beam_width: how many sequences the beam search keeps.
        top_paths: how many the beam search returns.
        merge_repeated: whether "greedy" takes equal neighbours as one label.
        mask_index: the class that stands for "no label here".

    Returns: labels (paths, batch, time), -1 after their end, and scores (batch, paths): the negative sum of the best
    logits of "greedy", the log-probabilities of "beam_search".
    """
    inputs, lengths = floating(inputs), tensor(sequence_lengths, "int32")
    if inputs.ndim != 3:
        raise ValueError(f"ctc_decode: inputs must be (batch, time, classes), got shape {inputs.shape}.")
    if strategy == "greedy":
        return _greedy(inputs, lengths, merge_repeated, mask_index)
    if strategy != "beam_search":
        raise ValueError(f"ctc_decode: strategy must be 'greedy' or 'beam_search', got strategy={strategy!r}.")
    if top_paths > beam_width:
        raise ValueError(f"ctc_decode: top_paths={top_paths} cannot exceed beam_width={beam_width}.")
    search = jax.vmap(lambda x, n: _beam_search(jax.nn.log_softmax(x), n, beam_width, mask_index))
    labels, scores = search(inputs, lengths)
    return jnp.moveaxis(labels[:, :top_paths], 0, 1), scores[:, :top_paths]


def _greedy(inputs: Any, lengths: Any, merge_repeated: bool, blank: int) -> tuple[Any, Any]:
    best = jnp.argmax(inputs, axis=-1).astype("int32")
    inside = jnp.arange(inputs.shape[1]) < lengths[:, None]
    scores = -jnp.sum(jnp.where(inside, jnp.max(inputs, axis=-1), 0), axis=1, keepdims=True)
    kept = inside & (best != blank)
    if merge_repeated:
        kept = kept & jnp.concatenate([jnp.ones_like(kept[:, :1]), best[:, 1:] != best[:, :-1]], axis=1)
    order = jnp.argsort(~kept, axis=1, stable=True)  # labels to the front
    labels = jnp.take_along_axis(jnp.where(kept, best, -1), order, axis=1)
    return labels[None], scores


def _beam_search(log_p: Any, length: Any, width: int, blank: int) -> tuple[Any, Any]:
    """The ``width`` most probable label sequences of one row, best first.

    A sequence carries two probabilities: of the alignments that end in a blank, and of those that do not.
    """
    steps, classes = log_p.shape
    labels = jnp.full((width, steps), -1, "int32")
    sizes = jnp.zeros(width, "int32")
    ending_blank = jnp.full(width, _NEVER).at[0].set(0.0)
    ending_label = jnp.full(width, _NEVER)
    every = jnp.arange(classes)

    def step(state: tuple, t: Any) -> tuple[tuple, None]:
        labels, sizes, blanks, others = state
        p = log_p[t]
        total = jnp.logaddexp(blanks, others)
        last = jnp.where(sizes > 0, labels[jnp.arange(width), sizes - 1], -1)
        stay_blank = total + p[blank]
        stay_label = jnp.where(sizes > 0, others + p[last], _NEVER)
        # One more label: after the same label only where a blank lies between them.
        longer = jnp.where(every[None] == last[:, None], blanks[:, None], total[:, None]) + p[None]
        longer = jnp.where(every[None] == blank, _NEVER, longer)
        # A longer sequence may be in the beam already: its probability goes there.
        parents = jnp.where(jnp.arange(steps)[None] == sizes[:, None] - 1, -1, labels)
        same = jnp.all(labels[:, None] == parents[None], axis=-1) & (sizes[:, None] == sizes[None] - 1)
        same = same & (total[:, None] > _NEVER / 2) & (total[None] > _NEVER / 2)  # (shorter, longer)
        merged = jnp.where(same, longer[:, last], _NEVER)
        stay_label = jnp.logaddexp(stay_label, jax.nn.logsumexp(merged, axis=0))
        gone = jnp.any(same[:, :, None] & (every == last[:, None])[None], axis=1)
        longer = jnp.where(gone, _NEVER, longer)

        scores = jnp.concatenate([jnp.logaddexp(stay_blank, stay_label), longer.ravel()])
        _, chosen = jax.lax.top_k(scores, width)
        stays = chosen < width
        source = jnp.where(stays, chosen, (chosen - width) // classes)
        added = (chosen - width) % classes
        taken = labels[source]
        new_labels = jnp.where(
            ~stays[:, None] & (jnp.arange(steps)[None] == sizes[source][:, None]), added[:, None], taken
        )
        new = (
            new_labels.astype("int32"),
            sizes[source] + ~stays,
            jnp.where(stays, stay_blank[source], _NEVER),
            jnp.where(stays, stay_label[source], scores[chosen]),
        )
        return jax.tree.map(lambda a, b: jnp.where(t < length, a, b), new, state), None

    start = (labels, sizes, ending_blank, ending_label)
    (labels, _, blanks, others), _ = jax.lax.scan(step, start, jnp.arange(steps))
    return labels, jnp.logaddexp(blanks, others)
