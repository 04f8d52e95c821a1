"""What is made from a model's vectors: tables of them, an index over them, what is found in it.

In: a model whose feature list declares an embedding, and rows.
Out: vectors with the fingerprint of their space, and an index that is served with the model or not
at all.
Open first: `components.py`, the steps; `vector_index.py`, what is searched.
"""
