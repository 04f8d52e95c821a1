"""Whether a model is fit to serve: what plain TensorFlow makes of it, how fast and how big it is.

In: the exported SavedModel's folder.
Out: what was asked and how it was answered, latency and memory; findings against the limits.
Open first: `probe.py`, what is asked.
"""
