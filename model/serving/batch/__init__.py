"""Many rows: Arrow record batches in, one line of answers for each row out.

In: a SavedModel, and record batches of raw columns.
Out: a Parquet or CSV file with key columns, answers, and which model gave them.
Open first: `predictor.py`, batches in and answers out; `files.py`, where they go.
"""
