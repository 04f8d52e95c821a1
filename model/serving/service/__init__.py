"""The prediction service: versions of a model behind TensorFlow Serving's own interface.

In: a folder of versions, and settings.
Out: answers over REST and gRPC, the state of each version, metrics for Prometheus.
Open first: `server.py`, which puts the parts together; `engine/`, which answers rows by the batch.
"""
