"""Tables: numbers normalised and binned, categories looked up and encoded, all in one model."""

import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(8)
age = draw.randint(18, 80, (100, 1)).astype("float32")
kind = draw.choice(["normal", "fixed", "reversible"], 100)
city = draw.randint(3, 9, 100)
y = (age[:, 0] / 80 + (kind == "fixed")).astype("float32")
normalize = layers.Normalization()
normalize.adapt(age)
bins = layers.Discretization(num_bins=4)
bins.adapt(age)
lookup = layers.StringLookup(output_mode="one_hot")
lookup.adapt(kind)
numbers = layers.IntegerLookup(output_mode="multi_hot", vocabulary=[3, 4, 5, 6, 7, 8])
columns = [
    np.asarray(normalize(age)),
    np.asarray(keras.ops.one_hot(bins(age)[:, 0], 4)),
    np.asarray(lookup(kind)),
    np.asarray(numbers(city[:, None])),
    np.asarray(layers.CategoryEncoding(num_tokens=9, output_mode="count")(city[:, None])),
]
x = np.concatenate([c.astype("float32") for c in columns], axis=1)
model = seeded(keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, activation="relu"), layers.Dense(1)]))
model.compile("rmsprop", "mae", metrics=[keras.metrics.RootMeanSquaredError(), keras.metrics.R2Score()])
history = model.fit(x, y, epochs=3, batch_size=25, shuffle=False, verbose=0)
hashed = layers.Hashing(num_bins=5)(kind)
RESULT = {**history.history, "x": x, "vocabulary": lookup.get_vocabulary(), "hashed": np.asarray(hashed)}
