"""The feature list as an object: columns in, tensors out."""
