"""Where a run keeps what it makes, and how it finds what earlier runs have made."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.orchestration import metadata
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from data_ingestion.artifacts import DataVerdict
from data_ingestion.components import DATA_REPORT_FILE, KeepPassedData, KeptPassedData
from model.components import ServedModel
from model.evaluation.references import contract_of
from model.feature_engineering.labels import Label
from model.settings import GateSettings
from pipeline.blessed_models import ReferenceModelStrategy
from pipeline.settings import INDEXES, SERVING

LAST_BLESSED = "LastBlessedModel"
LAST_PASSED = "LastPassedData"


class Place(Protocol):
    """What differs between a laptop and a cluster; the DAG is the same."""

    @property
    def root(self) -> str:
        """What the steps produce, one folder for each step."""

    @property
    def serving(self) -> str:
        """Blessed models, one numbered folder each."""

    @property
    def indexes(self) -> str:
        """Indexes that have passed, one numbered folder each."""

    @property
    def data_report(self) -> str:
        """File with what the last DataGate found, whether it stopped the run or not."""

    @property
    def fixes_packages(self) -> bool:
        """Whether the cache knows by itself what is installed where the steps run."""

    def metadata(self) -> Any:
        """Returns the connection to ML Metadata; None where the orchestrator has its own."""

    def code(self, file: Path) -> str:
        """Returns where the steps find a file of the project."""

    def last_blessed(self, gate: GateSettings, label: Label, features: str) -> Any:
        """Returns the node whose output `model` is the blessed model to be held against, if any."""

    def last_passed(self) -> Any:
        """Returns the node whose output `verdict` is that of the data that passed last."""

    def keep_passed(self, verdict: Any) -> list[Any]:
        """Returns the nodes that keep a verdict for `last_passed` of a later run."""


@dataclasses.dataclass(frozen=True)
class Workspace:
    """One machine: all folders of a run lie below one output folder."""

    output: Path

    @property
    def root(self) -> str:
        """What the steps produce, one folder for each step."""
        return str(self.output / "artifacts")

    @property
    def metadata_file(self) -> Path:
        """The ML Metadata database: what was made from what."""
        return self.output / "metadata.sqlite"

    @property
    def serving(self) -> str:
        """Blessed models, one numbered folder each."""
        return str(self.output / SERVING)

    @property
    def indexes(self) -> str:
        """Indexes that have passed, one numbered folder each."""
        return str(self.output / INDEXES)

    @property
    def data_report(self) -> str:
        """What the last DataGate found, whether it stopped the run or not."""
        return str(self.output / DATA_REPORT_FILE)

    @property
    def logs(self) -> Path:
        """What TFX, Beam and TensorFlow have to say, one file for each run."""
        return self.output / "logs"

    @property
    def fixes_packages(self) -> bool:
        """Packages can be installed between two runs."""
        return False

    def metadata(self) -> Any:
        """Returns the connection to the database."""
        return metadata.sqlite_metadata_connection_config(str(self.metadata_file))

    def code(self, file: Path) -> str:
        """Returns the file itself."""
        return str(file.resolve())

    def last_blessed(self, gate: GateSettings, label: Label, features: str) -> Any:
        """Returns a resolver, which asks ML Metadata."""
        del features
        return Resolver(
            strategy_class=ReferenceModelStrategy,
            config={
                "contract": contract_of(label),
                "reference": gate.reference,
                "remembered": gate.remembered,
                "lower_is_better": label.METRICS[0].lower_is_better,
            },
            model=Channel(type=Model),
            model_blessing=Channel(type=ModelBlessing),
        ).with_id(LAST_BLESSED)

    def last_passed(self) -> Any:
        """Returns TFX's resolver, which asks ML Metadata."""
        return Resolver(
            strategy_class=LatestArtifactStrategy, verdict=Channel(type=DataVerdict)
        ).with_id(LAST_PASSED)

    def keep_passed(self, verdict: Any) -> list[Any]:
        """Returns nothing: ML Metadata keeps all artifacts."""
        del verdict
        return []


@dataclasses.dataclass(frozen=True)
class SharedPlace:
    """A cluster, whose steps share a folder or a bucket, and no ML Metadata that they could ask.

    Args:
        root: bucket that receives artifacts.
        output: folder or bucket for what outlives a run.
        code_path: where the image has a file of the project.
    """

    root: str
    output: str
    code_path: Callable[[Path], str]

    @property
    def serving(self) -> str:
        """Blessed models, one numbered folder each."""
        return f"{self.output}/{SERVING}"

    @property
    def indexes(self) -> str:
        """Indexes that have passed, one numbered folder each."""
        return f"{self.output}/{INDEXES}"

    @property
    def data_report(self) -> str:
        """What the last DataGate found, whether it stopped the run or not."""
        return f"{self.output}/{DATA_REPORT_FILE}"

    @property
    def fixes_packages(self) -> bool:
        """They are in the image, which is a part of each step's key."""
        return True

    def metadata(self) -> Any:
        """Returns nothing: the orchestrator keeps the metadata."""
        return None

    def code(self, file: Path) -> str:
        """Returns where the image has the file."""
        return self.code_path(file)

    def last_blessed(self, gate: GateSettings, label: Label, features: str) -> Any:
        """Returns a step that copies a model of the serving folder.

        What a label asks is told by its code, which differs between Pythons: the image compares.
        """
        del label
        return ServedModel(
            serving=self.serving, features=features, settings=gate.model_dump_json()
        ).with_id(LAST_BLESSED)

    def last_passed(self) -> Any:
        """Returns a step that copies what `keep_passed` has kept."""
        return KeptPassedData(folder=self._passed).with_id(LAST_PASSED)

    def keep_passed(self, verdict: Any) -> list[Any]:
        """Returns the step that keeps the verdict."""
        return [KeepPassedData(verdict=verdict, folder=self._passed)]

    @property
    def _passed(self) -> str:
        return f"{self.output}/passed_data"
