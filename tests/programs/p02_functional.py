"""The functional API: two inputs, two outputs, losses and weights by name."""

import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(1)
words = draw.randint(0, 50, (64, 12))
tags = draw.randint(0, 2, (64, 4)).astype("float32")
priority = draw.rand(64, 1).astype("float32")
department = keras.utils.to_categorical(draw.randint(0, 3, 64), 3)

title = keras.Input(shape=(12,), dtype="int32", name="title")
tag = keras.Input(shape=(4,), name="tags")
features = layers.GlobalAveragePooling1D()(layers.Embedding(50, 8)(title))
joined = layers.concatenate([features, tag])
first = layers.Dense(1, name="priority", activation="sigmoid")(joined)
second = layers.Dense(3, name="department", activation="softmax")(joined)
model = keras.Model(inputs=[title, tag], outputs={"priority": first, "department": second})
seeded(model)
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss={"priority": "binary_crossentropy", "department": "categorical_crossentropy"},
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={"department": ["accuracy"]},
)
data = {"title": words, "tags": tags}
targets = {"priority": priority, "department": department}
history = model.fit(data, targets, epochs=3, batch_size=16, shuffle=False, verbose=0)
found = model.predict(data, verbose=0)
RESULT = {
    **{f"h_{k}": v for k, v in history.history.items()},
    "priority": found["priority"],
    "department": found["department"],
    "names": [layer.name for layer in model.layers],
}
