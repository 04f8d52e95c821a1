"""What answers, whatever the protocol: signatures, batches, versions.

In: cells or arrays for the inputs of a signature.
Out: an array for each of its outputs, from the version that was asked for.
Open first: `batching.py`; what comes in together is computed together.
"""
