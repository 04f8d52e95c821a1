"""What rows and data must keep beyond the schema.

In: a rules file (YAML), and rows as record batches.
Out: which rows keep which rule, and whether the data as a whole does.
Open first: `rules_file.py`, what may stand in the file.
"""
