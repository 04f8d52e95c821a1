"""The ML Metadata of an output folder; neither TFX nor TensorFlow is needed to open it."""

from pathlib import Path
from typing import Any

from zeroskew.errors import WorkspaceError
from zeroskew.lazy import lazy_import

metadata_store = lazy_import("ml_metadata.metadata_store")
mlmd = lazy_import("ml_metadata.proto.metadata_store_pb2")

METADATA_FILE = "metadata.sqlite"


def open_store(output: Path) -> Any:
    """Opens the ML Metadata of an output folder.

    Raises:
        WorkspaceError: there is none.
    """
    file = output / METADATA_FILE
    if not file.is_file():
        raise WorkspaceError(
            "a report is made of an output folder in which a run has started",
            allowed=f"a folder with {METADATA_FILE} in it",
            received=str(output),
            action="name the folder that was given to `zeroskew run --output`",
        )
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(file)
    return metadata_store.MetadataStore(config)


def contexts_of(store: Any) -> list[Any]:
    """Returns the contexts of all runs, at least one, the latest first.

    Raises:
        WorkspaceError: no run has started.
    """
    found = store.get_contexts_by_type("pipeline_run")
    if not found:
        raise WorkspaceError(
            "a report is made of an output folder in which a run has started",
            received=f"a {METADATA_FILE} without a run",
            action="run the pipeline: zeroskew run",
        )
    return sorted(found, key=lambda context: context.id, reverse=True)
