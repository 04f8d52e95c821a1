"""The settings of the prediction service."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from model.settings import Positive, PositiveInt, Section

Port = Annotated[int, Field(ge=0, le=65535)]
Version = Annotated[int, Field(ge=0)]
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[^/\s]+)$")]


class CanarySettings(Section):
    """A version that gets a part of the requests that name no version.

    Attributes:
        version: its number; until it is there, the others get all requests.
        share: of these requests, exactly: at 0.1 every tenth.
    """

    version: Version
    share: Annotated[float, Field(ge=0, le=1)]


class LogSettings(Section):
    """The log of what was asked and answered.

    Attributes:
        path: folder that receives Parquet files.
        sample: share of the rows that are logged, by chance.
        rotate_rows: rows of a file, with which it is written ...
        rotate_seconds: ... at the latest so long after its first row, or when the service ends.
        queued_rows: rows that may wait to be written; further ones are dropped, and ``/metrics``
            counts them.
        key: a column that clients may send with each row, text or a whole number, by which answers
            find what became true later; it is logged though the model does not read it.
        hash_columns: columns of which the log knows a hash only, as ``hashed_`` and their name.
        leave_out_columns: columns that are not logged.
        salt_variable: environment variable with the secret of the hashes.
    """

    path: Path
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    rotate_rows: PositiveInt = 50_000
    rotate_seconds: Positive = 300.0
    queued_rows: PositiveInt = 200_000
    key: str | None = None
    hash_columns: tuple[str, ...] = ()
    leave_out_columns: tuple[str, ...] = ()
    salt_variable: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "LogSettings":
        if self.hash_columns and self.salt_variable is None:
            raise ValueError("hash_columns needs salt_variable, which names the secret")
        if {*self.hash_columns} & {*self.leave_out_columns}:
            raise ValueError("a column is hashed or left out, not both")
        if self.key is not None and self.key in self.leave_out_columns:
            raise ValueError("the key is logged, or hashed")
        if self.rotate_rows > self.queued_rows:
            raise ValueError("queued_rows must not be less than rotate_rows, which wait together")
        return self


class ServeSettings(Section):
    """How a model is served.

    Attributes:
        host: address to listen on; ``0.0.0.0`` for those of all networks.
        port: of REST; 0 takes any that is free.
        grpc_port: of gRPC; 0 takes any that is free, null serves none.
        versions: how many of the newest versions are served; a request that names none gets the
            newest one.
        pinned: versions to serve instead of the newest.
        labels: by label the number of its version, which is served, too.
        canary: a version for a part of the requests that name none.
        index: folder of numbered indexes of the model's vectors, such as a run with `embeddings`
            pushes to `index` of its output. A version is then served together with the newest index
            of its vectors, or not yet; `zeroskew serve` without a folder takes that of the run.
        poll_seconds: how often the folder is looked at for new versions, and that of indexes.
        unknown_columns: what happens to a row with a column that the model does not take: refuse
            the request, or ignore the column; ``/metrics`` counts both.
        lineage: whether a version must say of what it was made, as a pushed one does: required; or
            any, for a SavedModel of whatever origin.
        batch_rows: rows that the model is asked at once, at most, unless one request has more.
        queued_rows: rows that may wait; further requests are refused with 503.
        request_rows: rows of one request, at most.
        body_mib: MiB of one request, at most.
        json_depth: how deep lists and objects of a request may lie in each other.
        seconds: how long a request may take, from its first byte on.
        connections: how many clients may be connected over REST at once.
        token_variable: environment variable that holds the token each client has to send as
            ``Authorization: Bearer ...``; none is asked for unless it or `token_file` is given.
        token_file: file that holds it.
        certificate: file with the server's certificate chain (PEM); with it both ports speak TLS.
        key: file with its private key (PEM).
        allow_origins: sites whose pages may ask from a browser, such as ``https://example.com``;
            ``*`` for all.
        log: what is logged of requests and answers; nothing unless it is given.
    """

    host: str = "127.0.0.1"
    port: Port = 8501
    grpc_port: Port | None = 8500
    versions: PositiveInt = 1
    pinned: tuple[Version, ...] = ()
    labels: dict[str, Version] = Field(default={})
    canary: CanarySettings | None = None
    index: Path | None = None
    poll_seconds: Positive = 2.0
    unknown_columns: Literal["refuse", "ignore"] = "refuse"
    lineage: Literal["required", "any"] = "required"
    batch_rows: PositiveInt = 1024
    queued_rows: PositiveInt = 8192
    request_rows: PositiveInt = 10_000
    body_mib: PositiveInt = 16
    json_depth: PositiveInt = 32
    seconds: Positive = 30.0
    connections: PositiveInt = 1024
    token_variable: str | None = None
    token_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    allow_origins: tuple[Origin, ...] = ()
    log: LogSettings | None = None

    @model_validator(mode="after")
    def _belong_together(self) -> "ServeSettings":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given together, or neither")
        if self.token_variable is not None and self.token_file is not None:
            raise ValueError("the token comes from token_variable or from token_file, not both")
        return self
