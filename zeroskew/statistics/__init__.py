"""The statistics that TFDV computes of rows, without Beam; of vectors, what it does not compute.

In: Arrow record batches, or gzipped TFRecord files.
Out: TFDV's message of statistics.
Open first: `compute.py`; for vectors, `vector_moments.py`.
"""
