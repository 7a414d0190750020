"""Transfer learning: freeze a trained base, put a new head on it, then fine-tune with a small rate."""

import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(6)
x = draw.normal(size=(60, 8, 8, 1)).astype("float32")
y = draw.randint(0, 3, 60)
base = keras.Sequential(
    [keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.Flatten()],
    name="base",
)
seeded(base)
base.trainable = False
inputs = keras.Input((8, 8, 1))
outputs = layers.Dense(3)(base(inputs, training=False))
model = keras.Model(inputs, outputs)
model.layers[-1].set_weights([draw.normal(size=(144, 3)).astype("float32") * 0.1, np.zeros(3, "float32")])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(), loss=loss, metrics=["accuracy"])
before = [w.copy() for w in base.get_weights()]
first = model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
frozen = all(np.array_equal(a, b) for a, b in zip(before, base.get_weights()))
counts = [len(model.trainable_weights), len(model.non_trainable_weights)]
base.trainable = True
model.compile(keras.optimizers.Adam(1e-4), loss=loss)
second = model.fit(x, y, epochs=2, batch_size=20, shuffle=False, verbose=0)
features = keras.Model(base.inputs, base.layers[0].output).predict(x[:2], verbose=0)
RESULT = {
    "first": first.history["loss"],
    "second": second.history["loss"],
    "frozen": frozen,
    "counts": counts + [len(model.trainable_weights)],
    "features": features,
    "predicted": model.predict(x[:5], verbose=0),
}
