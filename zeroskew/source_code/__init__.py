"""The code that a result depends on, told from its text: nothing is imported for it.

In: modules to begin with.
Out: the files that they consist of, the packages that they stand on, and one digest of both.
Open first: `code.py`.
"""
