"""Network and trainer.

In: transformed examples, the feature list, and `TrainerSettings`.
Out: trained weights, exported with the feature engineering by `model/serving/export.py`.
Open first: `trainer.py`, what the Trainer runs; `network.py`, what is trained; `shuffle.py`, in
which order the rows come.
"""
