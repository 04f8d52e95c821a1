"""A first list of features for a table that nobody has described yet.

In: what a look at the rows says of the columns. Out: for each column the lines an engineer would
write, with the reason, or why it is left out. Start with `columns.py`; `features_file.py` writes
the file.
"""
