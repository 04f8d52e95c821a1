"""Rows in, validated tf.Examples out. This room does not know that a model exists."""
