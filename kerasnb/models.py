"""keras.models: Model, Sequential, Functional, and what makes, copies, saves and loads them."""

from kerasnb.core.models.cloning import clone_model
from kerasnb.core.models.functional import Functional
from kerasnb.core.models.model import Model
from kerasnb.core.models.sequential import Sequential
from kerasnb.core.saving.api import load_model, model_from_json, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]
