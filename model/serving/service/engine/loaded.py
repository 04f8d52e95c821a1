"""A version of a model in memory, warmed up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.serving.known_values import read_known_values
from model.serving.raw_columns import SIGNATURE
from model.serving.requests import WARMUP, read_example
from model.serving.saved_model import SavedModel
from model.serving.service.engine.signature import Signature
from model.serving.service.refusals import invalid
from model.serving.vectors.space import EMBED, SPACE_FILE, VectorSpace, read_space
from zeroskew.errors import DataError, did_you_mean
from zeroskew.lazy import lazy_import

prediction_log_pb2 = lazy_import("tensorflow_serving.apis.prediction_log_pb2")
tf = lazy_import("tensorflow")

DEFAULT_SIGNATURE = "serving_default"


class Loaded:
    """A version of a model that answers.

    Args:
        folder: the SavedModel's.

    Attributes:
        folder: the SavedModel's.
        definitions: the SignatureDef of each signature.
        example: the row in the request that lies beside the model; None if there is none.
        space: in which its vectors lie; None if it gives none.

    Raises:
        OSError: there is no SavedModel in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._model = SavedModel(str(folder))
        self.definitions: Mapping[str, Any] = self._model.signatures
        self.space = read_space(folder) if (folder / SPACE_FILE).exists() else None
        known = read_known_values(folder)
        raw = {SIGNATURE} if self.space is None else {SIGNATURE, EMBED}
        self._signatures = {
            name: Signature(self._model, name, known, takes_columns=name in raw)
            for name, definition in self.definitions.items()
            if definition.inputs
        }
        self.example = read_example(folder)

    @property
    def asked(self) -> list[Signature]:
        """All signatures that take something."""
        return [*self._signatures.values()]

    def signature(self, name: str) -> Signature:
        """Returns a signature; the default one if the name is empty.

        Raises:
            RefusedError: there is no such signature.
        """
        found = self._signatures.get(name or DEFAULT_SIGNATURE)
        if found is None:
            raise invalid(
                "signature_name must name a signature of the model",
                allowed=", ".join(sorted(self._signatures)),
                received=name or f"none, which stands for {DEFAULT_SIGNATURE}",
                action=did_you_mean(name, self._signatures) or "name one of these",
            )
        return found

    def own_space(self) -> VectorSpace:
        """Returns the space in which its vectors lie.

        Raises:
            RefusedError: it gives none.
        """
        if self.space is None:
            raise invalid(
                "vectors are given by a model whose feature list declares an embedding",
                received="a model whose list declares none",
                action='add embedding=Embedding("...") to the FeatureSet, and run the pipeline '
                "again",
            )
        return self.space

    def columns_taken(self, signature: Signature) -> frozenset[str]:
        """Returns the columns that rows for a signature may have.

        Rows to embed may be those to predict: what is not read does no harm.
        """
        if self.space is None or signature.name != EMBED or SIGNATURE not in self._signatures:
            return signature.names
        return signature.names | self._signatures[SIGNATURE].names

    def warm_up(self) -> None:
        """Asks what lies beside the model for this, so that no client waits for a first answer.

        Raises:
            tf.errors.OpError: the model does not answer.
            DataError: its vectors are not as it says.
        """
        if self.space is not None:
            self._embed_once(self.space)
        file = self.folder / WARMUP
        if not file.exists():
            return
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
            signature = self.signature(request.model_spec.signature_name)
            arrays = {name: tf.make_ndarray(one) for name, one in request.inputs.items()}
            signature.answer([signature.tensors(arrays)])

    def _embed_once(self, space: VectorSpace) -> None:
        signature = self.signature(EMBED)
        row = tuple(None for _ in signature.columns)
        (found,) = signature.answer([signature.rows([row])]).outputs.values()
        if found.shape != (1, space.dimension):
            raise DataError(
                "a model's vectors are as it says of them",
                allowed=f"one of {space.dimension} numbers for each row",
                received=f"an array of shape {list(found.shape)} for one row",
                action="push the model again",
            )

    def close(self) -> None:
        """Lets go of the model."""
        self._model.close()
