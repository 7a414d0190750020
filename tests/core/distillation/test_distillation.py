"""Distillation: losses as Keras gives them, a student that learns, archives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerasnb as keras
from kerasnb import layers
from kerasnb.distillation import DistillationLoss, Distiller, FeatureDistillation, LogitsDistillation

T = jnp.array([[1.0, 2.0, 3.0], [0.0, 0.0, 1.0]])
S = jnp.array([[1.0, 0.0, 3.0], [0.5, 0.0, 1.0]])
# loss, and its value for T and S in Keras
VALUES = [
    (LogitsDistillation(), 5.237543),
    (LogitsDistillation(temperature=2.0), 8.059047),
    (LogitsDistillation(temperature=2.0, loss="categorical_crossentropy"), 8.722749),
    (FeatureDistillation(), 0.7083334),
    (FeatureDistillation(loss="cosine_similarity"), -0.8697907),
    (FeatureDistillation(loss=keras.losses.MeanSquaredError()), 0.7083334),
]


@pytest.mark.parametrize(("loss", "expected"), VALUES)
def test_loss_values(loss, expected):
    assert float(loss.compute_loss(T, S)) == pytest.approx(expected, rel=1e-5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert float(again.compute_loss(T, S)) == pytest.approx(expected, rel=1e-5)


def test_losses_of_several_outputs_are_added():
    loss = LogitsDistillation(loss={"a": "kl_divergence", "b": "mse", "c": None})
    teacher = {"a": T, "b": T, "c": T}
    parts = LogitsDistillation().compute_loss(T, S) + LogitsDistillation(loss="mse").compute_loss(T, S)
    assert float(loss.compute_loss(teacher, {"a": S, "b": S, "c": S})) == pytest.approx(float(parts), rel=1e-6)


def network(features=4, outputs=3, inputs=5, value=None, normalized=False):
    x = layers.Input((inputs,))
    h = layers.Dense(features, name="hidden")(x)
    if normalized:
        h = layers.BatchNormalization(name="norm")(h)
    model = keras.Model(x, layers.Dense(outputs, name="out")(h))
    if value is not None:
        model.set_weights(
            [np.full(w.shape, value) + np.arange(w.size).reshape(w.shape) * 0.01 for w in model.get_weights()]
        )
    return model


X = np.linspace(0, 1, 40).reshape(8, 5).astype("float32")
Y = np.arange(8) % 3


def trained(losses, weights=None, share=0.5, epochs=2, student=None, teacher=None):
    teacher = network(8, value=None) if teacher is None else teacher
    teacher.set_weights([np.full(w.shape, 0.1) for w in teacher.get_weights()])
    distiller = Distiller(teacher, student or network(value=0.2), losses, weights, student_loss_weight=share)
    distiller.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    history = distiller.fit(X, Y, epochs=epochs, batch_size=4, shuffle=False, verbose=0)
    return distiller, history.history


def test_history_is_keras():
    # The same run in Keras 3.15.1 gives these numbers.
    distiller, history = trained(LogitsDistillation(), teacher=network(4))
    expected = {
        "distillation_loss": [-0.38339964, -0.3842879], "student_loss": [1.1043513, 1.1035624],
        "loss": [0.36047584, 0.35963726], "total_loss": [0.36047584, 0.35963726],
    }  # fmt: skip
    assert set(history) == {*expected, "accuracy"}
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)
    report = distiller.evaluate(X, Y, verbose=0, return_dict=True)
    assert report["distillation_loss"] == pytest.approx(-0.3849659, rel=1e-5)
    np.testing.assert_allclose(distiller.predict(X, verbose=0), distiller.student.predict(X, verbose=0))


def test_features_and_weights():
    losses = [LogitsDistillation(), FeatureDistillation("mse", "hidden", "hidden")]
    with pytest.raises(ValueError, match="shapes"):
        trained(losses)
    _, history = trained(losses, [0.3, 2.0], share=0.7, teacher=network(4))
    np.testing.assert_allclose(
        history["loss"],
        0.7 * np.array(history["student_loss"]) + 0.3 * np.array(history["distillation_loss"]),
        rtol=1e-5,
    )


@pytest.mark.parametrize(("share", "zero"), [(0.0, "student_loss"), (1.0, "distillation_loss")])
def test_the_ends_of_the_share(share, zero):
    _, history = trained(LogitsDistillation(), share=share)
    assert history[zero] == [0, 0]


def test_the_student_comes_nearer_and_the_teacher_stays():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 5)).astype("float32")
    teacher, student = network(8), network(4)
    before, first = teacher.get_weights(), np.mean((teacher.predict(x, verbose=0) - student.predict(x, verbose=0)) ** 2)
    distiller = Distiller(teacher, student, FeatureDistillation("mse"), student_loss_weight=0)
    distiller.compile(keras.optimizers.Adam(0.03))
    distiller.fit(x, epochs=60, verbose=0)
    last = np.mean((teacher.predict(x, verbose=0) - student.predict(x, verbose=0)) ** 2)
    assert last < 0.05 * first
    for old, new in zip(before, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not teacher.trainable and len(distiller.trainable_variables) == 4


def test_features_come_from_the_training_pass():
    """BatchNormalization sees each batch once, though its output is asked for as an inner feature."""
    student = network(normalized=True)
    distiller = Distiller(
        network(normalized=True), student, FeatureDistillation("mse", "norm", "norm"), student_loss_weight=0
    )
    distiller.compile(keras.optimizers.SGD(0.0))
    distiller.fit(np.ones((4, 5)), batch_size=4, verbose=0)
    # The batch does not vary: one pass leaves 0.99 of the variance, a second one would leave 0.99**2.
    np.testing.assert_allclose(student.get_layer("norm").moving_variance, 0.99, rtol=1e-6)
    assert "_seen" not in vars(distiller)


def test_archive(tmp_path):
    distiller, _ = trained(
        [LogitsDistillation(2.0), FeatureDistillation("mse", "hidden", "hidden")], [1.0, 0.5], 0.7, teacher=network(4)
    )
    distiller.save(tmp_path / "d.keras")
    again = keras.models.load_model(tmp_path / "d.keras")
    np.testing.assert_array_equal(again.predict(X, verbose=0), distiller.predict(X, verbose=0))
    assert again.student_loss_weight == 0.7 and again.distillation_loss_weights == [1.0, 0.5]
    assert again.distillation_losses[0].temperature == 2.0
    a, b = (d.evaluate(X, Y, verbose=0, return_dict=True) for d in (again, distiller))
    assert a == pytest.approx(b)


def test_subclassed_student_and_own_loss():
    class Student(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, inputs):
            return self.dense(inputs)

    class Softened(DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            p = jax.nn.softmax(teacher_outputs / 2)
            return -4 * jnp.mean(jnp.sum(p * jax.nn.log_softmax(student_outputs / 2), axis=-1))

    _, history = trained(Softened(), student=Student(), epochs=5)
    assert history["loss"][-1] < history["loss"][0]
    with pytest.raises(ValueError, match="student_layer_name='hidden'"):
        trained(FeatureDistillation("mse", "hidden", "hidden"), student=Student())


logits = LogitsDistillation()
FAULTS = [
    (lambda: LogitsDistillation(temperature=0), "temperature"),
    (lambda: LogitsDistillation(loss="kl_divergance"), "kl_divergence"),
    (lambda: FeatureDistillation(loss=None), "at least one"),
    (lambda: logits.compute_loss([T, T], [S, S]), "nested"),
    (lambda: logits.compute_loss([T], [S, S]), "same structure"),
    (lambda: logits.compute_loss(T, S[:, :2]), "shapes"),
    (lambda: Distiller("a", network(), logits), "teacher"),
    (lambda: Distiller(network(), "a", logits), "student"),
    (lambda: Distiller(network(), network(), None), "distillation_losses"),
    (lambda: Distiller(network(), network(), logits, [1.0, 2.0]), "distillation_loss_weights"),
    (lambda: Distiller(network(), network(), logits, student_loss_weight=1.5), "student_loss_weight"),
    (lambda: Distiller(network(), network(outputs=2), logits), "outputs of the same shape"),
    (lambda: Distiller(network(), network(inputs=2), logits), "inputs of the same shape"),
    (lambda: Distiller(network(), network(), FeatureDistillation("mse", "hiden", "hidden")), "Did you mean 'hidden'"),
    (lambda: Distiller(network(), network(), logits).compile("sgd"), "loss cannot be None"),
    (lambda: Distiller(network(), network(), logits).compute_loss(X, Y, X), "compile"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_faults(fault, message):
    with pytest.raises(ValueError, match=message):
        fault()


def test_base_asks_for_compute_loss():
    with pytest.raises(NotImplementedError, match="compute_loss"):
        DistillationLoss().compute_loss(T, S)
