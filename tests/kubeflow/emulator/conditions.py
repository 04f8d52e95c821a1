"""KFP's driver decides by an expression in CEL whether a step runs."""

from collections.abc import Mapping
from typing import Any

import celpy

_NAMES = {
    "artifactId": "artifact_id",
    "customPath": "custom_path",
    "instanceSchema": "instance_schema",
    "parameterValues": "parameter_values",
    "schemaTitle": "schema_title",
}
_VALUES = {"metadata", "parameterValues"}


class ConditionError(Exception):
    """An expression has no value; the real driver then fails, and with it the step."""


def holds(task: Mapping[str, Any], executor_input: Mapping[str, Any]) -> bool:
    """Says whether a step runs, as far as its own condition goes.

    Args:
        task: of the pipeline.
        executor_input: what the step would get; the expression knows its `inputs`.

    Raises:
        ConditionError: the expression is not of CEL, or asks for something that is not there.
    """
    expression = task.get("triggerPolicy", {}).get("condition")
    if not expression:
        return True
    environment = celpy.Environment()
    inputs = celpy.json_to_cel(_as_message(executor_input["inputs"]))
    try:
        program = environment.program(environment.compile(expression))
        value = program.evaluate({"inputs": inputs})
    except (celpy.CELEvalError, celpy.CELParseError) as error:
        raise ConditionError(f"{expression}: {error.args[0]}") from error
    if not isinstance(value, (bool, celpy.celtypes.BoolType)):
        raise ConditionError(f"{expression}: {value!r} is neither true nor false")
    return bool(value)


def _as_message(value: Any) -> Any:
    """Returns JSON of a message as CEL knows its fields: by the names in the proto file."""
    if isinstance(value, Mapping):
        return {
            _NAMES.get(key, key): _as_values(one) if key in _VALUES else _as_message(one)
            for key, one in value.items()
        }
    return [_as_message(one) for one in value] if isinstance(value, list) else value


def _as_values(value: Any) -> Any:
    """Returns JSON as protobuf's Struct holds it: every number is a double."""
    if isinstance(value, Mapping):
        return {key: _as_values(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_values(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
