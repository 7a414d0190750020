"""fit with a loss and a metric of one's own, class weights, sample weights, callbacks."""

import keras
import numpy as np
from keras import layers, ops


def my_loss(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred) + 0.1 * ops.abs(y_true - y_pred), axis=-1)


class MeanBias(keras.metrics.Metric):
    def __init__(self, name="bias", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")
        self.count = self.add_variable(shape=(), initializer="zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign(self.total + ops.sum(ops.cast(y_pred, "float32") - ops.cast(y_true, "float32")))
        self.count.assign(self.count + ops.cast(ops.size(y_pred), "float32"))

    def result(self):
        return self.total / self.count


class Recorder(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.events = []

    def on_epoch_begin(self, epoch, logs=None):
        self.events.append(f"begin {epoch}")

    def on_epoch_end(self, epoch, logs=None):
        self.events.append(f"end {epoch} {sorted(logs)}")


draw = np.random.RandomState(3)
x = draw.normal(size=(60, 6)).astype("float32")
y = (x.sum(1, keepdims=True) > 0).astype("float32")
model = seeded(keras.Sequential([keras.Input((6,)), layers.Dense(8, "tanh"), layers.Dense(1, "sigmoid")]))
recorder = Recorder()
model.compile(keras.optimizers.Adam(0.02), loss=my_loss, metrics=[MeanBias(), "mae"])
first = model.fit(
    x,
    y,
    epochs=3,
    batch_size=20,
    shuffle=False,
    verbose=0,
    sample_weight=np.linspace(0.5, 1.5, 60),
    validation_data=(x[:20], y[:20]),
    callbacks=[recorder],
)
model.compile(keras.optimizers.Adam(0.02), loss="binary_crossentropy", weighted_metrics=["accuracy"])
second = model.fit(
    x,
    y,
    epochs=30,
    batch_size=20,
    shuffle=False,
    verbose=0,
    class_weight={0: 1.0, 1: 3.0},
    callbacks=[
        keras.callbacks.EarlyStopping(monitor="loss", patience=2, min_delta=0.02, restore_best_weights=True),
        keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, factor=0.5),
    ],
)
RESULT = {
    **{f"a_{k}": v for k, v in first.history.items()},
    **{f"b_{k}": v for k, v in second.history.items()},
    "events": recorder.events,
    "predicted": model.predict(x, verbose=0),
}
