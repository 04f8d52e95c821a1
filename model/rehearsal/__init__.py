"""What Transform, network and label would refuse, said before a run.

In: the feature list, the schema's columns, and rows as Arrow record batches. Out: nothing, or the
error that names the line of the features file; and warnings. Open first: `all_rows.py`, which
computes label and lambdas on arrays, without TensorFlow; `tracing.py`, which lets TensorFlow have
a look at the whole list.
"""
