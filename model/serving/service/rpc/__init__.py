"""TensorFlow Serving's gRPC API: PredictionService and ModelService.

In: requests as protos.
Out: the same answers as over REST, as protos.
Open first: `prediction.py`.
"""
