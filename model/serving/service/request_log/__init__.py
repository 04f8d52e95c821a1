"""The log of what the service was asked and has answered: Parquet files, a row for each row.

In: requests that were answered.
Out: files that `data.serving_log` and `zeroskew monitor` read.
Open first: `log.py`, which waits for nobody; `form.py` says which columns a file has.
"""
