"""The curated schema, a text that people review: `taxi.pbtxt` is the built-in one.

In: the schema's text, and data or its statistics.
Out: a first schema, how data differs from the one there is, and the text that would accept it.
Open first: `docs/schema.md`, what the schema can say; then `difference.py`.
"""
