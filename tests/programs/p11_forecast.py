"""Forecasting: windows over a series, normalised by adapted statistics, an LSTM."""

import keras
import numpy as np
from keras import layers

t = np.arange(200, dtype="float32")
series = np.stack([np.sin(t / 9), np.cos(t / 5) + t / 100], axis=1).astype("float32")
data = keras.utils.timeseries_dataset_from_array(
    series[:-6], targets=series[11:, :1][:183], sequence_length=6, sequence_stride=1, sampling_rate=2, batch_size=32
)
batches = [(np.asarray(x), np.asarray(y)) for x, y in data]
x, y = np.concatenate([b[0] for b in batches]), np.concatenate([b[1] for b in batches])
normalize = layers.Normalization(axis=-1)
normalize.adapt(series)
inputs = keras.Input((6, 2))
model = keras.Model(inputs, layers.Dense(1)(layers.LSTM(8)(normalize(inputs))))
model.layers[-2].set_weights(
    [np.random.RandomState(i).normal(size=w.shape) * 0.3 for i, w in enumerate(model.layers[-2].get_weights())]
)
model.layers[-1].set_weights(
    [np.random.RandomState(9).normal(size=w.shape) * 0.3 for w in model.layers[-1].get_weights()]
)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.005), loss="mse")
history = model.fit(x, y, epochs=3, batch_size=32, shuffle=False, verbose=0)
RESULT = {
    "shapes": [str(b[0].shape) for b in batches],
    "x": x[::17],
    "y": y,
    "mean": np.asarray(normalize.mean),
    "loss": history.history["loss"],
    "predicted": model.predict(x[:10], verbose=0),
}
