"""Names of losses, what they say to those who use them wrongly, and what the base class does for all of them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import losses
from kerasnb.core.losses.loss import LossFunctionWrapper, mixes_rows, reduce_weighted, squeeze_or_expand_to_same_rank

y, p = np.array([[0.0, 1.0], [1.0, 0.0]], "float32"), np.array([[0.2, 0.8], [0.7, 0.3]], "float32")
classes = np.array([1, 0])
SHORT = {
    "mse": "mean_squared_error", "MSE": "mean_squared_error",
    "mae": "mean_absolute_error", "MAE": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error", "MAPE": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "MSLE": "mean_squared_logarithmic_error", "bce": "binary_crossentropy",
    "BCE": "binary_crossentropy", "kld": "kl_divergence", "KLD": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence", "logcosh": "log_cosh", "cosine_proximity": "cosine_similarity",
    "bfce": "binary_focal_crossentropy",
}  # fmt: skip


@pytest.mark.parametrize("short", SHORT)
def test_short_names(short):
    assert losses.get(short) is getattr(losses, SHORT[short])
    assert losses.deserialize(short) is getattr(losses, SHORT[short])


FUNCTIONS = (
    "binary_crossentropy binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy "
    "categorical_generalized_cross_entropy categorical_hinge circle cosine_similarity ctc dice hinge huber "
    "kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error "
    "mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge tversky"
).split()  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_by_name(name):
    function = losses.get(name)
    assert function is getattr(losses, name) and function.__name__ == name
    assert losses.serialize(function) == name and losses.deserialize(name) is function


def test_classes_by_name_and_by_description():
    assert isinstance(losses.get("Huber"), losses.Huber) and losses.get(None) is None
    made = losses.get({"class_name": "Huber", "config": {"delta": 0.3}})
    assert isinstance(made, losses.Huber) and made.delta == 0.3
    with pytest.raises(ValueError, match="Did you mean 'huber'"):
        losses.get("hubber")


half = p[:, :1]
WRONG = [
    (lambda: losses.MeanSquaredError(reduction="avg"), "reduction must be one of .*'avg'"),
    (lambda: losses.MeanSquaredError(reduction="meen"), "Did you mean 'mean'"),
    (lambda: losses.binary_crossentropy(y, p, label_smoothing=1.01), "label_smoothing must lie between 0 and 1"),
    (lambda: losses.binary_crossentropy(y, p, label_smoothing=-0.01), "label_smoothing"),
    (lambda: losses.categorical_crossentropy(y, p, label_smoothing=2), "categorical_crossentropy: label_smoothing"),
    (lambda: losses.categorical_focal_crossentropy(y, p, label_smoothing=-1), "focal_crossentropy: label_smoothing"),
    (lambda: losses.categorical_crossentropy(y, p, axis="last"), "axis must be an integer"),
    (lambda: losses.categorical_crossentropy(y, p, axis=True), "axis must be an integer"),
    (lambda: losses.categorical_focal_crossentropy(y, p, axis=1.0), "categorical_focal_crossentropy: axis"),
    (lambda: losses.sparse_categorical_crossentropy(classes, p, axis=None), "sparse_categorical_crossentropy: axis"),
    (lambda: losses.categorical_crossentropy(classes, p), "use sparse_categorical_crossentropy"),
    (lambda: losses.categorical_crossentropy(classes[:, None], p), "use sparse_categorical_crossentropy"),
    (lambda: losses.categorical_crossentropy(np.zeros((2, 3)), p), r"\(2, 3\) and y_pred \(2, 2\) must .* shape\.$"),
    (lambda: losses.categorical_focal_crossentropy(classes[:, None], p), "must have the same shape"),
    (lambda: losses.sparse_categorical_crossentropy(y, p), "look one-hot: use categorical_crossentropy"),
    (lambda: losses.sparse_categorical_crossentropy(np.zeros(3), p), r"integer classes of shape \(2,\)\.$"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(q=0.0), "q must lie between 0 and 1"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(q=1.0), "q must lie between 0 and 1"),
    (lambda: losses.mean_squared_error(np.zeros((2, 3)), p), r"mean_squared_error: the shapes of y_true \(2, 3\)"),
    (lambda: losses.mean_squared_error(np.zeros((2, 3, 2)), p), "mean_squared_error: the shapes"),
    (lambda: losses.binary_crossentropy(half, p), "binary_crossentropy: the shapes"),
    (lambda: losses.binary_focal_crossentropy(half, p), "binary_focal_crossentropy: the shapes"),
    (lambda: losses.circle(classes, np.zeros((2, 3, 1))), "embeddings"),
    (lambda: losses.circle(np.zeros(3), p), "embeddings"),
    (lambda: losses.ctc(classes, np.zeros((2, 3, 4))), r"\(batch, length\)"),
    (lambda: losses.ctc(y, p), r"\(batch, time, classes\)"),
    (lambda: losses.ctc(np.zeros((3, 2)), np.zeros((2, 3, 4))), r"\(3, 2\) and \(2, 3, 4\)"),
    (lambda: losses.MeanSquaredError()(y, p, np.ones(3, "float32")), r"sample_weight of shape \(3,\) do not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "says"), WRONG, ids=[says for _, says in WRONG])
def test_errors_teach(make, says):
    with pytest.raises(ValueError, match=says):
        make()


ALLOWED = [
    lambda: losses.binary_crossentropy(y, p, label_smoothing=1),
    lambda: losses.categorical_crossentropy(y, p, label_smoothing=1),
    lambda: losses.categorical_focal_crossentropy(y, p, label_smoothing=0),
    lambda: losses.mean_squared_error(half, p),  # an axis of size 1 fits
    lambda: losses.MeanSquaredError()([[0, 1]], [[1, 2]]),  # lists of integers
    lambda: losses.mean_squared_error(np.array([[1], [2]]), np.array([[1], [0]])),  # integer outputs
    lambda: losses.sparse_categorical_crossentropy(classes, np.array([[1, 3], [2, 2]])),
]


@pytest.mark.parametrize("make", ALLOWED)
def test_limits_are_allowed(make):
    assert np.isfinite(make()).all()


@pytest.mark.parametrize(
    ("function", "arguments", "mixes"),
    [
        (losses.dice, {}, True), (losses.dice, {"axis": None}, True), (losses.dice, {"axis": (1, 2)}, False),
        (losses.dice, {"axis": (0, 1)}, True), (losses.tversky, {"axis": 0}, True),
        (losses.tversky, {"axis": 1}, False),
        (losses.circle, {}, True), (losses.mean_squared_error, {}, False), (losses.cosine_similarity, {}, False),
        (losses.cosine_similarity, {"axis": 0}, True), (losses.cosine_similarity, {"axis": 1}, False),
        (losses.cosine_similarity, {"axis": -1}, False), (losses.cosine_similarity, {"axis": -2}, True),
    ],
)  # fmt: skip
def test_which_losses_compare_samples(function, arguments, mixes):
    assert mixes_rows(function, arguments) is mixes
    assert LossFunctionWrapper(function, **arguments).mixes_rows is mixes


def test_a_loss_of_ones_own():
    class Far(losses.Loss):
        def __init__(self, factor=2.0, **options):
            super().__init__(**options)
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * keras.ops.mean(abs(y_true - y_pred), axis=-1)

        def get_config(self):
            return {**super().get_config(), "factor": self.factor}

    far = Far(name="far", reduction="sum", dtype="float32")
    assert not far.mixes_rows and far.dtype == "float32" and far.dtype_policy.compute_dtype == "float32"
    assert far.get_config() == {"name": "far", "reduction": "sum", "dtype": "float32", "factor": 2.0}
    assert "dtype" not in Far().get_config() and Far().name == "far_1" and Far(reduction=None).reduction == "none"
    assert float(far(y, p)) == pytest.approx(2 * abs(y - p).mean(-1).sum(), rel=1e-6)
    with pytest.raises(NotImplementedError, match=r"Loss must implement call"):
        losses.Loss()(y, p)


def test_a_wrapped_function_is_written_down_with_its_arguments():
    loss = LossFunctionWrapper(losses.huber, delta=0.3, reduction="sum")
    assert loss.name == "huber"
    config = loss.get_config()
    assert config == {"name": "huber", "reduction": "sum", "fn": "huber", "delta": 0.3}


@pytest.mark.parametrize(
    ("one", "other", "expand", "shapes"),
    [
        ((4,), (4,), True, ((4,), (4,))), ((4, 1), (4,), True, ((4, 1), (4, 1))),
        ((4,), (4, 1), True, ((4, 1), (4, 1))), ((4, 1), (4,), False, ((4,), (4,))),
        ((4,), (4, 1), False, ((4,), (4,))), ((4, 3, 1), (4, 3), True, ((4, 3), (4, 3))),
        ((4, 3), (4, 3, 1), True, ((4, 3), (4, 3))), ((4, 2), (4,), True, ((4, 2), (4,))),
        ((4,), (4, 2), True, ((4,), (4, 2))), ((4, 1, 1), (4,), True, ((4, 1, 1), (4,))),
        ((4,), (4, 1, 1), True, ((4,), (4, 1, 1))),
    ],
)  # fmt: skip
def test_ranks_are_brought_together(one, other, expand, shapes):
    found = squeeze_or_expand_to_same_rank(jnp.zeros(one), jnp.zeros(other), expand)
    assert tuple(a.shape for a in found) == shapes


VALUES = jnp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
MASK = np.array([[1, 1, 0], [0, 1, 1]], bool)
WEIGHT = np.array([1.0, 3.0])


@pytest.mark.parametrize(
    ("reduction", "weight", "mask", "expected"),
    [
        ("sum", None, MASK, 14.0), ("mean", None, MASK, 3.5), ("sum_over_batch_size", None, MASK, 3.5),
        ("mean_with_sample_weight", None, MASK, 3.5), ("sum", WEIGHT, MASK, 36.0), ("mean", WEIGHT, MASK, 9.0),
        ("mean_with_sample_weight", WEIGHT, MASK, 36 / 8), ("mean", WEIGHT, None, 51 / 6),
        ("sum", WEIGHT[:, None], MASK, 36.0),
        ("mean", None, [True, False], 2.0), ("sum", None, [True, False], 6.0), ("sum", WEIGHT, [True, False], 6.0),
        ("mean_with_sample_weight", None, None, 3.5), ("mean_with_sample_weight", 0 * WEIGHT, None, 0.0),
        ("sum", None, None, 21.0), ("mean", None, None, 3.5),
    ],
)  # fmt: skip
def test_reducing_with_weights_and_masks(reduction, weight, mask, expected):
    assert float(reduce_weighted(VALUES, weight, mask, reduction)) == pytest.approx(expected, rel=1e-5)


def test_no_reduction_keeps_the_values():
    found = reduce_weighted(VALUES, WEIGHT, MASK, "none")
    np.testing.assert_allclose(found, VALUES * WEIGHT[:, None] * MASK)
    assert float(reduce_weighted(jnp.float32(3.0), None, None, "mean")) == 3.0
    assert float(reduce_weighted(jnp.zeros((0,)), None, None, "mean")) == 0.0


def test_labels_with_an_axis_of_one_are_labels():
    outputs = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3]], "float32")
    generalized = losses.categorical_generalized_cross_entropy
    np.testing.assert_allclose(
        generalized(np.array([[0], [2]]), outputs, 0.5), generalized(np.array([0, 2]), outputs, 0.5)
    )
    pictures = np.moveaxis(np.stack([outputs, outputs[::-1]]), -1, 1)  # (2, 3 classes, 2 places)
    labels = np.array([[0, 1], [2, 1]])
    wanted = -np.log([[0.7, 0.6], [0.3, 0.2]])
    for given in (labels, labels[..., None], labels[:, None]):
        found = losses.sparse_categorical_crossentropy(given, pictures, axis=1)
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_mask_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"^mask of shape \(5,\) do not fit losses"):
        reduce_weighted(VALUES, None, np.ones(5), "sum")
