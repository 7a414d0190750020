"""TensorBoard: curves, histograms and more, in files that TensorBoard shows."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..registry import did_you_mean
from .callback import Callback
from .event_file import EventFile

IMAGES = 16  # filters of a convolution shown at most


class TensorBoard(Callback):
    """Write event files; look at them with ``tensorboard --logdir logs``.

    Args:
        log_dir: the folder; give every run one of its own, such as "logs/run-1". Training goes to "train"
            in it, validation to "validation".
        histogram_freq: after every so many epochs the weights' histograms are written; 0 for never.
        write_graph: whether the model's configuration is written, for the graph view.
        write_images: whether weights are shown as pictures too, whenever histograms are written.
        write_steps_per_second: whether training speed is written.
        update_freq: "epoch"; or "batch", or a number of batches after which training values are written too.
        profile_batch: a batch number, or (first, last), counted from 1: these batches are profiled with JAX's
            profiler; 0 for none. Showing it needs the package tensorboard-plugin-profile.
        embeddings_freq: after every so many epochs the embedding layers' vectors are written for the projector;
            0 for never.
        embeddings_metadata: a file with one label per row of the embedding, or a dict of layer names and files.

    Neither TensorFlow nor TensorBoard need be installed to write.
    """

    observes_only = True

    def __init__(
        self, log_dir: Any = "logs", histogram_freq: int = 0, write_graph: bool = True, write_images: bool = False,
        write_steps_per_second: bool = False, update_freq: Any = "epoch", profile_batch: Any = 0,
        embeddings_freq: int = 0, embeddings_metadata: Any = None,
    ):  # fmt: skip
        super().__init__()
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq, self.write_graph, self.write_images = histogram_freq, write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not (isinstance(self.update_freq, int) and self.update_freq >= 1):
            raise ValueError(
                f"TensorBoard: update_freq must be 'epoch', 'batch' or a number of batches, got {update_freq!r}."
            )
        self.profile_batch = _first_and_last(profile_batch)
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self._writers: dict[str, EventFile] = {}
        self._step = self._epoch = 0
        self._profiling = False
        # Hooks that exist only where they are needed keep the engine's chunks long.
        if self.update_freq != "epoch" or self.profile_batch is not None:
            self.on_train_batch_begin = self._before_batch  # type: ignore[method-assign]
            self.on_train_batch_end = self._after_batch  # type: ignore[method-assign]

    @property
    def train_dir(self) -> str:
        """Where the training's file lies."""
        return os.path.join(self.log_dir, "train")

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._metadata_files(model)

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._step = self._iterations()
        if self.write_graph:
            try:
                description = self.model.to_json()
            except (NotImplementedError, ValueError, TypeError):
                return  # a model of the user's own without a configuration has no graph to show
            self._writer("train").graph("keras", description)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._epoch = epoch
        self._began, self._first_step = time.perf_counter(), self._iterations()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        train = {k: v for k, v in (logs or {}).items() if not k.startswith("val_")}
        valid = {k[4:]: v for k, v in (logs or {}).items() if k.startswith("val_")}
        rate = self._learning_rate()
        if rate is not None:
            train["learning_rate"] = rate
        if self.write_steps_per_second:
            steps = self._iterations() - self._first_step
            train["steps_per_second"] = steps / max(time.perf_counter() - self._began, 1e-9)
        self._scalars("train", {f"epoch_{k}": v for k, v in train.items()}, epoch)
        self._scalars("validation", {f"epoch_{k}": v for k, v in valid.items()}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._embeddings()
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs: dict | None = None) -> None:
        found = {f"evaluation_{k}_vs_iterations": v for k, v in (logs or {}).items()}
        self._scalars("validation", found, self._iterations())

    def on_train_end(self, logs: dict | None = None) -> None:
        self._stop_profiler()
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    # --- batches ------------------------------------------------------------------------------------

    def _before_batch(self, batch: int, logs: dict | None = None) -> None:
        self._batch_began = time.perf_counter()
        if self.profile_batch is not None and self._step + 1 == self.profile_batch[0]:
            import jax

            jax.profiler.start_trace(self.train_dir)
            self._profiling = True

    def _after_batch(self, batch: int, logs: dict | None = None) -> None:
        self._step += 1
        if self.profile_batch is not None and self._step >= self.profile_batch[1]:
            self._stop_profiler()
        if self.update_freq == "epoch" or self._step % self.update_freq:
            return
        found = {f"batch_{k}": v for k, v in (logs or {}).items()}
        if self.write_steps_per_second:
            found["batch_steps_per_second"] = 1 / max(time.perf_counter() - self._batch_began, 1e-9)
        self._scalars("train", found, self._step)

    def _stop_profiler(self) -> None:
        if self._profiling:
            import jax

            self._profiling = False
            jax.profiler.stop_trace()

    # --- what is written ------------------------------------------------------------------------------

    def _writer(self, name: str) -> EventFile:
        if name not in self._writers:
            self._writers[name] = EventFile(os.path.join(self.log_dir, name))
        return self._writers[name]

    def _scalars(self, name: str, values: Mapping[str, Any], step: int) -> None:
        for tag, value in values.items():
            array = np.asarray(value)
            if array.ndim == 0:
                self._writer(name).scalar(tag, float(array), step)
            else:  # a number for each class, say
                for i, one in enumerate(array.ravel()):
                    self._writer(name).scalar(f"{tag}/{i}", float(one), step)

    def _iterations(self) -> int:
        optimizer = getattr(self.model, "optimizer", None)
        return 0 if optimizer is None else int(np.asarray(optimizer.iterations))

    def _learning_rate(self) -> float | None:
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        return None if rate is None else float(np.asarray(rate))

    def _weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for variable in self.model.weights:
            value = variable.numpy()
            writer.histogram(f"{variable.path}/histogram", value, epoch)
            if self.write_images and value.size:
                writer.images(f"{variable.path}/image", pictures(value), epoch)

    # --- the projector ----------------------------------------------------------------------------------

    def _metadata_files(self, model: Any) -> dict[str, str]:
        """Label files by the embedding layer they belong to."""
        given, names = self.embeddings_metadata, [layer.name for layer in _embedding_layers(model)]
        if not self.embeddings_freq or given is None:
            return {}
        if not isinstance(given, Mapping):
            return {name: os.fspath(given) for name in names}
        for name in given:
            if name not in names:
                raise ValueError(
                    f"TensorBoard: embeddings_metadata names {name!r}, but the model's embedding layers are {names}."
                    f"{did_you_mean(str(name), names)}"
                )
        return {name: os.fspath(file) for name, file in given.items()}

    def _embeddings(self) -> None:
        """One table of tab-separated vectors for each embedding layer, and the list of them."""
        labels, blocks = self._metadata_files(self.model), []
        os.makedirs(self.log_dir, exist_ok=True)
        for layer in _embedding_layers(self.model):
            file = f"{layer.name}_embeddings.tsv"
            np.savetxt(os.path.join(self.log_dir, file), np.asarray(layer.embeddings), "%.6g", delimiter="\t")
            block = f'embeddings {{\n  tensor_name: "{layer.name}/embeddings"\n  tensor_path: "{file}"\n'
            if layer.name in labels:
                copied = f"{layer.name}_metadata{os.path.splitext(labels[layer.name])[1]}"
                if os.path.abspath(labels[layer.name]) != os.path.abspath(os.path.join(self.log_dir, copied)):
                    shutil.copyfile(labels[layer.name], os.path.join(self.log_dir, copied))
                block += f'  metadata_path: "{copied}"\n'
            blocks.append(block + "}\n")
        with open(os.path.join(self.log_dir, "projector_config.pbtxt"), "w") as config:
            config.write("".join(blocks))


def pictures(value: Any) -> list[Any]:
    """A weight array as uint8 pictures, dark for its smallest number and bright for its largest.

    A vector is a column, a matrix (rows, columns) one picture, a kernel (height, width, in, out) one for each of the
    first filters, in colour for 3 inputs.
    """
    value = np.asarray(value, np.float32)
    low, high = float(value.min()), float(value.max())
    grey = np.uint8(np.clip((value - low) / ((high - low) or 1.0), 0, 1) * 255)
    if grey.ndim <= 2:
        return [np.atleast_1d(grey).reshape(len(np.atleast_1d(grey)), -1)]
    filters = np.moveaxis(grey, -1, 0)[:IMAGES]  # (out, ...)
    if filters.ndim == 3:
        return list(filters)
    if filters.ndim == 4 and filters.shape[-1] == 3:
        return list(filters)
    return [f.mean(axis=tuple(range(2, f.ndim))).astype(np.uint8) for f in filters]


def _embedding_layers(model: Any) -> Sequence[Any]:
    from ..layers.embedding import Embedding

    return [layer for layer in model._flatten_layers() if isinstance(layer, Embedding)]


def _first_and_last(batches: Any) -> tuple[int, int] | None:
    """The batches to profile: None, n, (first, last) or "first,last"."""
    if isinstance(batches, str):
        batches = [int(part) for part in batches.split(",")]
    if isinstance(batches, (list, tuple)):
        pair = tuple(int(b) for b in batches)
    else:
        pair = (int(batches or 0),) * 2
    if len(pair) == 1:
        pair = pair * 2
    if len(pair) != 2 or pair[0] < 0 or pair[1] < pair[0]:
        raise ValueError(
            f"TensorBoard: profile_batch must be a batch number from 1 on, or (first, last), got {batches!r}."
        )
    return None if pair[1] == 0 else (max(pair[0], 1), pair[1])
