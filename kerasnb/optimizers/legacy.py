"""keras.optimizers.legacy: older programs ask for these; they get today's optimizers."""

from kerasnb.core.optimizers import SGD, Adagrad, Adam, Ftrl, Optimizer, RMSprop

__all__ = ["SGD", "Adagrad", "Adam", "Ftrl", "Optimizer", "RMSprop"]
