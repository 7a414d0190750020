"""keras.callbacks: what happens around epochs and batches."""

from kerasnb.core.callbacks.callback import Callback
from kerasnb.core.callbacks.callback_list import CallbackList
from kerasnb.core.callbacks.csv_logger import CSVLogger
from kerasnb.core.callbacks.early_stopping import EarlyStopping
from kerasnb.core.callbacks.history import History
from kerasnb.core.callbacks.lambda_callback import LambdaCallback
from kerasnb.core.callbacks.learning_rate_scheduler import LearningRateScheduler
from kerasnb.core.callbacks.model_checkpoint import ModelCheckpoint

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
]
