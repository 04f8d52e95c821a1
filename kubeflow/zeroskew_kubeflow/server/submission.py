"""What is checked, compared and written before an API server is asked."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from zeroskew.errors import SettingsError, did_you_mean
from zeroskew_kubeflow.compiling.package import Package
from zeroskew_kubeflow.compiling.task_rules import is_template

_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "NUMBER_INTEGER": (int,),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
}


def named(name: str) -> str:
    """Returns the filter that finds what is displayed under a name."""
    predicate = {"operation": "EQUALS", "key": "display_name", "stringValue": name}
    return json.dumps({"predicates": [predicate]})


def none_of(key: str, values: Iterable[str]) -> str:
    """Returns the filter that finds what has none of these values."""
    predicates = [{"operation": "NOT_EQUALS", "key": key, "stringValue": one} for one in values]
    return json.dumps({"predicates": predicates})


def check_parameters(package: Package, given: Mapping[str, Any]) -> None:
    """Proves that a run may be started with these parameters.

    Raises:
        SettingsError: one is unknown, or of another type, or one without a default is missing.
    """
    inputs = package.spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, value in given.items():
        if name not in inputs:
            raise SettingsError(
                "a run can change only parameters of its pipeline",
                allowed=", ".join(sorted(inputs)) or "none",
                received=name,
                action=did_you_mean(name, inputs) or "change a setting, and compile again",
            )
        kind = inputs[name].get("parameterType")
        fits = isinstance(value, _TYPES.get(kind, (object,)))
        if not fits or (isinstance(value, bool) and kind in {"NUMBER_INTEGER", "NUMBER_DOUBLE"}):
            raise SettingsError(
                f"the parameter {name!r} must have its type",
                allowed=str(kind),
                received=f"{value!r} ({type(value).__name__})",
            )
        if is_template(value):
            raise SettingsError(
                f"the parameter {name!r} must not hold '{{{{', which Argo takes for a template",
                received=repr(value),
            )
    for name, default in package.parameters.items():
        if default is None and name not in given:
            raise SettingsError(
                "a parameter without a default needs a value", received=f"no value for {name}"
            )


def changed_parameters(base: Package, wanted: Package) -> dict[str, Any]:
    """Returns the parameters that make a run of one pipeline do what another one would.

    Args:
        base: the pipeline that runs.
        wanted: the pipeline with other settings.

    Raises:
        SettingsError: they differ in more than the defaults of their parameters.
    """
    if _without_defaults(base.spec) != _without_defaults(wanted.spec) or (
        base.platform != wanted.platform
    ):
        raise SettingsError(
            "--set of a run can change what the pipeline has parameters for, not the pipeline",
            allowed=f"settings of {', '.join(sorted(base.parameters))}",
            received=f"settings that change {_first_difference(base, wanted)}",
            action="write them into `settings:` of an environment, which gets its own version",
        )
    return {
        name: value for name, value in wanted.parameters.items() if base.parameters[name] != value
    }


def _without_defaults(spec: Mapping[str, Any]) -> dict[str, Any]:
    root = dict(spec["root"])
    inputs = root.get("inputDefinitions", {}).get("parameters", {})
    root["inputDefinitions"] = {name: one.get("parameterType") for name, one in inputs.items()}
    return {**spec, "root": root}


def _first_difference(base: Package, wanted: Package) -> str:
    """Names the steps whose command, resources or wiring two pipelines do not share."""
    ours, theirs = base.spec["root"]["dag"]["tasks"], wanted.spec["root"]["dag"]["tasks"]
    executors = [one.spec["deploymentSpec"]["executors"] for one in (base, wanted)]
    changed = [
        name
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
        or executors[0].get(f"{name}_executor") != executors[1].get(f"{name}_executor")
    ]
    return f"the steps {', '.join(changed)}" if changed else "the whole pipeline"


def check_same(theirs: Any, package: Package, version: str) -> None:
    """Raises SettingsError if the server has another pipeline under a version's name.

    Args:
        theirs: what the server has; it has been through its own reading and writing.
        package: what was compiled.
        version: its name.
    """
    if not isinstance(theirs, dict):
        return
    spec = theirs.get("pipeline_spec", theirs)
    if _normal(spec, "PipelineSpec") != _normal(package.spec, "PipelineSpec") or _normal(
        theirs.get("platform_spec", {}), "PlatformSpec"
    ) != _normal(package.platform, "PlatformSpec"):
        raise SettingsError(
            "a version cannot be changed once it is on the server",
            received=f"another pipeline than the server's version {version!r}",
            action="commit the change, so that it gets a version of its own",
        )


def _normal(content: Mapping[str, Any], message: str) -> Any:
    """Returns content as a message, in which a default is the same as nothing."""
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    kind = getattr(pipeline_spec_pb2, message)
    return json_format.ParseDict(content, kind(), ignore_unknown_fields=True)
