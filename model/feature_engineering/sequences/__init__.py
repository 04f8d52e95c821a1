"""Lists of events, oldest to newest: which of them count, and what the network makes of them.

In: lists of a row's events, as ragged tensors.
Out: the newest events in tensors of fixed shape, and one vector of them.
Open first: `newest.py`, of the transform graph; then `attention_pooling.py`, of the network.
"""
