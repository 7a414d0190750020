"""The workloads in PyTorch: eager or compiled, rows gathered from tensors, no DataLoader in the way."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from workloads import Workload


class Last(nn.Module):
    """What a recurrent layer of one or two directions gives when it has read all."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        state = self.layer(x)[1]
        h = state[0] if isinstance(state, tuple) else state  # (directions, batch, units)
        return h.transpose(0, 1).flatten(1)


class Sequences(nn.Module):
    """The outputs of a recurrent layer at all time steps."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class Mean(nn.Module):
    """Mean over time."""

    def forward(self, x):
        return x.mean(1)


class Channels(nn.Module):
    """From channels last to channels first."""

    def forward(self, x):
        return x.permute(0, 3, 1, 2)


class Block(nn.Module):
    """Self-attention over two heads of 32 and a feed-forward pair, each with its norm."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(64, 192), nn.Linear(64, 64)
        self.forward_pair = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64))
        self.norm1, self.norm2 = nn.LayerNorm(64), nn.LayerNorm(64)

    def forward(self, x):
        parts = self.qkv(x).unflatten(-1, (3, 2, 32)).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        x = self.norm1(x + self.out(mixed))
        return self.norm2(x + self.forward_pair(x))


def mnist_mlp():
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.4),
        nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 10),
    )  # fmt: skip


def boston():
    sizes = nn.Linear(13, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    return nn.Sequential(*sizes, nn.Flatten(0))


def imdb():
    head = nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0)
    return nn.Sequential(nn.Embedding(10_000, 16), Mean(), *head)


def cnn():
    return nn.Sequential(
        Channels(), nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(12 * 12 * 64, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip


def recurrent(layer, variant: str):
    both = variant == "bidirectional"
    hidden = layer(128, 128, batch_first=True, bidirectional=both)
    read = [Sequences(hidden), Mean()] if variant == "sequences" else [Last(hidden)]
    return nn.Sequential(nn.Embedding(20_000, 128), *read, nn.Linear(256 if both else 128, 1), nn.Flatten(0))


def lstm(variant: str = ""):
    return recurrent(nn.LSTM, variant)


def gru(variant: str = ""):
    return recurrent(nn.GRU, variant)


def transformer():
    return nn.Sequential(nn.Embedding(10_000, 64), Block(), Block(), Mean(), nn.Linear(64, 1), nn.Flatten(0))


LOSSES = {
    "mse": nn.functional.mse_loss,
    "binary_crossentropy": nn.functional.binary_cross_entropy_with_logits,
    "sparse_categorical_crossentropy": nn.functional.cross_entropy,
}


def metric(kind: str, out, y):
    """What is right, or how far off, summed over the rows."""
    if kind == "mse":
        return (out - y).abs().sum()
    return ((out > 0) == (y > 0.5) if out.ndim == 1 else out.argmax(-1) == y).sum()


def make(workload: Workload):
    """Model, optimizer and tensors on the device, as for a fit."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        torch.set_float32_matmul_precision("high")  # products round their factors, as JAX's do by default
    x, y = (torch.from_numpy(a).to(device) for a in workload.data())
    y = y.long() if workload.loss == "sparse_categorical_crossentropy" else y
    model = globals()[workload.model](*filter(None, [workload.variant])).to(device)
    if workload.optimizer == "rmsprop":
        optimizer = torch.optim.RMSprop(model.parameters(), 1e-3, alpha=0.9, eps=1e-7)
    else:
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)
    return model, optimizer, x, y


def prepare(workload: Workload, module: str = "") -> Callable[[], None]:
    """A call that does the timed work once; with module "compiled" the model goes through torch.compile."""
    model, optimizer, x, y = make(workload)
    if module == "compiled":
        model = torch.compile(model)
    if workload.unit == "predict":
        rows = x[: workload.rows].cpu()
        model.eval()

        @torch.inference_mode()
        def predict():
            return torch.softmax(model(rows.to(x.device)), -1).cpu().numpy()

        return predict

    objective = LOSSES[workload.loss]
    held_back = int(len(x) * (1 - workload.validation))

    def epoch(rows, training):
        model.train(training)
        total = torch.zeros(2, device=x.device)
        for batch in rows.split(workload.batch):
            out, labels = model(x[batch]), y[batch]
            loss = objective(out, labels)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            with torch.no_grad():
                total += torch.stack([loss * len(batch), metric(workload.loss, out, labels)])
        return (total / len(rows)).tolist()

    def fit():
        for _ in range(workload.epochs):
            epoch(torch.randperm(held_back, device=x.device), True)
            if workload.validation:
                with torch.no_grad():
                    epoch(torch.arange(held_back, len(x), device=x.device), False)

    return fit
