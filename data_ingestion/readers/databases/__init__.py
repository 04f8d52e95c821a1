"""Databases to rows, by one query.

In: a URL, a query and, at will, the column whose ranges are read side by side.
Out: `Rows`; of BigQuery, TFX's own ExampleGen, whose examples ours takes in.
Open first: `sql.py`, the reader; `connections.py`, which database is reached how.
"""
