"""Names of metrics, and what they say to those who use them wrongly."""

from __future__ import annotations

import numpy as np
import pytest

import kerasnb as keras
from kerasnb import metrics

y, p = np.array([0, 1, 1, 0]), np.array([0.1, 0.8, 0.3, 0.6], "float32")
y2, p2 = np.eye(3, dtype="float32")[[0, 1, 2, 0]], np.full((4, 3), 1 / 3, "float32")


def test_names():
    assert metrics.get("mse").name == "mean_squared_error" and isinstance(metrics.get("AUC"), metrics.AUC)
    assert isinstance(metrics.get("f1_score"), metrics.F1Score) and metrics.get("huber") is keras.losses.huber
    assert metrics.get(None) is None
    with pytest.raises(ValueError, match="Did you mean 'mean_squared_error'"):
        metrics.get("mean_squared_eror")


def test_the_logs_show_the_names_that_compile_was_given():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])
    names = ["mse", "acc", "Precision", "huber", metrics.F1Score("macro", name="f"), "ce"]
    model.compile("sgd", "categorical_crossentropy", metrics=names)
    history = model.fit(p2, y2, batch_size=3, verbose=0).history
    assert set(history) == {"loss", "mse", "acc", "Precision", "huber", "f", "ce"}


def test_padding_of_the_last_batch_changes_no_metric():
    x = np.random.RandomState(0).standard_normal((11, 3)).astype("float32")
    targets = np.eye(3, dtype="float32")[np.arange(11) % 3]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])

    def chosen():
        return [
            metrics.AUC(multi_label=True, name="auc"), metrics.F1Score("macro", name="f1"),
            metrics.OneHotMeanIoU(3, name="iou"), metrics.R2Score(num_regressors=2, name="r2"),
            metrics.Precision(0.3, name="precision"), metrics.CategoricalAccuracy(name="accuracy"),
            metrics.CosineSimilarity(axis=0, name="columns"),
        ]  # fmt: skip

    model.compile("sgd", "mse", metrics=chosen()[:-1])
    found = model.evaluate(x, targets, batch_size=4, verbose=0, return_dict=True)
    outputs = model.predict(x, verbose=0)
    for metric in chosen()[:-1]:
        metric.update_state(targets, outputs)
        assert found[metric.name] == pytest.approx(float(metric.result()), rel=1e-5), metric.name

    # a metric over the columns of a batch sees batches of 4, 4 and 3 rows
    model.compile("sgd", keras.losses.Dice(), metrics=[chosen()[-1]])
    found = model.evaluate(x, targets, batch_size=4, verbose=0, return_dict=True)
    columns = chosen()[-1]
    for rows in (slice(0, 4), slice(4, 8), slice(8, 11)):
        columns.update_state(targets[rows], outputs[rows])
    assert found["columns"] == pytest.approx(float(columns.result()), rel=1e-5)
    dice = [float(keras.losses.dice(targets[r], outputs[r])) for r in (slice(0, 4), slice(4, 8), slice(8, 11))]
    assert found["loss"] == pytest.approx(np.average(dice, weights=[4, 4, 3]), rel=1e-5)


def test_a_metric_of_ones_own_may_make_its_sums_late():
    class Largest(metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            if not self.variables:
                self.seen = self.add_variable((y_pred.shape[-1],), name="seen")
            self.seen.assign(keras.ops.maximum(self.seen, keras.ops.max(abs(y_pred), axis=0)))

        def result(self):
            return keras.ops.max(self.seen)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=[Largest(name="largest")])
    found = model.evaluate(p2, y2, batch_size=3, verbose=0, return_dict=True)["largest"]
    assert found == pytest.approx(float(np.abs(model.predict(p2, verbose=0)).max()), rel=1e-5)


WRONG = [
    (lambda: metrics.AUC(curve="RPC"), "ROC"),
    (lambda: metrics.AUC(num_thresholds=1), "num_thresholds"),
    (lambda: metrics.AUC(num_labels=3), "multi_label"),
    (lambda: metrics.AUC(thresholds=[-0.5]), "thresholds"),
    (lambda: metrics.AUC(label_weights=[-1.0]), "label_weights"),
    (lambda: metrics.AUC(multi_label=True)(y, p), "batch, labels"),
    (lambda: metrics.AUC(multi_label=True, label_weights=[1.0])(y2, p2), "label_weights"),
    (lambda: metrics.Precision(thresholds=1.5), "thresholds"),
    (lambda: metrics.Recall(class_id=3)(y2, p2), "class_id"),
    (lambda: metrics.Recall(top_k=5)(y2, p2), "top_k"),
    (lambda: metrics.Precision(top_k=1)(y, p), "classes"),
    (lambda: metrics.Precision()(y2, p2[:, :2]), "same shape"),
    (lambda: metrics.TruePositives()(y, p, [1.0, 2.0]), "sample_weight"),
    (lambda: metrics.SensitivityAtSpecificity(1.5), "specificity"),
    (lambda: metrics.PrecisionAtRecall(0.5, num_thresholds=0), "num_thresholds"),
    (lambda: metrics.F1Score("marco"), "macro"),
    (lambda: metrics.F1Score(threshold=0.0), "threshold"),
    (lambda: metrics.FBetaScore(beta=-1.0), "beta"),
    (lambda: metrics.F1Score()(y, p), "one_hot"),
    (lambda: metrics.R2Score("mean"), "class_aggregation"),
    (lambda: metrics.R2Score(num_regressors=-1), "num_regressors"),
    (lambda: metrics.R2Score()(y, p), "last axis"),
    (lambda: metrics.IoU(3, [3]), "target_class_ids"),
    (lambda: metrics.MeanIoU(2)([0, 2], [0, 1]), "classes from 0 to 2"),
    (lambda: metrics.MeanIoU(2)([0, 1], [0, -1]), "y_pred has classes from -1"),
    (lambda: metrics.SparseCategoricalAccuracy()(y2, p2), "One-hot"),
    (lambda: metrics.BinaryAccuracy(threshold=2), "threshold"),
    (lambda: metrics.Mean(name=3), "name"),
    (lambda: metrics.Mean()(["a"]), "text labels"),
]


@pytest.mark.parametrize(("make", "says"), WRONG, ids=[says for _, says in WRONG])
def test_errors_teach(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_a_class_may_be_ignored():
    iou = metrics.MeanIoU(2, ignore_class=255)
    assert float(iou([0, 1, 255, 255], [0, 1, 0, 1])) == pytest.approx(1.0, abs=1e-5)
