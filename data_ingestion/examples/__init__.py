"""Rows to tf.Examples in splits: the ExampleGen.

In: a source, the types of its columns, rules, and how to split.
Out: gzipped TFRecord files by split, the ingestion report, the rejected rows.
Open first: `intake.py`, all of it without TFX; `splits.py`, which row goes to which split, with
`split_by_time.py` for the moment that parts them.
"""
