"""What the request log tells of a model that is served.

In: the log, the model, what it was trained with, and labels that came later.
Out: how far what is asked is from the training, how good the answers were, and alarms.
Open first: `watch.py`.
"""
