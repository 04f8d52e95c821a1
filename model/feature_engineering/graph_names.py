"""Names inside the graph, made from the user's own.

A table's columns are named as their owner likes. TensorFlow and Keras refuse some of these names
(`a b`, `größe`, `a/b`, `self`), rewrite others (`x.y` becomes `x_y`), and take some for one (`Fare`
and `fare`). So tensors and arguments have names of their own, and everything that leaves the graph,
a tf.Example, a signature, a message, a file, has the user's.
"""

import keyword
import re

_AS_IT_IS = re.compile(r"[a-z][a-z0-9_]*")
_PREFIX = "escaped_"
_TAKEN = {*keyword.kwlist, "self"}
"""By Python: its own words, and the first argument of each method."""


def graph_name(name: str) -> str:
    """Returns what a column or a tensor is called inside the graph.

    Different names stay different: in an escaped one each underscore belongs to an escape.

    Usage::

        graph_name("payment_type")  # "payment_type"
        graph_name("annual income")  # "escaped_annual_20_income"

    Args:
        name: the user's own.

    Returns:
        Lower-case letters, digits and underscores, a letter first; `name` itself where it is that.
    """
    if _AS_IT_IS.fullmatch(name) and not name.startswith(_PREFIX) and name not in _TAKEN:
        return name
    return _PREFIX + re.sub("[^a-z0-9]", lambda found: f"_{ord(found.group()):x}_", name)
