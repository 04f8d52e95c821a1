"""Benchmarks, each run as a module from the repository root: measured, never asserted."""

import os

# The tables are the output; what TensorFlow's C++ says while it loads would stand among them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
