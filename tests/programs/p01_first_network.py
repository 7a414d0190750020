"""A first network: compile by names, fit with validation, evaluate, predict."""

import numpy as np
from keras import layers, models

draw = np.random.RandomState(0)
centres = draw.normal(size=(3, 8)) * 2
y = draw.randint(0, 3, 300)
x = (centres[y] + draw.normal(size=(300, 8))).astype("float32")

model = models.Sequential(
    [layers.Dense(16, activation="relu", input_shape=(8,)), layers.Dense(3, activation="softmax")]
)
seeded(model)
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=5, batch_size=32, validation_split=0.25, shuffle=False, verbose=0)
loss, accuracy = model.evaluate(x, y, verbose=0)
RESULT = {
    **history.history,
    "test_loss": loss,
    "test_accuracy": accuracy,
    "predicted": model.predict(x[:10], verbose=0),
    "parameters": model.count_params(),
}
