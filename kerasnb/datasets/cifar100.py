"""keras.datasets.cifar100: small colour photographs of 100 kinds of things."""

from kerasnb.core.datasets.cifar import load_cifar100 as load_data

__all__ = ["load_data"]
