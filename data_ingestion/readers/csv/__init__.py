"""CSV files to rows, whatever their dialect, encoding and quotes.

In: files, plain or gzipped, and a `Dialect`.
Out: `Rows`; each chunk begins and ends between two rows.
Open first: `reader.py`.
"""
