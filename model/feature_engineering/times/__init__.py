"""Dates and times, computed exactly and in the graph.

In: text, or whole numbers since 1970.
Out: whole seconds since 1970 in UTC, and the parts of a date and a time of day.
Open first: `civil.py`. What computes is TensorFlow, or NumPy where an expression is only checked.
"""
