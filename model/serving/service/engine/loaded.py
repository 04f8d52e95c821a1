"""A version of a model in memory, warmed up."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.serving.known_values import read_known_values
from model.serving.requests import WARMUP, read_example
from model.serving.saved_model import SavedModel
from model.serving.service.engine.signature import Signature
from model.serving.service.refusals import invalid
from zeroskew.errors import did_you_mean
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

    Raises:
        OSError: there is no SavedModel in the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._model = SavedModel(str(folder))
        self.definitions: Mapping[str, Any] = self._model.signatures
        known = read_known_values(folder)
        self._signatures = {
            name: Signature(self._model, name, known)
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

    def warm_up(self) -> None:
        """Asks what lies beside the model for this, so that no client waits for a first answer.

        Raises:
            tf.errors.OpError: the model does not answer.
        """
        file = self.folder / WARMUP
        if not file.exists():
            return
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
            signature = self.signature(request.model_spec.signature_name)
            arrays = {name: tf.make_ndarray(one) for name, one in request.inputs.items()}
            signature.answer([signature.tensors(arrays)])

    def close(self) -> None:
        """Lets go of the model."""
        self._model.close()
