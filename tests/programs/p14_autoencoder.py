"""An autoencoder: encoder and decoder as models of their own, transposed convolution, upsampling."""

import keras
import numpy as np
from keras import layers

draw = np.random.RandomState(10)
x = draw.rand(40, 8, 8, 1).astype("float32")
encoder = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(6),
    ],
    name="encoder",
)
code = keras.Input((6,))
h = layers.Reshape((4, 4, 2))(layers.Dense(32, activation="relu")(code))
h = layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu")(h)
h = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(layers.AveragePooling2D(2)(layers.UpSampling2D(2)(h)))
decoder = keras.Model(code, h, name="decoder")
image = keras.Input((8, 8, 1))
model = keras.Model(image, decoder(encoder(image)))
seeded(model)
model.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)), loss="binary_crossentropy"
)
history = model.fit(x, x, epochs=3, batch_size=10, shuffle=False, verbose=0)
copied = keras.models.clone_model(model)
copied.set_weights(model.get_weights())
model.save("autoencoder.keras")
loaded = keras.models.load_model("autoencoder.keras")
RESULT = {
    "loss": history.history["loss"],
    "codes": encoder.predict(x[:4], verbose=0),
    "decoded": decoder.predict(np.ones((2, 6)), verbose=0),
    "same": [np.allclose(m.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6) for m in (copied, loaded)],
    "next": loaded.fit(x, x, epochs=1, batch_size=10, shuffle=False, verbose=0).history["loss"],
}
