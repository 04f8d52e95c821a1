"""The statistics that TFDV computes of rows, without Beam.

In: Arrow record batches, or gzipped TFRecord files.
Out: TFDV's message of statistics.
Open first: `compute.py`.
"""
