"""Names of metrics, and what they say to those who use them wrongly."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import metrics
from kerasnb.core.metrics import resolve_accuracy
from kerasnb.core.metrics.reduction import _masked

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
    (lambda: metrics.AUC(thresholds=[0.5, 1.01]), "thresholds"),
    (lambda: metrics.AUC(label_weights=[1.0])(y2, p2), "one weight for each of the 3 labels"),
    (lambda: metrics.AUC(multi_label=True, num_labels=2)(y2, p2), r"outputs must be \(batch, 2\)"),
    (lambda: metrics.AUC()(y2, p2[:, :2]), "AUC: y_true and y_pred must have the same shape"),
    (lambda: metrics.AUC(summation_method="minor"), "summation_method must be one of"),
    (lambda: metrics.Precision(thresholds=[]), "thresholds"),
    (lambda: metrics.Precision(thresholds=[0.5, None]), "Precision: thresholds"),
    (lambda: metrics.Precision(thresholds=-0.01), "thresholds"),
    (lambda: metrics.Recall(class_id=-4)(y2, p2), "Recall: class_id"),
    (lambda: metrics.Recall(top_k=4)(y2, p2), "Recall: top_k"),
    (lambda: metrics.Recall(top_k=0)(y2, p2), "Recall: top_k"),
    (lambda: metrics.Precision(class_id=0)(y, p), r"need outputs \(batch, classes\)"),
    (lambda: metrics.TruePositives()(y2, p2[:3]), "TruePositives: y_true"),
    (lambda: metrics.TruePositives()(y2, p2, np.ones((4, 2))), r"sample_weight of shape \(4, 2\)"),
    (lambda: metrics.SensitivityAtSpecificity(-0.01), "SensitivityAtSpecificity: specificity"),
    (lambda: metrics.SpecificityAtSensitivity(1.01), "SpecificityAtSensitivity: sensitivity"),
    (lambda: metrics.PrecisionAtRecall(2), "PrecisionAtRecall: recall"),
    (lambda: metrics.RecallAtPrecision(2), "RecallAtPrecision: precision"),
    (lambda: metrics.F1Score(threshold=1.01), "F1Score: threshold"),
    (lambda: metrics.F1Score(threshold="0.5"), "F1Score: threshold"),
    (lambda: metrics.FBetaScore(beta=0), "FBetaScore: beta"),
    (lambda: metrics.FBetaScore(beta=True), "FBetaScore: beta"),
    (lambda: metrics.F1Score()(y2, p2[:, :2]), "F1Score: y_true and y_pred"),
    (lambda: metrics.R2Score()(y2, p2[:, :2]), "R2Score: y_true and y_pred"),
    (lambda: metrics.IoU(3, []), "target_class_ids"),
    (lambda: metrics.IoU(3, [-1]), "IoU: target_class_ids must name classes from 0 to 2"),
    (lambda: metrics.MeanIoU(2)([0, 1, 1], [0, 1]), "MeanIoU: y_true and y_pred"),
    (lambda: metrics.BinaryIoU(threshold="0.5"), "BinaryIoU: threshold"),
    (lambda: metrics.BinaryAccuracy(threshold=-0.01), "threshold"),
    (lambda: metrics.SparseCategoricalAccuracy()(y[:3], p2), r"\(4,\), got \(3,\)"),
    (lambda: metrics.MeanMetricWrapper("mse"), "fn must be a function"),
    (lambda: metrics.Mean().stateless_result([1.0]), r"Mean\(\).variables: 2 are needed, got 1"),
    (lambda: metrics.Mean().stateless_update_state([1.0], 2.0), "metric_variables"),
]


@pytest.mark.parametrize(("make", "says"), WRONG, ids=[says for _, says in WRONG])
def test_errors_teach(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_a_class_may_be_ignored():
    iou = metrics.MeanIoU(2, ignore_class=255)
    assert float(iou([0, 1, 255, 255], [0, 1, 0, 1])) == pytest.approx(1.0, abs=1e-5)


ALLOWED = [
    lambda: metrics.BinaryAccuracy(threshold=0)(y, p),
    lambda: metrics.BinaryAccuracy(threshold=1)(y, p),
    lambda: metrics.AUC(num_thresholds=2)(y, p),
    lambda: metrics.AUC(thresholds=[0, 1], num_thresholds=1)(y, p),
    lambda: metrics.AUC(curve="pr", summation_method="MAJORING", label_weights=[0.0, 1, 1])(y2, p2),
    lambda: metrics.Precision(thresholds=[0, 1])(y, p),
    lambda: metrics.Precision(thresholds=np.array([0.5]))(y, p),
    lambda: metrics.Precision(top_k=3)(y2, p2),
    lambda: metrics.Precision(top_k=1, class_id=-3)(y2, p2),
    lambda: metrics.Precision(class_id=2)(y2, p2),
    lambda: metrics.SensitivityAtSpecificity(0)(y, p),
    lambda: metrics.SensitivityAtSpecificity(1, num_thresholds=1)(y, p),
    lambda: metrics.F1Score(threshold=1)(y2, p2),
    lambda: metrics.FBetaScore(beta=1)(y2, p2),
    lambda: metrics.IoU(3, [0, 2])([0, 2], [0, 2]),
    lambda: metrics.MeanIoU(2)([[0], [1]], [0, 1]),
    lambda: metrics.MeanIoU(2)(np.zeros(0, int), np.zeros(0, int)),
    lambda: metrics.TruePositives()(y, p, np.ones((4, 1))),
]


@pytest.mark.parametrize("make", ALLOWED)
def test_limits_are_allowed(make):
    assert np.isfinite(make()).all()


UP = (
    "AUC Accuracy BinaryAccuracy BinaryIoU CategoricalAccuracy ConcordanceCorrelation CosineSimilarity F1Score "
    "FBetaScore IoU MeanIoU OneHotIoU OneHotMeanIoU PearsonCorrelation Precision PrecisionAtRecall R2Score Recall "
    "RecallAtPrecision SensitivityAtSpecificity SparseCategoricalAccuracy SparseTopKCategoricalAccuracy "
    "SpecificityAtSensitivity TopKCategoricalAccuracy"
).split()
DOWN = (
    "BinaryCrossentropy CategoricalCrossentropy CategoricalHinge Hinge KLDivergence LogCoshError MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson RootMeanSquaredError "
    "SparseCategoricalCrossentropy SquaredHinge"
).split()
NEEDED = {
    "IoU": (3, [0]), "MeanIoU": (3,), "OneHotIoU": (3, [0]), "OneHotMeanIoU": (3,), "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,), "SensitivityAtSpecificity": (0.5,), "SpecificityAtSensitivity": (0.5,),
}  # fmt: skip
COUNTS = "true_positives false_positives true_negatives false_negatives"
SUMS = {
    "AUC": COUNTS, "Precision": "true_positives false_positives", "Recall": "true_positives false_negatives",
    "PrecisionAtRecall": COUNTS, "RecallAtPrecision": COUNTS, "SensitivityAtSpecificity": COUNTS,
    "SpecificityAtSensitivity": COUNTS, "TruePositives": "accumulator", "Sum": "total", "R2Score": "num_samples",
    "IoU": "total_confusion_matrix", "MeanIoU": "total_confusion_matrix", "BinaryIoU": "total_confusion_matrix",
    "OneHotIoU": "total_confusion_matrix", "OneHotMeanIoU": "total_confusion_matrix", "F1Score": "", "FBetaScore": "",
}  # fmt: skip


@pytest.mark.parametrize("name", [*UP, *DOWN, "Mean", "Sum", "TruePositives"])
def test_direction_name_type_and_sums(name):
    """What Keras's files and callbacks go by."""
    metric = getattr(metrics, name)(*NEEDED.get(name, ()), name="mine", dtype="float16")
    assert getattr(metric, "_direction", None) == ("up" if name in UP else "down" if name in DOWN else None)
    assert metric.name == "mine" and metric.dtype == "float16" and metric.path == "mine"
    assert [v.name for v in metric.variables] == SUMS.get(name, "total count").split()
    assert all(v.dtype == "float16" and not v.trainable for v in metric.variables)
    assert isinstance(metrics.get(name), type(metric)) if name not in NEEDED else True


@pytest.mark.parametrize(
    ("short", "long"),
    [("bce", "BinaryCrossentropy"), ("BCE", "BinaryCrossentropy"), ("mse", "MeanSquaredError"),
     ("MSE", "MeanSquaredError"), ("mae", "MeanAbsoluteError"), ("MAE", "MeanAbsoluteError"),
     ("mape", "MeanAbsolutePercentageError"), ("MAPE", "MeanAbsolutePercentageError"),
     ("msle", "MeanSquaredLogarithmicError"), ("MSLE", "MeanSquaredLogarithmicError"), ("auc", "AUC")],
)  # fmt: skip
def test_short_names(short, long):
    assert type(metrics.get(short)) is getattr(metrics, long)


@pytest.mark.parametrize(
    "name",
    "binary_accuracy categorical_accuracy sparse_categorical_accuracy top_k_categorical_accuracy pearson_correlation "
    "sparse_top_k_categorical_accuracy cosine_similarity concordance_correlation mean_squared_error huber".split(),
)
def test_a_wrapped_function_survives(name):
    made = metrics.MeanMetricWrapper(getattr(metrics, name, None) or getattr(keras.losses, name), name="w")
    twin = metrics.deserialize(metrics.serialize(made))
    assert twin.fn is made.fn and twin.name == "w" and type(twin) is type(made)


def test_forms_of_description():
    found = metrics.deserialize({"class_name": "BinaryAccuracy", "config": {"threshold": 0.3}})
    assert isinstance(found, metrics.BinaryAccuracy) and found.threshold == 0.3
    assert isinstance(metrics.deserialize({"class_name": "AUC"}), metrics.AUC)


@pytest.mark.parametrize(
    ("targets", "outputs", "kind"),
    [((None, 1), (None, 1), "BinaryAccuracy"), ((None,), (None,), "BinaryAccuracy"),
     ((None, 3), (None, 3), "CategoricalAccuracy"),
     ((None,), (None, 3), "SparseCategoricalAccuracy"), ((None, 1), (None, 3), "SparseCategoricalAccuracy"),
     ((None, 5, 1), (None, 5, 3), "SparseCategoricalAccuracy"),
     ((None, 5, 1), (None, 5, 1), "BinaryAccuracy"), ((None, 5), (None, 5, 3), "SparseCategoricalAccuracy")],
)  # fmt: skip
def test_which_accuracy(targets, outputs, kind):
    found = resolve_accuracy("acc", targets, outputs)
    assert type(found) is getattr(metrics, kind) and found.name == "acc"


def test_sums_of_ones_own_metric():
    class Own(metrics.Metric):
        def __init__(self, **options):
            super().__init__(**options)
            self.inner = metrics.Mean(name="inner")
            self.several = [metrics.Sum(), metrics.Sum()]
            self.total = self.add_weight(initializer="ones", name="total")
            self.start = self.add_variable((2,), initializer=3.0, name="start")
            self.drawn = self.add_variable((2, 2), initializer=keras.initializers.Ones(), dtype="int32", name="drawn")

    own = Own()
    assert own.name == "own" and len(own.variables) == 7 and own.add_weight().shape == ()
    assert float(own.total) == 1 and np.asarray(own.start).tolist() == [3, 3] and own.drawn.dtype == "int32"
    own.inner.update_state(2.0)
    own.reset_state()
    assert not any(np.any(np.asarray(v)) for v in own.variables)
    import copy

    twin = copy.copy(own)
    twin.inner.update_state(5.0)
    assert float(own.inner.result()) == 0 and float(twin.inner.result()) == 5
    for call in (own.update_state, own.result):
        with pytest.raises(NotImplementedError, match="Own must write"):
            call()


@pytest.mark.parametrize(
    ("metric", "value"),
    [(metrics.AUC(multi_label=True), 0.0), (metrics.F1Score(), 0.0), (metrics.R2Score(), 0.0), (metrics.Mean(), 0.0)],
)
def test_before_the_first_batch(metric, value):
    assert float(metric.result()) == value


def test_one_sum_for_all_classes_or_one_for_each():
    for average, shape in (("micro", ()), ("macro", (3,)), ("weighted", (3,)), (None, (3,))):
        metric = metrics.F1Score(average)
        metric.update_state(y2, p2)
        assert [v.shape for v in metric.variables] == [shape] * 4


def test_constant_targets_explain_nothing():
    assert metrics.R2Score(None)(np.ones((4, 1)), p2[:, :1]).tolist() == [0.0]


def test_thresholds_are_told():
    assert metrics.AUC(num_thresholds=3).thresholds == pytest.approx([-1e-7, 0.5, 1 + 1e-7])
    assert metrics.AUC(thresholds=[0.7, 0.2]).get_config()["thresholds"] == [0.2, 0.7]
    assert metrics.AUC(label_weights=np.array([1, 2])).get_config()["label_weights"] == [1.0, 2.0]
    assert metrics.TruePositives(0.3).get_config()["thresholds"] == 0.3
    assert metrics.Recall([0.3, 0.4]).get_config()["thresholds"] == [0.3, 0.4]


def test_classes_out_of_range_do_not_count_in_a_compiled_step():
    import jax

    iou = metrics.MeanIoU(3, dtype="float32")
    seen = jax.jit(iou.stateless_update_state)(
        iou.stateless_reset_state(), np.array([0, 1, 3, 2, -1, 1]), np.array([0, 1, 1, 3, 2, -1])
    )
    np.testing.assert_array_equal(seen[0], np.diag([1, 1, 0]))


@pytest.mark.parametrize(
    ("weight", "mask", "shape"),
    [((4,), (4,), (4,)), ((4, 1), (4,), (4,)), ((4, 3), (4,), (4, 3)), ((4,), (4, 3), (4, 3)), ((4, 1), (4, 3), (4, 3)),
     ((4, 3), (4, 3), (4, 3)), ((4,), (4, 3, 2), (4, 3, 2)), ((4, 3, 1), (4, 3), (4, 3))],
)  # fmt: skip
def test_weights_and_masks_of_several_ranks(weight, mask, shape):
    weights, masks = 1.0 + np.arange(np.prod(weight)).reshape(weight), np.arange(np.prod(mask)).reshape(mask) % 2
    found = np.asarray(_masked(jnp.asarray(weights), jnp.asarray(masks)))
    assert found.shape == shape
    for place in np.ndindex(*shape):  # what an array lacks in axes, or has one of, is the same all along
        of_weight = weights[tuple(min(i, n - 1) for i, n in zip(place, weight))].ravel()[0]
        assert found[place] == of_weight * masks[place[: len(mask)]]


@pytest.mark.parametrize(
    ("target", "outputs", "within"),
    [(3, [0.2, 0.3, 0.5], False), (-1, [0.2, 0.3, 0.5], False), (2, [0.2, 0.3, 0.5], True),
     (2, [0.2, 0.3, np.inf], False), (0, [np.nan, 0.3, 0.5], False)],
)  # fmt: skip
def test_targets_outside_and_outputs_that_are_no_numbers_are_not_among_the_best(target, outputs, within):
    found = metrics.sparse_top_k_categorical_accuracy(np.array([target]), np.array([outputs], "float32"), k=3)
    assert bool(found[0]) is within


def test_labels_of_places_with_an_axis_of_one():
    outputs = np.array([[[0.7, 0.3], [0.2, 0.8]], [[0.4, 0.6], [0.9, 0.1]]], "float32")  # (2, 2 places, 2 classes)
    labels = np.array([[0, 1], [0, 0]])
    for given in (labels, labels[..., None]):
        found = metrics.sparse_top_k_categorical_accuracy(given, outputs, k=1)
        np.testing.assert_array_equal(np.reshape(found, (2, 2)), [[1, 1], [0, 1]])
