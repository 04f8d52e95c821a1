"""The label: the line of the list that says what the model learns to predict.

In: raw columns, of which some are not known yet when the model is asked.
Out: the label's tensor, how much each row counts, the network's last part and what a client gets,
what models are measured by, and the trivial rules they are held against.
Open first: one of the kinds, `yes_no.py`, `one_of.py` or `amount.py`; what each must do stands in
`base.py`. A row whose label is not known counts nothing.
"""

from model.feature_engineering.labels.amount import Amount
from model.feature_engineering.labels.base import MEASURED, WEIGHT, Head, Label, Metric, Tally
from model.feature_engineering.labels.influence import Answers, Influence
from model.feature_engineering.labels.one_of import OneOf
from model.feature_engineering.labels.yes_no import YesNo

__all__ = [
    "MEASURED",
    "METRICS",
    "WEIGHT",
    "Amount",
    "Answers",
    "Head",
    "Influence",
    "Label",
    "Metric",
    "OneOf",
    "Tally",
    "YesNo",
]

METRICS = {metric.name: metric for kind in (YesNo, OneOf, Amount) for metric in kind.METRICS}
"""By name, what models are measured by; what two kinds share is alike but for its margins."""
