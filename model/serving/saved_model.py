"""A SavedModel as its clients see it."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from zeroskew.lazy import lazy_import

tf = lazy_import("tensorflow")
config_pb2 = lazy_import("tensorflow.core.protobuf.config_pb2")

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

    @property
    def signatures(self) -> Mapping[str, Any]:
        """The SignatureDef of each signature by name."""
        return self._signatures

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

    def caller(self, signature: str) -> Callable[[Arrays], dict[str, np.ndarray]]:
        """Returns what does the same as `call` in a fraction of its time, for those who ask often.

        Raises:
            KeyError: there is no such signature.
        """
        definition = self._signatures[signature]
        inputs, outputs = sorted(definition.inputs), sorted(definition.outputs)
        options = config_pb2.CallableOptions()
        options.feed.extend(definition.inputs[name].name for name in inputs)
        options.fetch.extend(definition.outputs[name].name for name in outputs)
        # In the thread that asks: handing operations to others takes longer than these do.
        options.run_options.inter_op_thread_pool = -1
        # `run` looks for what to feed and to fetch each time, which takes longer than a batch.
        run = self._session._make_callable_from_options(options)

        def call(arrays: Arrays) -> dict[str, np.ndarray]:
            return dict(zip(outputs, run(*(arrays[name] for name in inputs)), strict=True))

        return call

    def close(self) -> None:
        """Lets go of what it holds; it cannot be called any more."""
        self._session.close()

    @functools.cached_property
    def loaded(self) -> Any:
        """What `tf.saved_model.load` makes of it, for functions that are no signatures."""
        return tf.saved_model.load(self._folder)
