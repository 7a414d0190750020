"""A training loop by hand, with pure functions of layers, optimizer and metric."""

import jax
import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(5)
x = draw.normal(size=(80, 4)).astype("float32")
y = (np.abs(x).sum(1) > 3).astype("int32")
inputs = keras.Input((4,))
model = keras.Model(inputs, layers.Dense(2)(layers.BatchNormalization()(layers.Dense(10, activation="relu")(inputs))))
seeded(model)
optimizer = keras.optimizers.Nadam(0.01)
optimizer.build(model.trainable_variables)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
accuracy = keras.metrics.SparseCategoricalAccuracy()


def compute(trainable, fixed, bx, by):
    logits, fixed = model.stateless_call(trainable, fixed, bx, training=True)
    return loss_fn(by, logits), (fixed, logits)


@jax.jit
def step(state, bx, by):
    trainable, fixed, slots, sums = state
    (loss, (fixed, logits)), grads = jax.value_and_grad(compute, has_aux=True)(trainable, fixed, bx, by)
    trainable, slots = optimizer.stateless_apply(slots, grads, trainable)
    return (trainable, fixed, slots, accuracy.stateless_update_state(sums, by, logits)), loss


state = tuple(
    [v.value for v in group]
    for group in (model.trainable_variables, model.non_trainable_variables, optimizer.variables, accuracy.variables)
)
losses = []
for _ in range(3):
    for i in range(0, 80, 20):
        state, loss = step(state, x[i : i + 20], y[i : i + 20])
        losses.append(float(loss))
for variable, value in zip(model.trainable_variables, state[0]):
    variable.assign(value)
for variable, value in zip(model.non_trainable_variables, state[1]):
    variable.assign(value)
RESULT = {
    "losses": losses,
    "accuracy": accuracy.stateless_result(state[3]),
    "predicted": model.predict(x[:8], verbose=0),
}
