"""History: the numbers of every epoch, and their curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .callback import Callback


class History(Callback):
    """What ``fit`` returns.

    Attributes:
        history: name -> list with one number per epoch.
        epoch: the epochs' numbers.
        stopped: whether somebody ended the run early (stop button, interrupt).
        status: "running", "done", "stopped" or "error".
        seconds: duration of each epoch.
        rewind: the states of a run with ``rewind=True``; None without.
    """

    replayable = True
    remembered = ("history", "epoch", "seconds")

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        self.stopped = False
        self.status = "running"
        self.message = ""
        self.seconds: list[float] = []
        self.rewind: Any = None
        self.found: list[Any] = []  # hints about settings, data and weights

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.epoch, self.history, self.seconds = [], {}, []
        self.stopped, self.status, self.found = False, "running", []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None and getattr(self.model, "history", None) is not self:
            self.model.history = self

    def __getstate__(self) -> dict[str, Any]:
        # Pickles and deep copies hold the numbers; the model travels on its own, its former states not at all.
        return {**vars(self), "_model": None, "rewind": None}

    def __copy__(self) -> History:
        twin = type(self)()
        vars(twin).update(vars(self))
        return twin

    def plot(self, **options: Any) -> Any:
        """The curves as a plotly figure: training and validation, one panel for each metric."""
        from ..display import view

        return view("history_plot")(self, **options)

    def show(self) -> Any:
        """The still picture of the run, as it stood in the notebook at its end."""
        from ..display import view

        return view("history_show")(self)

    @staticmethod
    def compare(
        runs: Mapping[str, Any] | None = None, /, *, metrics: Any = None, log: bool = False, **named: Any
    ) -> Any:
        """Runs over one another, by name: a plotly figure, with a table of them where plotly is not.

        Args:
            runs: name -> History (or a dict of its numbers). They can be given as arguments too:
                ``History.compare(small=a, large=b)``.
            metrics: names of the panels to show (without ``val_``); all by default.
            log: whether losses have a logarithmic axis.

        Raises:
            TypeError: something is no history.
            ValueError: there are no runs, or no epochs in them, or none of the metrics.
        """
        found = {**(runs or {}), **named}
        if not found:
            raise ValueError('compare: pass histories by name, as in History.compare({"a": first, "b": second}).')
        for name, history in found.items():
            if not isinstance(getattr(history, "history", history), Mapping):
                raise TypeError(
                    f"compare: {name!r} must be a History, or a dict of its numbers, got {type(history).__name__}."
                )
        from ..display import view

        return view("history_compare")(found, metrics=metrics, log=log)

    def hints(self) -> list[Any]:
        """What there is to say about the run, with the evidence, and what to try.

        What the losses say (overfitting, a plateau, divergence), and what ``fit`` noticed about settings and data.
        """
        from ..training.hints import hints

        return [*getattr(self, "found", ()), *hints(self.history, self.epoch)]

    def __repr__(self) -> str:
        last = ", ".join(f"{k}={v[-1]:.4f}" for k, v in self.history.items() if v and isinstance(v[-1], float))
        note = f", {self.status}" if self.status != "done" else ""
        return f"<History of {len(self.epoch)} epochs{note}: {last}>"
