"""The ground every room stands on: errors, lazy imports, atomic files, TFX versions."""

__version__ = "0.1.0"
