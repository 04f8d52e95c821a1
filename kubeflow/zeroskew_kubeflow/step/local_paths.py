"""Where KFP's launcher keeps a bucket's files on the disk of a step, there and back.

The launcher copies `minio://bucket/key` to `/minio/bucket/key` before a step starts, and what the
step writes below such a path to the bucket when it has ended. Vertex AI mounts `gs://` as `/gcs`.
"""

import dataclasses
import os
from typing import Any

ROOT_VARIABLE = "ZEROSKEW_LAUNCHER_ROOT"
_FOLDERS = {"gs://": "gcs", "minio://": "minio", "s3://": "s3"}


@dataclasses.dataclass(frozen=True)
class LocalPaths:
    """The mapping of URIs to local paths.

    Usage::

        paths = LocalPaths()
        paths.local("minio://mlpipeline/v2/model")  # "/minio/mlpipeline/v2/model"
        paths.uri("/minio/mlpipeline/v2/model")     # "minio://mlpipeline/v2/model"

    Attributes:
        root: folder that holds the launcher's folders; empty for the top.
        keep_gs: leave gs:// as it is, for Beam workers elsewhere, which see no disk of this step.
    """

    root: str = ""
    keep_gs: bool = False

    @classmethod
    def from_environment(cls, *, keep_gs: bool) -> "LocalPaths":
        """Returns the launcher's mapping; a test may move its folders."""
        return cls(os.environ.get(ROOT_VARIABLE, "").rstrip("/"), keep_gs)

    def local(self, place: str) -> str:
        """Returns the local path of a URI; other places are returned as they are."""
        for scheme, folder in _FOLDERS.items():
            if place.startswith(scheme) and not (self.keep_gs and scheme == "gs://"):
                return f"{self.root}/{folder}/{place.removeprefix(scheme)}"
        return place

    def uri(self, place: str) -> str:
        """Returns the URI of a local path; other places are returned as they are."""
        for scheme, folder in _FOLDERS.items():
            prefix = f"{self.root}/{folder}/"
            if place.startswith(prefix):
                return scheme + place.removeprefix(prefix)
        return place

    def without_local(self, value: Any) -> Any:
        """Returns metadata in which each local path is a URI again."""
        if isinstance(value, str):
            return self.uri(value)
        if isinstance(value, dict):
            return {key: self.without_local(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.without_local(inner) for inner in value]
        return value
