"""Rows in, validated tf.Examples out. This room does not know that a model exists.

In: a table (files or a query), its schema and, at will, rules.
Out: tf.Examples in splits, their statistics, the rejected rows, and a verdict; or a run that stops.
Open first: `components.py` and `examples/example_gen.py`, the steps; `settings.py`, their settings.
"""
