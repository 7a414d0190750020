"""What the notebooks must reach when they run whole: the one table, asserted by ``make notebooks``.

Each row: an expression for the notebook's kernel, how it is compared, the bound, what it is, and the figure published
for the same network elsewhere. The bounds hold on two CPU cores with the seeds that stand in the notebooks.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

COMPARISONS = {">=": operator.ge, "<=": operator.le, "==": operator.eq}
MINUTES = {"tutorials": 4, "notebooks": 8}  # of a whole run


@dataclass(frozen=True)
class Figure:
    """One number of a notebook and its bound."""

    expression: str
    comparison: str
    bound: Any
    what: str
    published: str = ""

    def holds(self, value: Any) -> bool:
        """Whether a value is within the bound; None (it could not be computed) is not."""
        return value is not None and COMPARISONS[self.comparison](value, self.bound)


FIGURES: dict[str, tuple[Figure, ...]] = {
    "00_front_page": (
        Figure("float(scores['accuracy'])", ">=", 0.982, "test accuracy", "0.9807"),
        Figure("float(scores['loss'])", "<=", 0.115, "test loss", "0.1149"),
        Figure("model.count_params()", "==", 235_146, "parameters", "235,146"),
    ),
    "01_basic_classification": (
        Figure("float(scores['accuracy'])", ">=", 0.88, "test accuracy, 10 epochs", "0.864 to 0.872 after 5"),
    ),
    "02_text_classification": (
        Figure("model.count_params()", "==", 160_289, "parameters", "160,289"),
        Figure("float(scores['accuracy'])", ">=", 0.872, "test accuracy, 40 epochs", "0.8696"),
        Figure("float(stopped_scores['accuracy'])", ">=", 0.878, "test accuracy, stopped early"),
        Figure("float(text_scores['accuracy'])", ">=", 0.873, "test accuracy, from raw text", "0.8726"),
    ),
    "03_basic_regression": (
        Figure("model.count_params()", "==", 5_121, "parameters", "5,121"),
        Figure("1000 * float(np.mean(errors))", "<=", 2_900, "Boston, mean of 5 seeds, dollars", "3,298"),
        Figure("float(car_scores['mae'])", "<=", 1.75, "Auto MPG, miles per gallon", "1.79"),
    ),
    "04_overfit_and_underfit": (
        Figure(
            "[t.parameters for t in result.trials[:2]] + [bigger.count_params()]",
            "==",
            [160_305, 40_029, 5_383_681],
            "parameters",
            "the same",
        ),
        Figure("bigger_turn", "<=", 2, "epoch in which the bigger model turns", "1 to 2"),
        Figure("float(losses['weights cost'][-1] - losses['baseline'][-1])", "<=", -0.02, "L2 against the baseline"),
        Figure("float(losses['dropout'][-1] - losses['baseline'][-1])", "<=", -0.02, "dropout against the baseline"),
    ),
    "05_save_and_restore": (
        Figure("model.count_params()", "==", 407_050, "parameters", "407,050"),
        Figure("float(restored_scores['accuracy'])", ">=", 0.873, "accuracy, restored"),
        Figure("np.array_equal(saved_predictions, restored_predictions)", "==", True, "bit-equal after loading"),
        Figure(
            "all(np.array_equal(a, b) for a, b in zip(resumed.get_weights(), undisturbed.get_weights()))",
            "==",
            True,
            "bit-equal after an interruption",
        ),
    ),
    "06_convolutional_networks": (Figure("float(scores['accuracy'])", ">=", 0.991, "test accuracy"),),
    "07_recurrent_networks": (Figure("float(scores['accuracy'])", ">=", 0.86, "test accuracy"),),
    "08_functional_api": (
        Figure("float(scores['same_accuracy'])", ">=", 0.95, "the same or not"),
        Figure("float(scores['total_accuracy'])", ">=", 0.9, "the total"),
        Figure("agreement", ">=", 0.93, "nearest neighbours of one digit"),
    ),
    "09_custom_training": (
        Figure("abs(float(scores['coverage']) - 0.8)", "<=", 0.05, "coverage, off the promised 0.8"),
        Figure("float(careful_scores['loss'])", "<=", 0.2, "loss of the step that looks twice"),
    ),
    "advanced_transfer": (
        Figure("float(second_scores['accuracy'])", ">=", 0.988, "5 to 9, features of 0 to 4 frozen"),
        Figure("all(np.array_equal(a, b) for a, b in zip(before, after))", "==", True, "frozen weights stay"),
        Figure("float(comparison[5][1] - comparison[5][0])", ">=", 0.05, "5 of each digit: transfer against none"),
    ),
    "advanced_vae": (
        Figure("float(scores['loss'])", "<=", 155.0, "reconstruction + KL on test digits, nats"),
        Figure("float(abs(scores['loss'] - scores['reconstruction'] - scores['kl']))", "<=", 0.01, "the parts add up"),
    ),
    "advanced_memory_network": (Figure("float(scores['accuracy'])", ">=", 0.97, "test accuracy, task 1"),),
    "advanced_text_generation": (Figure("float(nats)", "<=", 1.60, "nats per character, held-out text"),),
    "advanced_neural_turing_machine": (
        Figure("min(right[n] for n in lengths if n <= LONGEST)", ">=", 0.995, "bits right at trained lengths"),
        Figure("right[2 * LONGEST]", ">=", 0.95, "bits right at twice the length"),
        Figure("right[2 * LONGEST] - right_lstm[2 * LONGEST]", ">=", 0.2, "against an LSTM, at twice the length"),
    ),
    "guide_basics": (
        Figure("float(scores['accuracy'])", ">=", 0.96, "test accuracy"),
        Figure("same", "==", True, "bit-equal after loading"),
    ),
    "widgets_summary_card": (
        Figure("model.count_params()", "==", 8_778, "parameters"),
        Figure("len(eyes.trainable_weights)", "==", 0, "weights to learn in the frozen part"),
    ),
    "widgets_graph": (Figure("model.count_params()", "==", 87_358, "parameters"),),
    "widgets_monitor": (
        Figure("float(history.history['val_accuracy'][-1])", ">=", 0.95, "validation accuracy"),
        Figure("[hint.kind for hint in history_misled.hints()]", "==", ["overfitting"], "made-up labels are told"),
    ),
    "widgets_rewind": (Figure("same", "==", True, "bit-equal after going back"),),
    "widgets_gallery": (
        Figure("float(bad.accuracy)", ">=", 0.94, "digits"),
        Figure("float(by_label.of('loop').accuracy)", ">=", 0.92, "closed loops"),
    ),
    "widgets_regression": (Figure("float(np.abs(view.errors).mean())", "<=", 50.0, "mean error", "45.6, a line"),),
    "widgets_sketchpad": (Figure("float(history.history['val_accuracy'][-1])", ">=", 0.96, "validation accuracy"),),
    "widgets_inspector": (
        Figure("inside.hints[0].split()[0]", "==", "logarithm", "where NaN begins"),
        Figure("len(model.inspect(x_test).activations(3))", "==", 5, "layers"),
    ),
    "widgets_playground": (Figure("float(spiral.losses[-1, 4])", ">=", 0.9, "spiral, test accuracy"),),
    "widgets_sweep": (Figure("float(scores['accuracy'])", ">=", 0.95, "test accuracy of the best"),),
    "widgets_runs": (
        Figure("[keras.runs.get(n).status for n in ('narrow', 'wide')]", "==", ["finished", "finished"], "recorded"),
    ),
    "widgets_compare": (
        Figure(
            "min(runs['Adam'].history['val_loss']) / min(runs['SGD'].history['val_loss'])", "<=", 0.5, "Adam to SGD"
        ),
    ),
    "example_photographs": (Figure("float(scores['accuracy'])", ">=", 0.65, "test accuracy, five kinds"),),
    "example_transformer": (Figure("float(scores['accuracy'])", ">=", 0.85, "test accuracy"),),
    "example_forecasting": (
        Figure("errors['network'] - min(errors['like today'], errors['as always'])", "<=", -0.2, "degrees gained"),
        Figure("abs(inside - 0.8)", "<=", 0.07, "coverage, off the promised 0.8"),
    ),
    "example_sweep": (Figure("float(scores['accuracy'])", ">=", 0.975, "test accuracy of the chosen"),),
    "example_devices": (
        Figure("len(devices)", "==", 4, "devices"),
        Figure("float(parallel_difference)", "<=", 1e-4, "data parallel against one device"),
        Figure("float(cut_difference)", "<=", 1e-4, "model parallel against one device"),
    ),
}
