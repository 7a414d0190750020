"""keras.datasets.cifar10: small colour photographs of 10 kinds of things."""

from kerasnb.core.datasets.cifar import load_cifar10 as load_data

__all__ = ["load_data"]
