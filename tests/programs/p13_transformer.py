"""A transformer block: attention over itself, layer normalization, positions, causal mask."""

import keras
import numpy as np
from keras import layers, ops


class TokensAndPositions(layers.Layer):
    def __init__(self, length, vocabulary, width):
        super().__init__()
        self.tokens = layers.Embedding(vocabulary, width)
        self.positions = layers.Embedding(length, width)

    def call(self, x):
        return self.tokens(x) + self.positions(ops.arange(0, ops.shape(x)[-1], 1))


class Block(layers.Layer):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attention = layers.MultiHeadAttention(num_heads=heads, key_dim=width // heads)
        self.dense = keras.Sequential([layers.Dense(hidden, activation="relu"), layers.Dense(width)])
        self.norm1, self.norm2 = layers.LayerNormalization(epsilon=1e-6), layers.LayerNormalization(epsilon=1e-6)

    def call(self, x):
        x = self.norm1(x + self.attention(x, x, use_causal_mask=True))
        return self.norm2(x + self.dense(x))


draw = np.random.RandomState(9)
x = draw.randint(0, 20, (48, 10))
y = draw.randint(0, 2, 48)
inputs = keras.Input((10,))
features = Block(8, 2, 16)(TokensAndPositions(10, 20, 8)(inputs))
outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(features))
model = seeded(keras.Model(inputs, outputs))
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
RESULT = {
    "loss": history.history["loss"],
    "predicted": model.predict(x[:8], verbose=0),
    "weights": [str(w.shape) for w in model.get_weights()],
}
