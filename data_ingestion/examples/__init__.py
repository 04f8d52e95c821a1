"""Record batches to tf.Examples in splits: the ExampleGen."""
