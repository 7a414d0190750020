"""The workloads in Lightning: the PyTorch models in a LightningModule, a DataLoader in front."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch_models import LOSSES, make, metric
from workloads import Workload


class Module(lightning.LightningModule):
    """A model with the loss, metric and optimizer of its workload."""

    def __init__(self, model, optimizer, workload: Workload):
        super().__init__()
        self.model, self.optimizer, self.workload = model, optimizer, workload

    def training_step(self, batch, index):
        return self.observe("", *batch)

    def validation_step(self, batch, index):
        self.observe("val_", *batch)

    def observe(self, prefix: str, x, y):
        out = self.model(x)
        loss = LOSSES[self.workload.loss](out, y)
        right = metric(self.workload.loss, out.detach(), y) / len(y)
        names = {f"{prefix}loss": loss, f"{prefix}{self.workload.metric}": right}
        self.log_dict(names, on_step=False, on_epoch=True, batch_size=len(y))
        return loss

    def configure_optimizers(self):
        return self.optimizer


def prepare(workload: Workload, module: str = "") -> Callable[[], None]:
    """A call that does the timed work once."""
    if workload.unit == "predict":
        raise NotImplementedError("Lightning's predict is PyTorch's.")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    model, optimizer, x, y = make(workload)
    wrapped = Module(model, optimizer, workload)
    held_back = int(len(x) * (1 - workload.validation))
    train, valid = (
        DataLoader(TensorDataset(x[rows].cpu(), y[rows].cpu()), workload.batch, shuffle=shuffle)
        for rows, shuffle in ((slice(held_back), True), (slice(held_back, None), False))
    )

    def fit():
        trainer = lightning.Trainer(
            max_epochs=workload.epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        with torch.enable_grad():
            trainer.fit(wrapped, train, valid if workload.validation else None)

    return fit
