"""keras.callbacks: what happens around epochs and batches."""

from kerasnb.core.callbacks.backup_and_restore import BackupAndRestore
from kerasnb.core.callbacks.callback import Callback
from kerasnb.core.callbacks.callback_list import CallbackList
from kerasnb.core.callbacks.csv_logger import CSVLogger
from kerasnb.core.callbacks.early_stopping import EarlyStopping
from kerasnb.core.callbacks.history import History
from kerasnb.core.callbacks.lambda_callback import LambdaCallback
from kerasnb.core.callbacks.learning_rate_scheduler import LearningRateScheduler
from kerasnb.core.callbacks.model_checkpoint import ModelCheckpoint
from kerasnb.core.callbacks.orbax_checkpoint import OrbaxCheckpoint
from kerasnb.core.callbacks.progbar_logger import ProgbarLogger
from kerasnb.core.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from kerasnb.core.callbacks.remote_monitor import RemoteMonitor
from kerasnb.core.callbacks.swap_ema_weights import SwapEMAWeights
from kerasnb.core.callbacks.tensorboard import TensorBoard
from kerasnb.core.callbacks.terminate_on_nan import TerminateOnNaN
from kerasnb.core.missing_names import missing_names
from kerasnb.core.training.rewind import Rewind

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "OrbaxCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "Rewind",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

__getattr__ = missing_names(__name__, __all__)
