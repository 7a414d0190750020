"""LoRA: fine-tune a frozen weight through a low-rank correction, ``W + alpha / rank * A @ B``.

Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, ICLR 2022.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from .arguments import positive_int


class LowRank:
    """Mixin of layers with one large weight, whose attribute's name is ``lora_target``."""

    lora_target = "kernel"
    lora_rank: int | None = None
    lora_alpha: float | None = None
    # Whether A and B exist already.
    lora_enabled = False

    def _ask_for_lora(self, rank: int | None, alpha: float | None, quantization: Any) -> None:
        """Keep the constructor's arguments."""
        where = type(self).__name__
        if quantization is not None:
            raise NotImplementedError(
                f"{where}: quantized weights are not supported, quantization_config must be None, "
                f"got {quantization!r}. For less memory use dtype='mixed_bfloat16'."
            )
        self.quantization_config = None
        if rank is not None:
            self.lora_rank = positive_int(rank, "lora_rank", where)
            self.lora_alpha = self.lora_rank if alpha is None else alpha

    def _add_asked_lora(self) -> None:
        """At the end of ``build``: make A and B if the constructor was given a rank."""
        if self.lora_rank is not None:
            rank, self.lora_rank = self.lora_rank, None
            self.built = True
            self.enable_lora(rank, lora_alpha=self.lora_alpha)

    def enable_lora(
        self,
        rank: int,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
        lora_alpha: float | None = None,
    ) -> None:
        """Freeze the weight and train a correction of the given rank instead.

        Args:
            rank: columns of A and rows of B; the fewer, the fewer numbers are trained.
            a_initializer, b_initializer: with B at zero the layer starts as it was.
            lora_alpha: the correction is scaled by ``lora_alpha / rank``; the rank by default.

        Raises:
            ValueError: the layer has no weights yet, has a correction already, or has a constraint
                on the weight, which could not hold for the sum.
        """
        name, target = type(self).__name__, self.lora_target
        if getattr(self, f"{target}_constraint") is not None:
            raise ValueError(f"{name} {self.name!r}: LoRA does not go with {target}_constraint.")
        if not self.built:
            raise ValueError(f"{name} {self.name!r}: build the layer before enable_lora().")
        if self.lora_enabled:
            raise ValueError(f"{name} {self.name!r}: LoRA is enabled already.")
        weight = getattr(self, target)
        self.lora_rank = positive_int(rank, "rank", f"{name}.enable_lora")
        self.lora_alpha = self.lora_rank if lora_alpha is None else lora_alpha
        a = self.add_weight(
            (*weight.shape[:-1], rank),
            a_initializer,
            regularizer=weight.regularizer,
            name=f"lora_{target}_a",
        )
        b = self.add_weight(
            (rank, weight.shape[-1]),
            b_initializer,
            regularizer=weight.regularizer,
            name=f"lora_{target}_b",
        )
        setattr(self, f"lora_{target}_a", a)
        setattr(self, f"lora_{target}_b", b)
        weight.trainable = False
        self.lora_enabled = True

    def _lora(self) -> tuple[Any, Any, float]:
        """A, B and the scale."""
        a = getattr(self, f"lora_{self.lora_target}_a")
        b = getattr(self, f"lora_{self.lora_target}_b")
        return a, b, self.lora_alpha / self.lora_rank

    def corrected(self) -> Any:
        """The weight's value, with the correction where there is one."""
        weight = getattr(self, self.lora_target)
        if not self.lora_enabled:
            return weight.value
        a, b, scale = self._lora()
        return weight.value + scale * (a.value @ b.value)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for key in ("lora_rank", "lora_alpha"):
            if config.get(key) is None:
                config.pop(key, None)
        return config

    # Archives hold the corrected weight alone, as Keras's do; loading starts the correction anew.

    def save_own_variables(self, store: Any) -> None:
        """Write the weights, the correction added in."""
        if not self.lora_enabled:
            return super().save_own_variables(store)
        a, b, scale = self._lora()
        weight = getattr(self, self.lora_target)
        kept = [v for v in self._own_variables() if v is not a and v is not b]
        for i, v in enumerate(kept):
            value = v.numpy()
            if v is weight:
                value = value + scale * np.matmul(a.numpy(), b.numpy()).astype(value.dtype)
            store[str(i)] = value

    def load_own_variables(self, store: Any) -> None:
        """Read the weights, and set the correction to zero."""
        if not self.lora_enabled:
            return super().load_own_variables(store)
        a, b, _ = self._lora()
        kept = [v for v in self._own_variables() if v is not a and v is not b]
        if len(store.keys()) != len(kept):
            raise ValueError(
                f"Layer {self.name!r} cannot load {len(store.keys())} stored variables: it has "
                f"{len(kept)} beside the LoRA correction."
            )
        for i, v in enumerate(kept):
            v.assign(store[str(i)])
        a.assign(jnp.zeros(a.shape))
        b.assign(jnp.zeros(b.shape))
