"""A model with a training step of its own, in the form of Keras on JAX."""

import jax
import keras
import numpy as np
from keras import layers


class Scaled(keras.Model):
    def compute_loss_and_updates(self, trainable, non_trainable, x, y, training=False):
        y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=training)
        return self.compute_loss(x, y, y_pred), (y_pred, non_trainable)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        x, y = data
        grad_fn = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, non_trainable)), grads = grad_fn(trainable, non_trainable, x, y, training=True)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, grads, trainable)
        new, logs, offset = [], {}, 0
        for metric in self.metrics:
            own = metrics[offset : offset + len(metric.variables)]
            offset += len(metric.variables)
            if metric.name == "loss":
                own = metric.stateless_update_state(own, loss)
            else:
                own = metric.stateless_update_state(own, y, y_pred)
            logs[metric.name] = metric.stateless_result(own)
            new += own
        return logs, (trainable, non_trainable, optimizer, new)


draw = np.random.RandomState(4)
x = draw.normal(size=(64, 5)).astype("float32")
y = (x @ draw.normal(size=(5, 1))).astype("float32")
inputs = keras.Input((5,))
model = Scaled(inputs, layers.Dense(1)(layers.Dense(8, activation="gelu")(inputs)))
seeded(model)
model.compile(
    keras.optimizers.AdamW(0.01, weight_decay=0.01), loss="mse", metrics=[keras.metrics.MeanAbsoluteError(name="mae")]
)
history = model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
RESULT = {"loss": history.history["loss"], "predicted": model.predict(x[:8], verbose=0)}
