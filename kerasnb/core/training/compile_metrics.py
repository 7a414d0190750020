"""The metrics of a compiled model: resolved against the outputs, updated together."""

from __future__ import annotations

from typing import Any

from ..metrics.metric import Metric, make_sums
from ..naming import to_snake_case
from ..registry import did_you_mean
from .structure import leaves, output_keys, targets_for

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


class CompileMetrics(Metric):
    """Metrics matched to outputs, weighted and unweighted; in ``model.metrics`` they stand as one.

    Args:
        metrics: what ``compile`` was given: a list for one output; lists or a dict for several.
        weighted_metrics: likewise, updated with the sample weights.
        output_names: names of the model's outputs, where it has some.
    """

    def __init__(self, metrics: Any, weighted_metrics: Any, output_names: list[str] | None = None):
        super().__init__(name="compile_metrics")
        self.user_metrics, self.user_weighted, self.output_names = metrics, weighted_metrics, output_names
        self.built = False
        # (output number, name in the logs, metric, weighted)
        self.entries: list[tuple[int, str, Any, bool]] = []

    def build(self, y: Any, y_pred: Any) -> None:
        """Resolve names against real (or symbolic) targets and outputs."""
        predictions, names = leaves(y_pred), self.output_names
        targets = targets_for(y, y_pred, names)
        keys = output_keys(y_pred, names)
        several = len(predictions) > 1
        self.entries = []
        for given, weighted, what in (
            (self.user_metrics, False, "metrics"),
            (self.user_weighted, True, "weighted_metrics"),
        ):
            for i, group in enumerate(_groups(given, keys, names, what)):
                for one in group:
                    if one is None:
                        continue
                    metric = resolve_metric(one, targets[i], predictions[i])
                    if targets[i] is not None:
                        make_sums(metric, targets[i], predictions[i])
                    label = f"{keys[i]}_{metric.name}" if several else metric.name
                    self.entries.append((i, self._free(label), metric, weighted))
        self.built = True

    def _free(self, label: str) -> str:
        taken = {name for _, name, _, _ in self.entries}
        count, free = 1, label
        while free in taken:
            free, count = f"{label}_{count}", count + 1
        return free

    @property
    def metrics(self) -> list[Any]:
        """The metric objects."""
        return [metric for _, _, metric, _ in self.entries]

    @property
    def variables(self) -> list[Any]:
        """The sums of all of them."""
        return [v for metric in self.metrics for v in metric.variables]

    def update_state(self, y: Any, y_pred: Any, sample_weight: Any = None, row_mask: Any = None) -> None:
        """Take in one batch.

        Args:
            row_mask: 1 for real rows and 0 for padding; every metric is weighted with it.
        """
        if not self.built:
            self.build(y, y_pred)
        predictions = leaves(y_pred)
        targets = targets_for(y, y_pred, self.output_names)
        for i, _, metric, weighted in self.entries:
            weight = row_mask
            if weighted:
                own = sample_weight
                if isinstance(own, (list, tuple)):
                    own = own[i] if len(own) == len(predictions) else own[0]
                elif isinstance(own, dict):
                    own = own.get(output_keys(y_pred, self.output_names)[i])
                weight = own if own is not None else row_mask
            if weight is None:
                metric.update_state(targets[i], predictions[i])
            else:
                metric.update_state(targets[i], predictions[i], sample_weight=weight)

    def result(self) -> dict[str, Any]:
        """The numbers so far by their names in the logs."""
        found: dict[str, Any] = {}
        for _, name, metric, _ in self.entries:
            value = metric.result()
            found.update(value if isinstance(value, dict) else {name: value})
        return found

    def reset_state(self) -> None:
        """Start anew."""
        for metric in self.metrics:
            metric.reset_state()


def _groups(given: Any, keys: list[str], names: list[str] | None, what: str) -> list[list[Any]]:
    """For each output the list of its metrics."""
    if given is None:
        return [[] for _ in keys]
    if isinstance(given, dict):
        own = names if names and len(names) == len(keys) else keys
        unknown = [k for k in given if k not in keys and k not in own]
        if unknown:
            raise ValueError(
                f"{what} names the output(s) {unknown}, but the model's outputs are {keys}."
                f"{did_you_mean(str(unknown[0]), keys)}"
            )
        return [_listed(given.get(k, given.get(n))) for k, n in zip(keys, own, strict=True)]
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"{what} must be a list or dict, got {given!r}: write {what}=[{given!r}].")
    if len(keys) == 1:
        if len(given) == 1 and isinstance(given[0], (list, tuple)):
            return [list(given[0])]
        return [list(given)]
    if len(given) == len(keys) and any(isinstance(g, (list, tuple)) or g is None for g in given):
        return [_listed(g) for g in given]
    if len(given) == len(keys):
        return [[g] for g in given]
    raise ValueError(f"{what} must have one entry for each of the outputs {keys}, got {given!r}.")


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def resolve_metric(metric: Any, target: Any, prediction: Any) -> Any:
    """A Metric for a name, function or object; "accuracy" is chosen by the shapes."""
    from .. import metrics

    if isinstance(metric, metrics.Metric):
        return metric
    label = None
    if isinstance(metric, str) and metric.lower() in _ACCURACY:
        label = metric
        metric = metrics.resolve_accuracy(metric, _shape(target), _shape(prediction))
    elif isinstance(metric, str) and metric.lower() in _CROSSENTROPY:
        from .compile_loss import _crossentropy_for

        label, metric = metric, _crossentropy_for(target, prediction)
    found = metrics.get(metric)
    if isinstance(found, metrics.Metric):
        if isinstance(metric, str):
            found.name = label or metric  # the logs show what compile was given: "mse", not "mean_squared_error"
        return found
    name = label or (metric if isinstance(metric, str) else _name_of(found))
    return metrics.MeanMetricWrapper(found, name=name)


def _name_of(function: Any) -> str:
    """The name in the logs of a function given as a metric."""
    own = getattr(function, "name", None)
    return own if isinstance(own, str) else to_snake_case(getattr(function, "__name__", type(function).__name__))


def _shape(x: Any) -> tuple:
    return tuple(getattr(x, "shape", ()))
