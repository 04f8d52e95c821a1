"""Classification and regression: signatures that take tf.Examples and give scores or a number.

What such a signature must look like is TensorFlow Serving's convention; a model of this project has
none, and any other SavedModel may have.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from model.serving.saved_model import Arrays
from model.serving.service.engine.signature import Request, Signature
from model.serving.service.refusals import invalid

INPUTS, OUTPUTS, CLASSES, SCORES = "inputs", "outputs", "classes", "scores"

Scored = list[tuple[bytes, float]]
"""Label and score of each class."""


def examples_request(signature: Signature, examples: Sequence[bytes]) -> Request:
    """Returns serialized tf.Examples as a request.

    Raises:
        RefusedError: there is none.
    """
    if not examples:
        raise invalid("Input is empty.")
    return signature.rows([(one,) for one in examples])


def check_classifier(signature: Signature) -> None:
    """Refuses a signature that is not one for `classify`.

    Raises:
        RefusedError: it is none.
    """
    _check_inputs(signature, "classification")
    if not 0 < len(signature.outputs) <= 2 or not {CLASSES, SCORES} & {*signature.outputs}:
        raise invalid(
            "Expected classification signature outputs to contain at least one of "
            f'"{CLASSES}" or "{SCORES}"',
            received=f"{signature.name} with {', '.join(signature.outputs)}",
            action="ask it with predict",
        )


def check_regressor(signature: Signature) -> None:
    """Refuses a signature that is not one for `regress`.

    Raises:
        RefusedError: it is none.
    """
    _check_inputs(signature, "regression")
    if signature.outputs != [OUTPUTS]:
        raise invalid(
            "No regression outputs found in SignatureDef",
            allowed=OUTPUTS,
            received=f"{signature.name} with {', '.join(signature.outputs)}",
            action="ask it with predict",
        )


def classes_of(outputs: Arrays) -> list[Scored]:
    """Returns label and score of each class, for each row; what there is none of is empty or 0.

    Raises:
        RefusedError: the outputs have not the shape [rows, classes].
    """
    for name, array in outputs.items():
        if array.ndim != 2:
            raise invalid(
                "Expected Tensor shape: [batch_size num_classes]",
                received=f"{name} of shape {list(array.shape)}",
            )
    shape = next(iter(outputs.values())).shape
    labels = outputs.get(CLASSES, np.full(shape, b"", object)).tolist()
    scores = outputs.get(SCORES, np.zeros(shape, np.float32))
    return [[*zip(some, of, strict=True)] for some, of in zip(labels, scores, strict=True)]


def numbers_of(outputs: Arrays) -> np.ndarray:
    """Returns the number of each row.

    Raises:
        RefusedError: the output has another shape than [rows] or [rows, 1].
    """
    array = outputs[OUTPUTS]
    if array.ndim != 1 and array.shape[1:] != (1,):
        raise invalid(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1]",
            received=str(list(array.shape)),
        )
    return array.reshape(-1)


def _check_inputs(signature: Signature, kind: str) -> None:
    specs: Mapping[str, Any] = signature.specs
    if {*specs} != {INPUTS} or specs[INPUTS].dtype.name != "string":
        raise invalid(
            f"No {kind} inputs found in SignatureDef",
            allowed=f"{INPUTS}, serialized tf.Examples",
            received=f"{signature.name} with {', '.join(specs)}",
            action="ask it with predict",
        )
