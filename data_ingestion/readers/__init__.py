"""A source to rows: one file, or one room, for each kind of source.

In: one line of settings, `data.path`, that names files, spans of files or a database.
Out: a `Source`, whose readers cut it into chunks and give `Rows`: Arrow record batches with typed
columns, and the rows that cannot be read.
Open first: `source.py`, which chooses the reader; `rows.py`, what each reader must hand on.
"""
