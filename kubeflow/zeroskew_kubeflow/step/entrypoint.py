"""What a step's container runs: a TFX executor, between KFP's launcher and the project's code.

It takes the arguments that TFX's compiler writes. TFX's own entrypoint cannot run on open-source
Kubeflow Pipelines; `docs/kubeflow.md` says why.
"""

import argparse
import gc
import json
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zeroskew.errors import ZeroskewError
from zeroskew_kubeflow.step.local_paths import LocalPaths
from zeroskew_kubeflow.step.step_imports import import_class, import_executor

logger = logging.getLogger("zeroskew")

# Not one of TFX's: the compiler of this project adds it.
OUTPUTS_ARGUMENT = "--json_serialized_outputs_spec_args"


def main(argv: Sequence[str]) -> int:
    """Runs a step.

    Returns:
        The exit code: that of the error, if there is one.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    logger.setLevel(logging.INFO)
    options, beam_args = _parser().parse_known_args(argv)
    try:
        run_step(options, beam_args)
    except ZeroskewError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def run_step(options: argparse.Namespace, beam_args: list[str]) -> None:
    """Runs the executor and reports what it has made.

    Args:
        options: what `_parser` reads.
        beam_args: options for Beam.
    """
    with tempfile.TemporaryDirectory(prefix="zeroskew-") as scratch:
        paths = LocalPaths.from_environment(keep_gs=options.keep_gs)
        executor = import_executor(
            options.executor_class_path,
            google_cloud=options.keep_gs or any("gs://" in one for one in beam_args),
        )

        from tfx.orchestration.portable.outputs_utils import tag_output_artifacts_with_version

        from zeroskew_kubeflow.step.executor_input import read_invocation
        from zeroskew_kubeflow.step.executor_output import executor_output, write_output
        from zeroskew_kubeflow.step.input_data import bring_input_data

        invocation = read_invocation(
            json.loads(options.json_serialized_invocation_args),
            json.loads(options.json_serialized_inputs_spec_args),
            json.loads(options.json_serialized_outputs_spec_args),
            paths,
        )
        Path(invocation.output_file).unlink(missing_ok=True)
        properties = bring_input_data(invocation.properties, Path(scratch, "data"))
        if options.driver_class_path:
            properties = _run_driver(options.driver_class_path, properties, invocation.outputs)
        gc.freeze()
        gc.enable()
        logger.info("executor %s starts", options.executor_class_path)
        context = _context(executor, beam_args, scratch, options.component_id)
        executor(context).Do(invocation.inputs, invocation.outputs, properties)
        tag_output_artifacts_with_version(invocation.outputs)
        write_output(executor_output(invocation, paths), invocation.output_file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zeroskew_kubeflow.step.entrypoint", allow_abbrev=False)
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", default="{}")
    parser.add_argument(OUTPUTS_ARGUMENT, required=True)
    parser.add_argument("--driver_class_path")
    parser.add_argument("--component_id", default="step")
    parser.add_argument("--keep_gs", action="store_true")
    return parser


def _context(executor: Any, beam_args: list[str], scratch: str, component_id: str) -> Any:
    from tfx.dsl.components.base import base_beam_executor, base_executor

    shared = {"tmp_dir": os.path.join(scratch, "beam"), "unique_id": component_id}
    if issubclass(executor, base_beam_executor.BaseBeamExecutor):
        return base_beam_executor.BaseBeamExecutor.Context(beam_pipeline_args=beam_args, **shared)
    return base_executor.BaseExecutor.Context(extra_flags=beam_args, **shared)


def _run_driver(
    path: str, properties: dict[str, Any], outputs: dict[str, list[Any]]
) -> dict[str, Any]:
    """Settles span, version and fingerprint of the data, which KFP runs no driver for."""
    from tfx.components.example_gen.driver import update_output_artifact
    from tfx.types.standard_component_specs import EXAMPLES_KEY

    driver = import_class(path)(None)
    resolved: dict[str, Any] = driver.resolve_exec_properties(dict(properties), None, None)
    update_output_artifact({"version": None, **resolved}, outputs[EXAMPLES_KEY][0].mlmd_artifact)
    return resolved


if __name__ == "__main__":
    # Collecting garbage during the imports takes seconds, and what they make stays.
    gc.disable()
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Libraries that end their threads at exit have been seen to abort after all was done.
    os._exit(code)
