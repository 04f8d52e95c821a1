"""The servers that the emulator can be: what a step sees differs from version to version."""

import dataclasses

from emulator.records import ApiRecords, MlmdRecords, Records


@dataclasses.dataclass(frozen=True)
class World:
    """A version of Kubeflow Pipelines.

    Attributes:
        name: of the version, for people.
        records: what keeps artifacts between two steps.
        output_file: where a step reports; may hold {local_task_root}.
        names_outputs: an output artifact has a name before it is made, and may report a path of
            its own.
        qualifies_logs: each attempt has a log of its own, in executor-logs-N, that of a failed one
            is kept too, and no step can move it.
        takes_siblings: an input `model` brings the objects of `model_run` along.
        upload_attempts: how often the launcher tries, if the bucket fails.
        needs_outputs: an output that is missing lets the step fail.
        keeps_to_default_root: all artifacts must lie below the root of the namespace's ConfigMap;
            before, outputs must lie below the run's own folder.
    """

    name: str
    records: type[Records]
    output_file: str
    names_outputs: bool
    qualifies_logs: bool
    takes_siblings: bool
    upload_attempts: int
    needs_outputs: bool
    keeps_to_default_root: bool


KFP_2_5 = World(
    name="2.5",
    records=MlmdRecords,
    output_file="/tmp/kfp_outputs/output_metadata.json",
    names_outputs=False,
    qualifies_logs=False,
    takes_siblings=True,
    upload_attempts=1,
    needs_outputs=False,
    keeps_to_default_root=False,
)
KFP_2_17 = dataclasses.replace(
    KFP_2_5,
    name="2.17",
    output_file="{local_task_root}/output_metadata.json",
    names_outputs=True,
    qualifies_logs=True,
    takes_siblings=False,
    upload_attempts=2,
)
AFTER_2_18 = dataclasses.replace(
    KFP_2_17,
    name="after 2.18",
    records=ApiRecords,
    needs_outputs=True,
    keeps_to_default_root=True,
)
WORLDS = (KFP_2_5, KFP_2_17, AFTER_2_18)
