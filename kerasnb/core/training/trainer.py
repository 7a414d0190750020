"""Trainer: compile, fit, evaluate, predict. The host loop reads like this docstring.

``fit`` opens the data, lends the model's Variables to a compiled program, and then only decides what
comes next: how many steps to run before looking up again, whether somebody pressed stop, what the
callbacks say. Whatever happens, the arrays are written back into the model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..callbacks.history import History
from ..variable import Changes
from .compile_loss import CompileLoss
from .compile_metrics import CompileMetrics
from .compile_names import check_loss_names, check_metric_names
from .known_arguments import known_arguments
from .trainer_steps import TrainerSteps


class Trainer(TrainerSteps):
    """The training half of a Model."""

    # What compile sets; as class attributes so that models made by any route have them.
    stop_training = False
    run_eagerly = False
    jit_compile: Any = True
    steps_per_execution = 1
    loss: Any = None
    auto_scale_loss = True
    history: Any = None
    _compile_arguments: dict[str, Any] | None = None

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` was called."""
        return self._compile_arguments is not None

    @known_arguments
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose how the model learns.

        Args:
            optimizer: a name, an Optimizer, or a raw optax transformation.
            loss: a name, function or Loss; a list or dict of them for several outputs.
            loss_weights: numbers that the outputs' losses are multiplied with.
            metrics: names, functions or Metrics to report; lists or a dict for several outputs.
            weighted_metrics: metrics that sample and class weights apply to.
            run_eagerly: run step by step in Python, to debug.
            steps_per_execution: accepted; the engine decides how many steps run per call.
            jit_compile: False runs uncompiled, as ``run_eagerly``.
            auto_scale_loss: scale the loss under mixed_float16.
        """
        from .. import metrics as metrics_module
        from .. import optimizers
        from .suspicions import flags

        found = optimizers.get(optimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and found is not None:
            if not isinstance(found, optimizers.LossScaleOptimizer):
                found = optimizers.LossScaleOptimizer(found, name="loss_scale_optimizer")
        names = getattr(self, "output_names", None) if hasattr(type(self), "output_names") and self.built else None
        compile_loss = CompileLoss(loss, loss_weights, names) if loss is not None else None
        if compile_loss is not None:
            check_loss_names(loss)
        compile_metrics = (
            CompileMetrics(metrics, weighted_metrics, names)
            if metrics is not None or weighted_metrics is not None
            else None
        )
        for given in (metrics, weighted_metrics):
            if isinstance(given, (list, tuple, dict)):
                check_metric_names(given)
        Changes.count += 1
        put = self.__dict__.__setitem__  # training is not part of the layer's own state
        put("optimizer", found)
        put("loss", loss)
        put("_compile_loss", compile_loss)
        put("_compile_metrics", compile_metrics)
        put("_loss_tracker", metrics_module.Mean(name="loss"))
        put("run_eagerly", bool(run_eagerly))
        put("jit_compile", jit_compile)
        put("steps_per_execution", steps_per_execution)
        put("auto_scale_loss", auto_scale_loss)
        put("stop_training", False)
        put("_trainable_at_compile", flags(self))
        put(
            "_compile_arguments",
            {
                "optimizer": optimizer, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
                "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
                "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
            },
        )  # fmt: skip

    # --- the four verbs --------------------------------------------------------------------------------

    @known_arguments
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        rewind: Any = False,
    ) -> History:
        """Train the model.

        Args:
            x: inputs: arrays (or lists or dicts of them), or anything that gives batches.
            y: targets; None where ``x`` gives them too.
            batch_size: rows per step, 32 by default.
            epochs: the epoch to train up to.
            verbose: "auto" or 1 shows progress (live curves in a notebook), 2 one line an epoch, 0 nothing.
            callbacks: a list of callbacks.
            validation_split: share of the last rows to validate on, 0 to 1.
            validation_data: (x, y) or (x, y, sample_weight), or anything that gives batches.
            shuffle: whether the rows are shuffled for each epoch.
            class_weight: class number -> weight of its rows in the loss.
            sample_weight: weight of each row in the loss.
            initial_epoch: the number of the first epoch, when training goes on.
            steps_per_epoch: steps per epoch; all of the data by default.
            validation_steps: steps per validation; all of it by default.
            validation_batch_size: rows per step of validation; ``batch_size`` by default.
            validation_freq: validate every so many epochs, or after the epochs listed.
            rewind: keep the state after every epoch, to look at it or to go on from it (``history.rewind``): True, or
                a ``keras.callbacks.Rewind`` that says how much memory and disk it may take. Not in Keras.

        Returns:
            A History. A stop by button or interrupt returns it too, with ``history.stopped``.
        """
        from .fitting import run_fit

        return run_fit(
            self, x=x, y=y, batch_size=batch_size, epochs=epochs, verbose=verbose, callbacks=callbacks,
            validation_split=validation_split, validation_data=validation_data, shuffle=shuffle,
            class_weight=class_weight, sample_weight=sample_weight, initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
            validation_batch_size=validation_batch_size, validation_freq=validation_freq,
            rewind=rewind,
        )  # fmt: skip

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Loss and metrics on data.

        Args:
            x, y, batch_size, sample_weight, callbacks, verbose: as in ``fit``.
            steps: number of batches; all of them by default.
            return_dict: give a dict by name instead of a list.
        """
        from .evaluating import run_evaluate

        return run_evaluate(
            self, x=x, y=y, batch_size=batch_size, verbose=verbose, sample_weight=sample_weight, steps_=steps,
            callbacks=callbacks, return_dict=return_dict, **kwargs,
        )  # fmt: skip

    @known_arguments
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Outputs for inputs, as NumPy arrays in the structure of the model's outputs."""
        from .predicting import run_predict

        return run_predict(self, x, batch_size, verbose, steps, callbacks)

    def predict_classes(self, x: Any, batch_size: int | None = None, threshold: float = 0.5) -> np.ndarray:
        """The class of each row: the largest of several outputs, or whether the only one passes ``threshold``."""
        probabilities = self.predict(x, batch_size=batch_size, verbose=0)
        if not isinstance(probabilities, np.ndarray):
            raise ValueError(
                "predict_classes needs a model with one output; use predict() and choose one of the outputs."
            )
        if probabilities.shape[-1] > 1:
            return probabilities.argmax(-1)
        return (probabilities[..., 0] > threshold).astype(int)

    # --- single batches --------------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One optimizer step on one batch; returns the running loss and metrics."""
        from .batches import train_on_batch

        return train_on_batch(self, x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """Loss and metrics of one batch."""
        from .batches import test_on_batch

        return test_on_batch(self, x, y, sample_weight, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Outputs for one batch, computed at once."""
        from .batches import predict_on_batch

        return predict_on_batch(self, x)

    # --- programs ----------------------------------------------------------------------------------------

    def make_train_function(self, force: bool = False) -> None:
        """Accepted as in Keras: programs are made when they are needed."""

    make_test_function = make_predict_function = make_train_function
