"""An ML Metadata with a few artifacts, of which no run has made any."""

from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd


class Store:
    """A few lines of ML Metadata in an output folder."""

    def __init__(self, output: Path) -> None:
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(output / "metadata.sqlite")
        config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        self._store = metadata_store.MetadataStore(config)
        self._step = self._store.put_execution_type(mlmd.ExecutionType(name="step"))
        self._node = self._store.put_context_type(mlmd.ContextType(name="node"))

    def artifact(self, kind: str, uri: str, **properties: str) -> int:
        number = self._store.put_artifact_type(mlmd.ArtifactType(name=kind))
        one = mlmd.Artifact(type_id=number, uri=uri)
        for name, value in properties.items():
            one.custom_properties[name].string_value = value
        (found,) = self._store.put_artifacts([one])
        return int(found)

    def execution(self, node: str, inputs: dict[str, int], outputs: dict[str, int]) -> None:
        (number,) = self._store.put_executions([mlmd.Execution(type_id=self._step)])
        (context,) = self._store.put_contexts([mlmd.Context(type_id=self._node, name=node)])
        self._store.put_attributions_and_associations(
            [], [mlmd.Association(execution_id=number, context_id=context)]
        )
        kinds = ((mlmd.Event.INPUT, inputs), (mlmd.Event.OUTPUT, outputs))
        for kind, artifacts in kinds:
            for key, artifact in artifacts.items():
                event = mlmd.Event(execution_id=number, artifact_id=artifact, type=kind)
                event.path.steps.add().key = key
                self._store.put_events([event])
