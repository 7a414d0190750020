"""What stands on the cheat sheet: two sides of boxes. Every name and argument is checked by cheat_sheet.py.

A line is a piece of code, or (code, a word about it). Code is read as Python: what begins with ``keras``, a public
module or a class of layers must be there, and its arguments must be those of its signature.
"""

from __future__ import annotations

Line = str | tuple[str, str]
Box = tuple[str, list[Line]]

SIDES: list[list[list[Box]]] = [
    [  # side 1: three columns
        [
            ("Begin", [
                ("pip install kerasnb", "Python 3.11 or later"),
                "import kerasnb as keras",
                "from kerasnb import layers, ops",
                ("%load_ext kerasnb", "optional: the magic"),
                ("kerasnb doctor", "in a terminal: what is missing?"),
            ]),
            ("Data", [
                "keras.datasets.mnist.load_data()",
                "keras.datasets.imdb.load_data(num_words=10000)",
                ("keras.datasets.digits.load_data()", "works offline"),
                'keras.utils.image_dataset_from_directory("photos")',
                'keras.utils.text_dataset_from_directory("texts")',
                "keras.utils.pad_sequences(rows, maxlen=256)",
                "keras.utils.to_categorical(y, num_classes=10)",
                ("model.fit(x, y)", "arrays, frames, generators, loaders"),
            ]),
            ("Build: a chain", [
                "model = keras.Sequential([keras.Input((784,)),",
                '    layers.Dense(256, activation="relu"),',
                "    layers.Dropout(0.4),",
                '    layers.Dense(10, activation="softmax")])',
            ]),
            ("Build: a graph", [
                "inputs = keras.Input((28, 28, 1))",
                'x = layers.Conv2D(32, 3, activation="relu")(inputs)',
                "x = layers.GlobalAveragePooling2D()(x)",
                "model = keras.Model(inputs, layers.Dense(10)(x))",
            ]),
            ("Build: your own layer", [
                "class Scale(keras.Layer):",
                "    def build(self, shape):",
                '        self.w = self.add_weight(shape[-1:])',
                "    def call(self, x):",
                "        return x * self.w",
            ]),
        ],
        [
            ("Train", [
                'model.compile("adam",',
                '    "sparse_categorical_crossentropy",',
                '    metrics=["accuracy"])',
                "history = model.fit(x, y, epochs=10,",
                "    batch_size=128, validation_split=0.2)",
                ("history.plot()", "the curves, still"),
                "keras.callbacks.History.compare(a=h1, b=h2)",
            ]),
            ("Evaluate, predict", [
                "model.evaluate(x, y, return_dict=True)",
                "model.predict(x)",
                "model.predict_classes(x)",
                ("model.gallery(x, y)", "right, wrong, confusion"),
                ("model.inspect(x)", "activations, layer by layer"),
                ("model.graph()", "the network as a drawing"),
                "model.summary()",
            ]),
            ("Which loss, which last layer", [
                ("sparse_categorical_crossentropy", "classes 0..n: softmax"),
                ("categorical_crossentropy", "one-hot: softmax"),
                ("binary_crossentropy", "yes or no: sigmoid"),
                ("mean_squared_error", "numbers: none"),
                ("keras.losses.SparseCategoricalCrossentropy(from_logits=True)", ""),
            ]),
            ("Callbacks", [
                "cb = keras.callbacks",
                "cb.EarlyStopping(patience=3, restore_best_weights=True)",
                'cb.ModelCheckpoint("m-{epoch}.keras")',
                "cb.ReduceLROnPlateau(factor=0.5, patience=2)",
                ('cb.BackupAndRestore("backup")', "goes on to the bit"),
                'cb.CSVLogger("log.csv")',
                'cb.TensorBoard("logs")',
            ]),
            ("Save, load", [
                'model.save("m.keras")',
                'keras.saving.load_model("m.keras")',
                'model.save_weights("m.weights.h5")',
                ('model.export("demo.html")', "a page that predicts"),
                'model.export("m.onnx")',
            ]),
        ],
        [
            ("While it trains", [
                ("Pause, Stop", "buttons; the weights stay"),
                ("learning rate", "a slider; nothing recompiles"),
                ("epochs", "go back to any of them"),
                ("%kerasnb live off", "lines of text instead"),
                ("%kerasnb profile", "where the time went"),
            ]),
            ("Widgets", [
                ("keras.widgets.Sketchpad(model)", "draw a digit"),
                ("keras.widgets.Playground()", "points in the plane"),
            ]),
            ("Many variants at once", [
                "def build(units):",
                "    ...",
                "    return model",
                "result = keras.sweep(build, x, y, units=[16, 64])",
                ("result.plot()", "which was best"),
            ]),
            ("Runs: every fit is recorded", [
                ("keras.runs()", "a table, newest first"),
                ("keras.runs.get(-1).history", "its numbers"),
                ("%kerasnb runs by val_loss", "sorted, with curves"),
            ]),
            ("Same numbers again", [
                "keras.utils.set_random_seed(1)",
                "layers.Dropout(0.4, seed=7)",
            ]),
            ("Speed, devices", [
                'keras.config.set_dtype_policy("mixed_bfloat16")',
                "d = keras.distribution",
                "d.set_distribution(d.DataParallel())",
            ]),
            ("Stuck?", [
                ("too good on training data", "Dropout, L2, more data"),
                ("loss is NaN", "lower rate; look for NaN in x"),
                ("loss stands still", "scale x to 0..1; higher rate"),
                ("out of memory", "smaller batch_size; a generator"),
            ]),
        ],
    ],
    [  # side 2: the vocabulary
        [
            ("Layers: core", [
                "layers.Dense(units, activation=None)", "layers.Embedding(input_dim, output_dim)",
                "layers.Flatten()", "layers.Reshape(target_shape)", "layers.Activation(activation)",
                "layers.Lambda(function)", "layers.Identity()",
            ]),
            ("Layers: convolution, pooling", [
                'layers.Conv2D(filters, kernel_size, padding="same")', "layers.SeparableConv2D(filters, kernel_size)",
                "layers.Conv2DTranspose(filters, kernel_size, strides=2)", "layers.MaxPooling2D(2)",
                "layers.AveragePooling2D(2)", "layers.GlobalAveragePooling2D()", "layers.UpSampling2D(2)",
                ("also 1D and 3D", ""),
            ]),
            ("Layers: recurrent, attention", [
                "layers.LSTM(units, return_sequences=True)", "layers.GRU(units, dropout=0.2)",
                "layers.Bidirectional(layers.LSTM(32))", "layers.TimeDistributed(layers.Dense(8))",
                "layers.MultiHeadAttention(num_heads=4, key_dim=16)",
            ]),
            ("Layers: regularise, normalise, merge", [
                "layers.Dropout(0.4)", "layers.GaussianNoise(0.1)", "layers.BatchNormalization()",
                "layers.LayerNormalization()", "layers.Add()([a, b])", "layers.Concatenate()([a, b])",
            ]),
            ("Layers: prepare data", [
                ("layers.Normalization()", "then .adapt(x)"), "layers.TextVectorization(max_tokens=20000)",
                "layers.StringLookup(vocabulary=words)", "layers.Rescaling(1 / 255)", "layers.RandomFlip()",
                "layers.RandomRotation(0.1)", "layers.RandAugment((0, 255))",
            ]),
        ],
        [
            ("Activations", [
                '"relu"  "gelu"  "silu"  "tanh"  "sigmoid"', '"softmax"  "elu"  "leaky_relu"  "linear"',
            ]),
            ("Optimizers", [
                "keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)", "keras.optimizers.Adam(learning_rate=0.001)",
                "keras.optimizers.AdamW(weight_decay=0.004)", "keras.optimizers.RMSprop()",
                "keras.optimizers.Lion()", "keras.optimizers.Muon()",
                ("keras.optimizers.Adam(clipnorm=1.0)", "bounded gradients"),
                "keras.optimizers.schedules.CosineDecay(0.01, 1000)",
            ]),
            ("Losses", [
                "keras.losses.Huber()", "keras.losses.CosineSimilarity()", "keras.losses.BinaryFocalCrossentropy()",
                "keras.losses.Dice()", "keras.losses.KLDivergence()", ("def loss(y_true, y_pred): ...", "your own"),
            ]),
            ("Metrics", [
                '"accuracy"  "mae"  "mse"', "keras.metrics.AUC()", "keras.metrics.Precision()",
                "keras.metrics.Recall()", 'keras.metrics.F1Score(average="macro")',
                "keras.metrics.TopKCategoricalAccuracy(k=5)",
                "keras.metrics.MeanIoU(num_classes=10)",
            ]),
            ("Regularizers, constraints, initializers", [
                "keras.regularizers.L2(0.001)", "keras.regularizers.L1L2(l1=0.01, l2=0.01)",
                "keras.constraints.MaxNorm(3)",
                "keras.initializers.HeNormal()", "keras.initializers.Orthogonal()",
            ]),
            ("Transfer learning", [
                'base = keras.applications.ResNet50(',
                '    include_top=False, pooling="avg")', "base.trainable = False",
                "model = keras.Sequential([base, layers.Dense(5)])",
            ]),
        ],
        [
            ("Ops: NumPy's names, symbolic too", [
                "ops.reshape(x, (-1, 784))", "ops.transpose(x, (0, 2, 1))", "ops.concatenate([a, b], axis=-1)",
                "ops.mean(x, axis=0)", "ops.matmul(a, b)", 'ops.einsum("bij,bjk->bik", a, b)', "ops.where(x > 0, x, 0)",
                "ops.one_hot(y, 10)", "ops.top_k(x, 5)", "ops.image.resize(x, (64, 64))", "ops.scan(f, state, xs)",
            ]),
            ("Training step of your own", [
                "class M(keras.Model):", "    def train_step(self, data):", "        x, y = data",
                ("    def compute_loss(self, x, y, y_pred,", ""), "        sample_weight=None): ...",
            ]),
            ("Underneath: JAX", [
                ("jax.grad(f)(x)", "models are functions"), ("nnx.state(model)", "and Flax modules"),
                ("model.compile(optax.adam(1e-3), \"mse\")", "Optax is taken"),
            ]),
            ("In a cell: %kerasnb", [
                ("info", "versions, devices, memory"), ("seed 7", "for all that follows"),
                ("theme dark", "colours of every view"), ("cache show", "compiled programs, data"),
                ("tutorials", "the series, what is done"),
            ]),
            ("In a terminal: kerasnb", [
                ("quickstart", "a first network, executed"), ("lab", "JupyterLab on the notebooks"),
                ("tutorials 0", "opens the first"), ("run FILE", "a Keras program on kerasnb"),
                ("runs", "what was trained"), ("doctor", "what is missing, how to mend it"),
            ]),
        ],
    ],
]  # fmt: skip
