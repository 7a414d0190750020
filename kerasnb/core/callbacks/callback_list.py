"""CallbackList: all callbacks of a run, called in turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .callback import _BATCH_HOOKS, _PREDICT_HOOKS, _TEST_HOOKS, Callback, overrides
from .history import History
from .progbar_logger import ProgbarLogger

_TEST_ENDS = ("on_test_begin", "on_test_end")
_EPOCH_HOOKS = ("on_epoch_begin", "on_epoch_end", "on_test_begin", "on_test_end")


class CallbackList(Callback):
    """Callbacks behind one callback.

    Args:
        callbacks: what the user passed: None, one, or a list.
        add_history: whether a History is added where there is none.
        add_progbar: whether a ProgbarLogger is added where there is none (``fit`` has reporters instead).
        model: the model in training.
        **params: the run's parameters.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        super().__init__()
        given = [] if callbacks is None else list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
        for callback in given:
            if not isinstance(callback, Callback) and not hasattr(callback, "on_epoch_end"):
                raise TypeError(
                    f"callbacks must be keras.callbacks.Callback objects, got {callback!r}. Did you pass the class "
                    "instead of an object, or a plain function? Use LambdaCallback(on_epoch_end=...)."
                )
            if isinstance(callback, type):
                raise TypeError(
                    f"callbacks must be objects, got the class {callback.__name__}: write {callback.__name__}(...)."
                )
        self.callbacks: list[Any] = given
        self.history = next((c for c in given if isinstance(c, History)), None)
        if add_history and self.history is None:
            self.history = History()
            self.callbacks.append(self.history)
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in given):
            self.callbacks.insert(0, ProgbarLogger())
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback: Any) -> None:
        """Add one."""
        self.callbacks.append(callback)

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        if self.history is not None:
            model.history = self.history
        for callback in self.callbacks:
            callback.set_model(model)

    # --- what the engine asks --------------------------------------------------------------------

    @property
    def batch_callbacks(self) -> list[Any]:
        """Callbacks that want every training step."""
        return [c for c in self.callbacks if overrides(c, _BATCH_HOOKS) and not getattr(c, "left_to_engine", False)]

    @property
    def test_callbacks(self) -> list[Any]:
        """Callbacks that may change something before or after an evaluation."""
        looking = ("replayable", "observes_only")
        return [
            c for c in self.callbacks if overrides(c, _TEST_ENDS) and not any(getattr(c, n, False) for n in looking)
        ]

    @property
    def test_batch_callbacks(self) -> list[Any]:
        """Callbacks that want every step of evaluation."""
        return [c for c in self.callbacks if overrides(c, _TEST_HOOKS)]

    @property
    def predict_batch_callbacks(self) -> list[Any]:
        """Callbacks that want every step of prediction."""
        return [c for c in self.callbacks if overrides(c, _PREDICT_HOOKS)]

    @property
    def replayable(self) -> bool:  # type: ignore[override]
        """Whether epochs may be computed in blocks and reported afterwards."""
        return (
            all(getattr(c, "replayable", False) or not overrides(c, _EPOCH_HOOKS) for c in self.callbacks)
            and not self.batch_callbacks
        )


def _forward(name: str) -> Any:
    def call(self: CallbackList, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, name)(*args, **kwargs)

    call.__name__, call.__doc__ = name, getattr(Callback, name).__doc__
    return call


def _hooks() -> Iterable[str]:
    return [n for n in vars(Callback) if n.startswith("on_")]


for _name in _hooks():
    setattr(CallbackList, _name, _forward(_name))
