"""Recurrent networks: masking, stacked LSTM and GRU, both directions, states handed on."""

import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(7)
sequences = [list(draw.randint(1, 30, draw.randint(3, 10))) for _ in range(40)]
x = keras.utils.pad_sequences(sequences, maxlen=9, padding="post")
y = np.array([sum(s) % 2 for s in sequences], "float32")
model = keras.Sequential(
    [
        layers.Embedding(30, 8, mask_zero=True),
        layers.Bidirectional(layers.LSTM(6, return_sequences=True)),
        layers.GRU(5),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.build((None, 9))
seeded(model)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, batch_size=10, shuffle=False, verbose=0)

source, target = keras.Input((None, 4)), keras.Input((None, 3))
_, *state = layers.LSTM(5, return_state=True)(source)
decoded = layers.LSTM(5, return_sequences=True)(target, initial_state=state)
pair = seeded(keras.Model([source, target], layers.TimeDistributed(layers.Dense(2))(decoded)), 3)
a, b = draw.normal(size=(6, 7, 4)).astype("float32"), draw.normal(size=(6, 5, 3)).astype("float32")
RESULT = {
    **history.history,
    "predicted": model.predict(x, verbose=0),
    "pair": pair.predict([a, b], verbose=0),
}
