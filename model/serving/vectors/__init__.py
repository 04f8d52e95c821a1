"""Vectors where they are used: the space they lie in, and an index that is searched.

In: an index that the steps of `model/embeddings` have made and checked.
Out: the nearest rows.
Open first: `index.py`, then `space.py`.
"""
