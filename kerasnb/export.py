"""keras.export: functions of models as programs that need no kerasnb."""

from kerasnb.core.saving.export_archive import ExportArchive, load_endpoint

__all__ = ["ExportArchive", "load_endpoint"]
