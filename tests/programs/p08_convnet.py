"""A small convolutional network on images: convolution, pooling, separable and depthwise convolution."""

import keras
from keras import layers
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
x = (images.reshape(-1, 8, 8, 1) / 16.0).astype("float32")[:400]
y = keras.utils.to_categorical(labels[:400], num_classes=10)
model = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 1)),
        layers.Conv2D(8, kernel_size=(3, 3), padding="same", activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.SeparableConv2D(12, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.DepthwiseConv2D(2, depth_multiplier=2),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    ]
)
seeded(model)
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(x, y, batch_size=50, epochs=2, validation_split=0.1, shuffle=False, verbose=0)
lines = []
model.summary(print_fn=lambda line, *rest, **more: lines.append(line), line_length=80)
RESULT = {
    **history.history,
    "evaluated": model.evaluate(x, y, verbose=0),
    "classes": model.predict(x[:50], verbose=0).argmax(axis=1),
    "total": [line for line in "\n".join(lines).splitlines() if "params" in line][:3],
}
