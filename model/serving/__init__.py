"""The SavedModel: what a client loads and calls.

In: a trained network, the transform graph and the feature list.
Out: one SavedModel that takes raw columns, a folder of pushed versions, and predictions.
Open first: `export.py`, the signatures; `service/`, the service that answers with them.
"""
