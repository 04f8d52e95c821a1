"""Encoders of text that somebody else trained: weights and vocabulary, in plain TensorFlow.

In: a folder with `model.safetensors`, a vocabulary and what configures both.
Out: texts to tokens, and tokens to vectors, as the encoder's own code computes them.
Open first: `encoder.py`, which puts a tokenizer and a model together; `pretrained.py` finds and
digests the files.
"""
