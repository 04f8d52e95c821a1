"""A SavedModel that answers with what it was given, in each shape that answers have."""

from pathlib import Path

import tensorflow as tf

TYPES = {"count": tf.int64, "fare": tf.float32, "company": tf.string}
"""The columns with one value; the lists are `tags` and, of two numbers, `vector`."""


def save_echo(folder: Path, *, lists: bool = False) -> Path:
    """Saves it: of the columns of `every_reader.py`, and of lists too if they are asked for."""
    module = tf.Module()

    @tf.function(autograph=False)
    def serve(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
        fare = columns["fare"]
        answer = {
            "label": columns["count"],
            "value": 2.0 * fare,
            "name": columns["company"],
            "probabilities": tf.stack([fare, -fare], axis=1),
            "classes": tf.stack([columns["company"], tf.fill(tf.shape(fare), 'no "no"')], axis=1),
        }
        if lists:
            present = tf.cast(columns["tags"] != "", tf.int64)
            answer["how_many"] = tf.reduce_sum(present, axis=1)
            answer["joined"] = tf.strings.reduce_join(columns["tags"], axis=1, separator="")
            answer["vector"] = columns["vector"]
        return answer

    specs = {name: tf.TensorSpec([None], dtype, name) for name, dtype in TYPES.items()}
    if lists:
        specs["tags"] = tf.TensorSpec([None, None], tf.string, "tags")
        specs["vector"] = tf.TensorSpec([None, 2], tf.float32, "vector")
    signature = serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder), signatures={"serving_columns": signature})
    return folder
