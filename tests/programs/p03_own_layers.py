"""Layers of one's own: weights, a penalty, a layer in a layer, trainable and not."""

import keras
import numpy as np
from keras import ops


class Linear(keras.layers.Layer):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.add_loss(1e-2 * ops.mean(ops.square(inputs)))
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.one, self.two = Linear(8), Linear(1)

    def call(self, inputs):
        return self.two(ops.relu(self.one(inputs)))


draw = np.random.RandomState(2)
x = draw.normal(size=(48, 5)).astype("float32")
y = x[:, :1] - 0.5 * x[:, 1:2]
inputs = keras.Input((5,))
model = keras.Model(inputs, Block()(inputs))
seeded(model)
model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss="mse")
history = model.fit(x, y, epochs=4, batch_size=16, shuffle=False, verbose=0)
again = Linear.from_config(Linear(3, name="l").get_config())
RESULT = {
    "loss": history.history["loss"],
    "predicted": model.predict(x[:6], verbose=0),
    "shapes": [str(w.shape) for w in model.get_weights()],
    "counts": [len(model.trainable_weights), len(model.non_trainable_weights), again.units],
}
