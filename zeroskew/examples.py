"""Artifacts of examples: the files of a split, and whether we read their format ourselves."""

from typing import Any

from zeroskew.errors import DataError
from zeroskew.files import list_folder
from zeroskew.lazy import lazy_import

artifact_utils = lazy_import("tfx.types.artifact_utils")
examples_utils = lazy_import("tfx.components.util.examples_utils")
example_gen_pb2 = lazy_import("tfx.proto.example_gen_pb2")


def files_of_split(examples: Any, split: str) -> list[str]:
    """Returns the files of a split of an Examples artifact, in the order of their names.

    Raises:
        DataError: there is none.
    """
    folder = artifact_utils.get_split_uri([examples], split)
    files = sorted(list_folder(folder))
    if not files:
        raise DataError("each split must have files of examples", received=f"none in {folder}")
    return files


def unusual_format(examples: Any) -> str:
    """Says what only TFX's own readers can read in an Examples artifact; empty if nothing is.

    Usual are gzipped TFRecords of tf.Examples in one folder for each split, as ExampleGen writes
    them.
    """
    if examples_utils.get_payload_format(examples) != example_gen_pb2.FORMAT_TF_EXAMPLE:
        return "a payload other than tf.Example"
    if examples_utils.get_file_format(examples) != "tfrecords_gzip":
        return "files other than gzipped TFRecord"
    if examples.has_custom_property(examples_utils.CUSTOM_SPLIT_PATTERN_PROPERTY_NAME):
        return "splits with file patterns of their own"
    return ""
