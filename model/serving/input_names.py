"""The input names of a signature: in the saved file they are the user's own again.

TensorFlow names the inputs of a signature after the arguments of a Python function, and not every
column's name can be one. Clients send the names in the SignatureDef, which may be any.
"""

import os
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2
from tensorflow.python.saved_model import fingerprinting_utils


def rename_inputs(folder: str, signature: str, names: Mapping[str, str]) -> None:
    """Renames the inputs of a signature in a SavedModel.

    Clients of TensorFlow Serving, and sessions, know the new names only. A function of
    `tf.saved_model.load(folder).signatures` knows both; the old ones serve where Python stands in
    the way: no keyword can be `self`, and TensorFlow takes `x.y` and `x_y` for one.

    Args:
        folder: the SavedModel.
        signature: its name.
        names: the new name of each input, by its old one.
    """
    file = os.path.join(folder, "saved_model.pb")
    with tf.io.gfile.GFile(file, "rb") as stream:
        saved = saved_model_pb2.SavedModel.FromString(stream.read())
    (graph,) = saved.meta_graphs
    _rename_for_sessions(graph.signature_def[signature], names)
    _rename_for_python(graph.object_graph_def.nodes, signature, names)
    with tf.io.gfile.GFile(file, "wb") as stream:
        stream.write(saved.SerializeToString(deterministic=True))
    fingerprinting_utils.write_fingerprint(folder)


def _rename_for_sessions(definition: Any, names: Mapping[str, str]) -> None:
    before = meta_graph_pb2.SignatureDef.FromString(definition.SerializeToString())
    definition.inputs.clear()
    for name, tensor in before.inputs.items():
        definition.inputs[names[name]].CopyFrom(tensor)


def _rename_for_python(nodes: Any, signature: str, names: Mapping[str, str]) -> None:
    function = _child(nodes, _child(nodes, nodes[0], "signatures"), signature)
    keywords = function.bare_concrete_function.argument_keywords
    keywords[:] = [names[name] for name in keywords]


def _child(nodes: Any, node: Any, name: str) -> Any:
    (place,) = [child.node_id for child in node.children if child.local_name == name]
    return nodes[place]
