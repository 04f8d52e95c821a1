"""The label: the line of the list that says what the model learns to predict.

In: raw columns, of which some are not known yet when the model is asked.
Out: a yes or a no for each row.
Open first: `label.py`.
"""

from model.feature_engineering.labels.label import Label

__all__ = ["Label"]
