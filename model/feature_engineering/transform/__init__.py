"""The Transform step, in process over big batches.

In: raw tf.Examples, their schema, and a preprocessing_fn.
Out: TFX's artifacts: the transform graph, transformed examples, statistics before and after.
Open first: `transform.py`, the step; `analysis.py` learns, `materialisation.py` applies.
"""
