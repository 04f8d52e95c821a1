"""Digest of a function in a SavedModel: of what it computes, not of where or when it was written.

TensorFlow numbers functions, and names the arguments of loops, by what its process has traced
before, and it names tables after temporary folders: none of it changes a result, so none counts.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

_DIGITS = 16
_INCIDENTAL = ("_output_shapes", "shared_name", "container")


def digest_function(saved: Any, attribute: str) -> str:
    """Digests the operations of a function, the constants in them and the functions they call.

    Args:
        saved: a `saved_model_pb2.SavedModel` of one graph.
        attribute: the function's name in the object that was saved.

    Returns:
        16 hexadecimal digits.
    """
    (graph,) = saved.meta_graphs
    nodes = graph.object_graph_def.nodes
    (place,) = [one.node_id for one in nodes[0].children if one.local_name == attribute]
    library = {one.signature.name: one for one in graph.graph_def.library.function}
    digests = _Digests(library)
    names = nodes[place].function.concrete_functions
    names = names or [nodes[place].bare_concrete_function.concrete_function_name]
    found = "".join(digests.of(name) for name in names)
    return hashlib.sha256(found.encode()).hexdigest()[:_DIGITS]


class _Digests:
    """Digests of the functions in a library, each computed once."""

    def __init__(self, library: Mapping[str, Any]) -> None:
        self._library = library
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._compute(self._library[name])
        return self._known[name]

    def _compute(self, function: Any) -> str:
        digest = hashlib.sha256()
        given = function.signature.input_arg
        places = {argument.name: f"argument {place}" for place, argument in enumerate(given)}
        for argument in given:
            digest.update(f"{places[argument.name]} {argument.type}\n".encode())
        for argument in function.signature.output_arg:
            digest.update(f"{argument.name} {argument.type}\n".encode())
        for output, tensor in sorted(function.ret.items()):
            digest.update(f"{output} {places.get(tensor, tensor)}\n".encode())
        for node in sorted(function.node_def, key=lambda one: one.name):
            normal = self._normal(node)
            normal.input[:] = [places.get(tensor, tensor) for tensor in node.input]
            digest.update(normal.SerializeToString(deterministic=True))
        return digest.hexdigest()

    def _normal(self, node: Any) -> Any:
        normal = type(node)()
        normal.CopyFrom(node)
        normal.ClearField("experimental_debug_info")
        for name in _INCIDENTAL:
            if name in normal.attr:
                del normal.attr[name]
        for value in normal.attr.values():
            for called in (value.func, *value.list.func) if _calls(value) else ():
                if called.name in self._library:
                    called.name = self.of(called.name)
        return normal


def _calls(value: Any) -> bool:
    return value.HasField("func") or bool(value.HasField("list") and value.list.func)
