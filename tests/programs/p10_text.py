"""Text: a vocabulary learnt from sentences, embedding, one-dimensional convolution."""

import keras
import numpy as np
from keras import layers

texts = np.array(
    [
        "The film was wonderful, truly wonderful!",
        "A dull plot; I nearly slept.",
        "Great acting and a great story",
        "Bad, bad, bad. Do not watch.",
        "I loved every minute of it",
        "The worst film of the year",
        "wonderful music, lovely pictures",
        "dull and far too long",
    ]
)
y = np.array([1, 0, 1, 0, 1, 0, 1, 0], "float32")
vectorize = layers.TextVectorization(max_tokens=30, output_mode="int", output_sequence_length=8)
vectorize.adapt(texts)
tokens = np.asarray(vectorize(texts))
counts = layers.TextVectorization(max_tokens=12, output_mode="multi_hot", ngrams=2)
counts.adapt(texts)
model = keras.Sequential(
    [
        keras.Input((8,), dtype="int64"),
        layers.Embedding(30, 6),
        layers.Conv1D(5, 3, padding="valid", activation="relu", strides=2),
        layers.GlobalMaxPooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
seeded(model)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(tokens, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
RESULT = {
    "vocabulary": vectorize.get_vocabulary(),
    "tokens": tokens,
    "bigrams": counts.get_vocabulary(),
    "multi_hot": np.asarray(counts(texts)),
    "loss": history.history["loss"],
    "predicted": model.predict(tokens, verbose=0),
}
