"""The ground every room stands on: errors, atomic files, tf.Examples and their statistics."""

__version__ = "0.1.0"
