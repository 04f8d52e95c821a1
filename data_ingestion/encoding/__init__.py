"""tf.Examples and TFRecord files, by the batch, both ways."""
