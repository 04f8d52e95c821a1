"""A folder for a new use case, made from a look at its table.

In: a source of rows and the label's column. Out: schema, features file, settings, rules and README,
as text. Start with `draft.py`; `folder.py` writes them, or shows what has changed.
"""
