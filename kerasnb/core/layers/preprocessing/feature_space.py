"""FeatureSpace: the columns of a table, each encoded in its own way, as one vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ... import registry
from ...layer import Layer
from ...text import as_text
from ..input_layer import Input
from .adaptation import batches_of
from .category_encoding import CategoryEncoding
from .discretization import Discretization
from .hashing import HashedCrossing, Hashing
from .index_lookup import IndexLookup
from .integer_lookup import IntegerLookup
from .normalization import Normalization
from .rescaling import Rescaling
from .string_lookup import StringLookup
from .text_vectorization import TextVectorization

_MODULE = "keras.src.layers.preprocessing.feature_space"
_PLAIN = "int", "one_hot"


class Cross:
    """Several features hashed together.

    Args:
        feature_names: their names.
        crossing_dim: how many bins.
        output_mode: "one_hot" or "int".
    """

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"):
        if output_mode not in _PLAIN:
            raise ValueError(f"Cross: output_mode must be 'int' or 'one_hot', got output_mode={output_mode!r}.")
        self.feature_names = tuple(feature_names)
        self.crossing_dim, self.output_mode = crossing_dim, output_mode

    @property
    def name(self) -> str:
        """The names, joined by "_X_"."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "feature_names": self.feature_names, "crossing_dim": self.crossing_dim, "output_mode": self.output_mode,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Cross:
        """The cross that ``get_config`` described."""
        return cls(**config)


class Feature:
    """How one column is read and encoded.

    Args:
        dtype: of the raw values: "float32", "int32" or "string".
        preprocessor: a layer (or its description) for the raw values, (batch, 1).
        output_mode: "float", or how class numbers are shown: "int" or "one_hot".
    """

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str):
        if output_mode not in ("int", "one_hot", "float"):
            raise ValueError(f"Feature: output_mode must be 'int', 'one_hot' or 'float', got {output_mode!r}.")
        self.dtype, self.output_mode = dtype, output_mode
        self.preprocessor = (
            registry.deserialize_keras_object(preprocessor) if isinstance(preprocessor, Mapping) else preprocessor
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "dtype": self.dtype,
            "preprocessor": registry.serialize_keras_object(self.preprocessor),
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Feature:
        """The feature that ``get_config`` described."""
        return cls(**config)


class FeatureSpace(Layer):
    """A table's columns, normalized, looked up, hashed or cut into bins, as one vector or as a dict.

    Args:
        features: the column's name -> "float", "float_rescaled", "float_normalized", "float_discretized",
            "integer_categorical", "string_categorical", "integer_hashed", "string_hashed", or the result of "
            "the method of that
            name (``FeatureSpace.string_categorical(max_tokens=20)``).
        output_mode: "concat" for one vector (features by name, crosses behind), "dict" for one entry each.
        crosses: tuples of names whose combinations become features of their own, or ``FeatureSpace.cross(...)``.
        crossing_dim, hashing_dim: bins of crosses and of hashed features, where nothing else is said.
        num_discretization_bins: bins of "float_discretized".
        name: its name.

    Shapes: a dict of (batch,) or (batch, 1) columns, or of single values, to (batch, length) or (length,).

    >>> space = FeatureSpace({"size": "float", "kind": "string_hashed"}, hashing_dim=3)
    >>> space({"size": [0.5], "kind": ["a"]}).tolist()
    [[1.0, 0.0, 0.0, 0.5]]
    """

    _serialized_module = "keras.utils"

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ):
        super().__init__(name=name)
        self._convert_input_args = False
        if not features:
            raise ValueError("FeatureSpace: features must name at least one column.")
        if output_mode not in ("concat", "dict"):
            raise ValueError(f"FeatureSpace: output_mode must be 'concat' or 'dict', got output_mode={output_mode!r}.")
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins, self.output_mode = num_discretization_bins, output_mode
        specs = {k: self._feature(k, v) for k, v in features.items()}
        crossed = [self._cross(c, specs) for c in crosses or []]
        self.__dict__["features"], self.__dict__["crosses"] = specs, crossed
        self.preprocessors = {k: f.preprocessor for k, f in specs.items()}
        self.crossers = {c.name: HashedCrossing(c.crossing_dim, name=c.name) for c in crossed}
        self.one_hot_encoders: dict[str, Any] = {}
        self._adapted = not self._adaptable()
        self._encoded: Any = None
        self._inputs = {k: Input((1,), dtype=f.dtype, name=k) for k, f in specs.items()}

    # --- kinds of features ------------------------------------------------------------------------------

    @classmethod
    def cross(cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Several features hashed together into ``crossing_dim`` bins."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column encoded by a layer of one's own."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        from ..core import Identity

        return Feature("float32", Identity(dtype="float32", name=_named(name, "float")), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Numbers times ``scale`` plus ``offset``."""
        return Feature("float32", Rescaling(scale, offset, name=_named(name, "float_rescaled")), "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers with mean 0 and variance 1."""
        return Feature("float32", Normalization(axis=-1, name=_named(name, "float_normalized")), "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Numbers as one of several intervals."""
        bins = None if bin_boundaries is not None else num_bins
        layer = Discretization(bin_boundaries, bins, name=_named(name, "float_discretized"))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Whole numbers as classes."""
        layer = IntegerLookup(max_tokens, num_oov_indices, name=_named(name, "integer_categorical"))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Words as classes."""
        layer = StringLookup(max_tokens, num_oov_indices, name=_named(name, "string_categorical"))
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Words as hashed classes."""
        return Feature("string", Hashing(num_bins, name=_named(name, "string_hashed")), output_mode)

    @classmethod
    def integer_hashed(cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Whole numbers as hashed classes."""
        return Feature("int32", Hashing(num_bins, name=_named(name, "integer_hashed")), output_mode)

    def _feature(self, name: str, spec: Any) -> Feature:
        if isinstance(spec, Feature):
            return spec
        if isinstance(spec, Mapping):
            return Feature.from_config(spec["config"] if "config" in spec else spec)
        kinds = {
            "float": lambda: self.float(name),
            "float_rescaled": lambda: self.float_rescaled(name=name),
            "float_normalized": lambda: self.float_normalized(name),
            "float_discretized": lambda: self.float_discretized(self.num_discretization_bins, name=name),
            "integer_categorical": lambda: self.integer_categorical(name=name),
            "string_categorical": lambda: self.string_categorical(name=name),
            "integer_hashed": lambda: self.integer_hashed(self.hashing_dim, name=name),
            "string_hashed": lambda: self.string_hashed(self.hashing_dim, name=name),
        }
        if spec not in kinds:
            raise ValueError(
                f"FeatureSpace: feature {name!r} has the unknown type "
                f"{spec!r}.{registry.did_you_mean(str(spec), kinds)} "
                f"Known are: {', '.join(kinds)}."
            )
        return kinds[spec]()

    def _cross(self, cross: Any, specs: Mapping[str, Feature]) -> Cross:
        if isinstance(cross, Mapping):
            cross = Cross.from_config(cross["config"] if "config" in cross else cross)
        elif not isinstance(cross, Cross):
            cross = Cross(cross, self.crossing_dim)
        unknown = [n for n in cross.feature_names if n not in specs]
        if unknown:
            raise ValueError(
                f"FeatureSpace: the cross {cross.name!r} names unknown features {unknown}. Known are: "
                f"{', '.join(specs)}."
            )
        return cross

    # --- learning -----------------------------------------------------------------------------------------

    def _adaptable(self) -> list[str]:
        """Features whose preprocessor wants data first."""

        def wants(layer: Any) -> bool:
            if isinstance(layer, Normalization):
                return layer.input_mean is None
            if isinstance(layer, TextVectorization):
                return layer.vocabulary is None
            if isinstance(layer, Discretization):
                return not len(layer.bin_boundaries)
            return isinstance(layer, IndexLookup) and layer.input_vocabulary is None

        return [k for k, f in self.features.items() if wants(f.preprocessor)]

    def adapt(self, dataset: Any) -> None:
        """Learn vocabularies, means and intervals.

        Args:
            dataset: a dict of columns, a frame, or a data set of such dicts (single rows or batches; labels are left
                aside).
        """
        names = self._adaptable()
        columns: dict[str, list[np.ndarray]] = {k: [] for k in names}
        for row in _dicts(dataset):
            for name in names:
                if name not in row:
                    raise ValueError(f"FeatureSpace.adapt: the data has no column {name!r}; it has {sorted(row)}.")
                columns[name].extend(np.atleast_1d(b) for b in batches_of(row[name]))
        for name in names:
            values = np.concatenate([c.reshape(-1, 1) for c in columns[name]]) if columns[name] else np.zeros((0, 1))
            self.features[name].preprocessor.adapt(values)
        self._adapted = True
        self.get_encoded_features()

    # --- the call -----------------------------------------------------------------------------------------

    def call(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValueError(f"FeatureSpace expects a dict of columns, got {type(data).__name__}.")
        missing = [k for k in self.features if k not in data]
        if missing:
            raise KeyError(f"FeatureSpace: the data lacks the columns {missing}; it has {sorted(data)}.")
        if not self._adapted:
            raise ValueError("Call adapt(dataset) on the FeatureSpace first: it has vocabularies or means to learn.")
        single = all(np.ndim(data[k]) == 0 for k in self.features)
        columns = {k: _column(data[k], f.dtype) for k, f in self.features.items()}
        outputs = self._encode(columns)
        return jax.tree.map(lambda v: v[0], outputs) if single else outputs

    def _encode(self, columns: Mapping[str, Any]) -> Any:
        """Encoded features of (batch, 1) columns, arrays or symbols."""
        numbers = {k: self.features[k].preprocessor(columns[k]) for k in sorted(columns)}
        specs = {k: self.features[k].output_mode for k in numbers}
        for cross in self.crosses:
            numbers[cross.name] = self.crossers[cross.name](tuple(numbers[n] for n in cross.feature_names))
            specs[cross.name] = cross.output_mode
        encoded = {k: self._shown(k, v, specs[k]) for k, v in numbers.items()}
        if self.output_mode == "dict":
            return encoded
        from ..merging import Concatenate

        whole = list(encoded.values())
        return whole[0] if len(whole) == 1 else Concatenate(axis=-1)(whole)

    def _shown(self, name: str, value: Any, mode: str) -> Any:
        if mode == "one_hot":
            if name not in self.one_hot_encoders:
                self.one_hot_encoders[name] = CategoryEncoding(self._classes(name), "multi_hot")
            return self.one_hot_encoders[name](value)
        if self.output_mode == "concat" and "int" in str(value.dtype):
            raise ValueError(
                f"FeatureSpace: feature {name!r} gives class numbers, which do not fit into one vector of floats. Use "
                "output_mode='one_hot' for the feature, or output_mode='dict' for the space."
            )
        return value

    def _classes(self, name: str) -> int:
        """How many classes a feature or cross has."""
        layer = self.crossers[name] if name in self.crossers else self.features[name].preprocessor
        if isinstance(layer, (Hashing, HashedCrossing)):
            return layer.num_bins
        if isinstance(layer, Discretization):
            return len(layer.bin_boundaries) + 1
        if isinstance(layer, (IndexLookup, TextVectorization)):
            return layer.vocabulary_size()
        raise ValueError(
            f"FeatureSpace: feature {name!r} asks for output_mode='one_hot', but its preprocessor "
            f"{type(layer).__name__} "
            "does not tell how many classes there are. Let the preprocessor encode them, and use output_mode='float'."
        )

    def get_inputs(self) -> dict[str, Any]:
        """Symbolic inputs by name, for a model that begins with raw columns."""
        return dict(self._inputs)

    def get_encoded_features(self) -> Any:
        """The symbolic encoded features that belong to ``get_inputs()``."""
        if not self._adapted:
            raise ValueError("Call adapt(dataset) on the FeatureSpace first: it has vocabularies or means to learn.")
        if self._encoded is None:
            self.__dict__["_encoded"] = self._encode(self._inputs)
        return self._encoded

    # --- storage ------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        def record(value: Any) -> dict[str, Any]:
            return {
                "module": _MODULE, "class_name": type(value).__name__, "config": value.get_config(),
                "registered_name": type(value).__name__,
            }  # fmt: skip

        return {
            "features": {k: record(f) for k, f in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [record(c) for c in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureSpace:
        """The space that ``get_config`` described."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any]:
        """Whether it had learned."""
        return {"adapted": self._adapted}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Take up what was learned before."""
        for feature in self.features.values():
            if isinstance(feature.preprocessor, Normalization) and not feature.preprocessor.built:
                feature.preprocessor.build((None, 1))
        self._adapted = bool(config.get("adapted", config.get("input_shape") is not None)) or self._adapted
        self.built = True

    def save(self, filepath: str) -> None:
        """Write the space as a ``.keras`` archive; ``keras.models.load_model`` reads it."""
        from ...saving.api import save_model

        save_model(self, filepath)

    def save_own_variables(self, store: Any) -> None:
        """Nothing: the preprocessors hold it all."""

    def load_own_variables(self, store: Any) -> None:
        """Nothing, see ``save_own_variables``."""


def _named(name: str | None, kind: str) -> str:
    from ...naming import auto_name

    return f"{name or auto_name(kind)}_preprocessor"


def _column(value: Any, dtype: str) -> Any:
    """One column, (batch, 1)."""
    if not isinstance(value, jax.core.Tracer):
        if hasattr(value, "to_numpy"):
            value = value.to_numpy()
        value = as_text(value) if dtype == "string" else np.asarray(value, np.dtype(dtype))
        return (value if dtype == "string" else jnp.asarray(value)).reshape(-1, 1) if value.ndim < 2 else value
    return value.reshape(-1, 1) if value.ndim < 2 else value


def _dicts(data: Any) -> Any:
    """The dicts of columns in a data set."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        return [{k: data[k].to_numpy() for k in data.columns}]
    if isinstance(data, Mapping):
        return [data]
    return (row[0] if isinstance(row, tuple) else row for row in data)
