"""tf.Examples and TFRecord files, by the batch, both ways.

In: Arrow record batches, or gzipped TFRecord files.
Out: serialized tf.Examples in such files, or Arrow record batches.
Open first: `tf_example.py`, which writes; `record_batches.py`, which reads.
"""
