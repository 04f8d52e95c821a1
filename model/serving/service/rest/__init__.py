"""TensorFlow Serving's REST API, and what else the service says over HTTP.

In: requests as JSON.
Out: answers as strict JSON.
Open first: `models.py`, what lies below `/v1/models`.
"""
