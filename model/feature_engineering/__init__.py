"""The feature list as an object: columns in, tensors out.

In: a features file, the schema's columns, and raw rows.
Out: what Transform learns and computes, what the network reads, the checks and the table.
Open first: `feature_set.py`, the list; then one of `kinds/`. What a kind learns from all rows is
learned in `analyzers.py`, vocabularies in `vocabularies.py`; `transform/` is the step that does it.
Encoders of text that somebody else trained are in `encoders/`; lists of events, in `sequences/`.
"""
