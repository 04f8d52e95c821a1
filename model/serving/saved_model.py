"""A SavedModel as its clients see it."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")

Arrays = Mapping[str, np.ndarray]


class SavedModel:
    """A SavedModel, called as TensorFlow Serving does it: by the names in its signatures.

    Args:
        folder: the SavedModel's.

    Raises:
        OSError: it is none.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        with tf.Graph().as_default():
            self._session = tf.compat.v1.Session()
            graph = tf.compat.v1.saved_model.load(self._session, [tf.saved_model.SERVING], folder)
        self._signatures = dict(graph.signature_def)

    def inputs(self, signature: str) -> dict[str, Any]:
        """Returns what a signature takes: the tf.TensorSpec of each input by name.

        Raises:
            KeyError: there is no such signature.
        """
        inputs = self._signatures[signature].inputs
        return {
            name: tf.TensorSpec(tensor.tensor_shape, tensor.dtype)
            for name, tensor in inputs.items()
        }

    def call(self, signature: str, inputs: Arrays) -> dict[str, np.ndarray]:
        """Calls a signature; what it gives is in the order of the names.

        Args:
            signature: its name.
            inputs: an array for each of its inputs.
        """
        definition = self._signatures[signature]
        # By name, for a signature keeps its outputs in no order.
        fetches = {name: definition.outputs[name].name for name in sorted(definition.outputs)}
        feeds = {definition.inputs[name].name: values for name, values in inputs.items()}
        outputs: dict[str, np.ndarray] = self._session.run(fetches, feeds)
        return outputs

    @functools.cached_property
    def loaded(self) -> Any:
        """What `tf.saved_model.load` makes of it, for functions that are no signatures."""
        return tf.saved_model.load(self._folder)
