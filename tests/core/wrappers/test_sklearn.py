"""Estimators: the ways of scikit-learn, from fit to grid search, with a model behind."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kerasnb as keras
from kerasnb import layers
from kerasnb.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
LABELS = np.array(["left", "right"])[(X[:, 0] > 0).astype(int)]
QUIET = {"verbose": 0, "epochs": 20, "batch_size": 10}


def network(X, y, loss, rate=0.1):
    model = keras.Sequential(
        [layers.Input(X.shape[1:]), layers.Dense(y.shape[1], activation="softmax" if "cross" in loss else None)]
    )
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def classifier(**options):
    return SKLearnClassifier(network, model_kwargs={"loss": "categorical_crossentropy"}, fit_kwargs=QUIET, **options)


def regressor(**options):
    return SKLearnRegressor(network, model_kwargs={"loss": "mse"}, fit_kwargs=QUIET, **options)


def test_classifier_learns_labels():
    estimator = classifier()
    assert estimator.fit(X, LABELS) is estimator
    assert estimator.classes_.tolist() == ["left", "right"] and estimator.n_features_in_ == 3
    assert estimator.score(X, LABELS) > 0.9
    assert estimator.predict(X[:2]).dtype == LABELS.dtype
    np.testing.assert_allclose(estimator.decision_function(X[:4]).sum(axis=1), 1, rtol=1e-5)
    assert estimator.epoch_ == 20 and len(estimator.history_.history["loss"]) == 20


def test_regressor_learns_numbers():
    y = 2 * X[:, 0] - X[:, 1]
    estimator = regressor().fit(X, y)
    assert estimator.predict(X[:5]).shape == (5,) and estimator.score(X, y) > 0.9


def test_transformer_gives_outputs():
    estimator = SKLearnTransformer(network, model_kwargs={"loss": "mse"}, fit_kwargs=QUIET)
    made = estimator.fit_transform(X, X[:, 0])
    np.testing.assert_array_equal(made, estimator.model_.predict(X, verbose=0))
    assert made.shape == (60, 1)


def test_estimators_fit_into_pipelines_and_searches():
    assert cross_val_score(make_pipeline(StandardScaler(), classifier()), X, LABELS, cv=2).mean() > 0.8
    grid = {"model_kwargs": [{"loss": "categorical_crossentropy", "rate": rate} for rate in (1e-5, 0.1)]}
    search = GridSearchCV(classifier(), grid, cv=2).fit(X, LABELS)
    assert search.best_params_["model_kwargs"]["rate"] == 0.1


def test_a_model_is_copied_and_stays_untouched():
    model = network(X, np.zeros((1, 2)), "categorical_crossentropy")
    before = model.get_weights()
    estimator = SKLearnClassifier(model, fit_kwargs={"verbose": 0}).fit(X, LABELS)
    first = estimator.model_
    assert first is not model and estimator.fit(X, LABELS).model_ is not first
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_warm_start_goes_on():
    estimator = classifier(warm_start=True).fit(X, LABELS)
    model, loss = estimator.model_, estimator.history_.history["loss"][-1]
    estimator.fit(X, LABELS, epochs=1)
    assert estimator.model_ is model and estimator.epoch_ == 1
    assert estimator.history_.history["loss"][0] < loss * 1.05
    with pytest.raises(ValueError, match="up"):
        estimator.fit(X, np.where(X[:, 1] > 0, "left", "up"))


def test_parameters_are_scikit_learns():
    estimator = classifier()
    assert set(estimator.get_params(deep=False)) == {"model", "warm_start", "model_kwargs", "fit_kwargs"}
    twin = clone(estimator)
    assert twin.model is network and twin.fit_kwargs == QUIET
    tags = estimator.__sklearn_tags__()
    assert tags.non_deterministic and tags.classifier_tags.poor_score
    assert regressor().__sklearn_tags__().regressor_tags.poor_score


def test_a_fitted_estimator_survives_pickle():
    estimator = classifier().fit(X, LABELS)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.decision_function(X), estimator.decision_function(X))
    assert again.history_.history == estimator.history_.history and again.epoch_ == 20
    assert estimator.model_ is not again.model_ and again.model_.compiled
    again.fit(X, LABELS)


def test_an_estimator_around_a_model_is_cloned_and_validated():
    model = network(X, np.eye(2), "categorical_crossentropy")
    before = model.get_weights()
    estimator = SKLearnClassifier(model, fit_kwargs=QUIET)
    twin = clone(estimator)
    assert twin.model is not model and twin.model.compiled
    np.testing.assert_array_equal(twin.model.get_weights()[0], before[0])
    scores = cross_val_score(estimator, X, LABELS, cv=2)
    assert scores.shape == (2,) and np.isfinite(scores).all()
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


uncompiled = keras.Sequential([layers.Input((3,)), layers.Dense(2)])
FAULTS = [
    (lambda: SKLearnClassifier(uncompiled).fit(X, LABELS), RuntimeError, "compiled"),
    (lambda: SKLearnClassifier(3).fit(X, LABELS), TypeError, "function"),
    (lambda: SKLearnClassifier(lambda X, y: 3).fit(X, LABELS), TypeError, "keras.Model"),
    (lambda: classifier().predict(X), NotFittedError, "not fitted"),
    (lambda: classifier().fit(X, X[:, 0]), ValueError, "continuous"),
    (lambda: classifier().fit(X, np.zeros(60, int)), ValueError, "one class"),
    (lambda: classifier().fit(X * np.nan, LABELS), ValueError, "NaN"),
    (lambda: classifier().fit(X, LABELS).predict(X[:, :2]), ValueError, "2 features"),
    (lambda: regressor().fit(X, X[:, 0] * np.nan), ValueError, "NaN"),
]


@pytest.mark.parametrize(("fault", "kind", "message"), FAULTS)
def test_faults(fault, kind, message):
    with pytest.raises(kind, match=message):
        fault()


def test_the_door_tells_without_scikit_learn(monkeypatch):
    import sys

    from kerasnb import wrappers

    monkeypatch.delitem(vars(wrappers), "SKLearnClassifier", raising=False)
    for name in [m for m in sys.modules if m.startswith("kerasnb.core.wrappers.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        _ = wrappers.SKLearnClassifier
    with pytest.raises(AttributeError, match="SKLearnRegressor"):
        _ = wrappers.SKLearnCluster
