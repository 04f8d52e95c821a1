"""PredictionService: the questions of the REST API, as protos."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from model.serving.saved_model import Arrays
from model.serving.service.engine import heads
from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Request, Signature
from model.serving.service.engine.versions import Version
from model.serving.service.refusals import Code, RefusedError, invalid
from model.serving.service.request_log.keys import Keys, key_beside, take_from_arrays
from model.serving.service.rpc import tensors
from model.serving.service.rpc.calls import Calls, Context
from model.serving.service.service import Service
from model.serving.service.settings import ServeSettings
from zeroskew.errors import did_you_mean
from zeroskew.lazy import lazy_import

apis = "tensorflow_serving.apis"
classification_pb2 = lazy_import(f"{apis}.classification_pb2")
get_model_metadata_pb2 = lazy_import(f"{apis}.get_model_metadata_pb2")
predict_pb2 = lazy_import(f"{apis}.predict_pb2")
regression_pb2 = lazy_import(f"{apis}.regression_pb2")

_SIGNATURES = "signature_def"


class _Asking(Protocol):
    """A proto that names a model."""

    model_spec: Any


class PredictionService:
    """Answers PredictionService.

    Args:
        service: the model.
        calls: what is around each call.
    """

    def __init__(self, service: Service, calls: Calls) -> None:
        self._service = service
        self._calls = calls

    async def Predict(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers a question about tensors."""
        return await self._calls.answer("predict", self._predict, request, context)

    async def Classify(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers which classes tf.Examples are of."""
        return await self._calls.answer("classify", self._classify, request, context)

    async def Regress(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers which number tf.Examples have."""
        return await self._calls.answer("regress", self._regress, request, context)

    async def GetModelMetadata(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers what signatures a version has."""
        return await self._calls.answer("metadata", self._metadata, request, context)

    async def MultiInference(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers that it does not."""
        return await self._calls.answer("multi_inference", _unimplemented, request, context)

    async def _predict(self, request: Any) -> Any:
        version = self._take(request)
        try:
            assert version.loaded is not None
            signature = version.loaded.signature(request.model_spec.signature_name)
            wanted = _filtered(signature, request.output_filter)
            asked, keys = _request(signature, request.inputs, self._service.settings)
            answer = await self._service.answer(version, signature, asked, keys)
        finally:
            self._service.versions.give_back(version)
        response = predict_pb2.PredictResponse()
        self._fill(response.model_spec, signature.name, version)
        outputs = answer.arrays
        for name in wanted:
            response.outputs[name].CopyFrom(tensors.to_proto(outputs[name]))
        return response

    async def _classify(self, request: Any) -> Any:
        response = classification_pb2.ClassificationResponse()
        outputs = await self._ask_examples(request, response, heads.check_classifier)
        for row in heads.classes_of(outputs):
            classes = response.result.classifications.add().classes
            for label, score in row:
                classes.add(label=label.decode("utf-8", "replace"), score=float(score))
        return response

    async def _regress(self, request: Any) -> Any:
        response = regression_pb2.RegressionResponse()
        outputs = await self._ask_examples(request, response, heads.check_regressor)
        for number in heads.numbers_of(outputs).tolist():
            response.result.regressions.add(value=number)
        return response

    async def _ask_examples(self, request: Any, response: Any, check: Any) -> Arrays:
        version = self._take(request)
        try:
            assert version.loaded is not None
            signature = version.loaded.signature(request.model_spec.signature_name)
            check(signature)
            asked = heads.examples_request(signature, _examples(request.input))
            answer = await self._service.answer(version, signature, asked)
        finally:
            self._service.versions.give_back(version)
        self._fill(response.model_spec, signature.name, version)
        return answer.arrays

    async def _metadata(self, request: Any) -> Any:
        if list(request.metadata_field) != [_SIGNATURES]:
            raise invalid(
                "metadata_field must name what is asked for",
                allowed=_SIGNATURES,
                received=", ".join(request.metadata_field) or "nothing",
            )
        version = self._take(request)
        try:
            assert version.loaded is not None
            definitions = _definitions(version.loaded)
        finally:
            self._service.versions.give_back(version)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        self._fill(response.model_spec, "", version)
        response.metadata[_SIGNATURES].Pack(definitions)
        return response

    def _take(self, request: _Asking) -> Version:
        return self._service.versions.take(*named(request.model_spec))

    def _fill(self, spec: Any, signature: str, version: Version) -> None:
        spec.name = self._service.versions.name
        spec.version.value = version.number
        spec.signature_name = signature


def named(spec: Any) -> tuple[str, int | None, str | None]:
    """Returns name, version and label of a ModelSpec.

    Raises:
        RefusedError: it has no name.
    """
    if not spec.name:
        raise invalid("ModelSpec has no name specified.")
    choice = spec.WhichOneof("version_choice")
    number = spec.version.value if choice == "version" else None
    return spec.name, number, spec.version_label if choice == "version_label" else None


async def _unimplemented(request: Any) -> Any:
    del request
    raise RefusedError(Code.UNIMPLEMENTED, "MultiInference is not served: ask Predict")


def _definitions(loaded: Loaded) -> Any:
    found = get_model_metadata_pb2.SignatureDefMap()
    for name, definition in loaded.definitions.items():
        found.signature_def[name].CopyFrom(definition)
    return found


def _request(
    signature: Signature, inputs: Mapping[str, Any], settings: ServeSettings
) -> tuple[Request, Keys]:
    """Returns the rows of a request, and the client's keys of them.

    Raises:
        RefusedError: they are none that the model takes.
    """
    key = key_beside(settings, signature)
    unknown = sorted(inputs.keys() - signature.names - {key})
    lacking = sorted(signature.names - inputs.keys())
    if unknown or not inputs or (lacking and not signature.may_lack):
        raise invalid(
            f"the inputs must be those of the signature {signature.name!r}",
            allowed=", ".join(sorted(signature.names)),
            received=", ".join(unknown) if unknown else f"no {', '.join(lacking)}",
            action=did_you_mean(unknown[0], signature.names) if unknown else None,
        )
    arrays = {name: _array(signature, name, one) for name, one in inputs.items()}
    keys = take_from_arrays(arrays, key)
    request = signature.tensors(arrays)
    if signature.may_lack and request.key is None:
        raise invalid("each of the inputs must have a value for each row")
    if request.count > settings.request_rows:
        raise invalid(
            "a request may have no more rows than allowed",
            allowed=f"{settings.request_rows} (setting serve.request_rows)",
            received=str(request.count),
        )
    return request, keys


def _array(signature: Signature, name: str, proto: Any) -> np.ndarray:
    spec = signature.specs.get(name)
    try:
        array = tensors.to_array(proto)
    except (TypeError, ValueError) as error:
        raise invalid(f"the input {name!r} must be a whole tensor", received=str(error)) from error
    # A key, which is none of the inputs, has no type to keep.
    if spec is None:
        return array
    if spec.dtype.as_datatype_enum != proto.dtype or not spec.shape.is_compatible_with(array.shape):
        raise invalid(
            f"the input {name!r} must have its type and shape",
            allowed=f"{spec.dtype.name} {spec.shape}",
            received=f"{array.dtype.name} {list(array.shape)}",
        )
    return array


def _filtered(signature: Signature, names: Any) -> list[str]:
    wanted = [*names] or signature.outputs
    unknown = [name for name in wanted if name not in signature.outputs]
    if unknown or len({*wanted}) < len(wanted):
        raise invalid(
            "output_filter must name outputs of the signature, each once",
            allowed=", ".join(signature.outputs),
            received=", ".join(wanted),
        )
    return wanted


def _examples(given: Any) -> list[bytes]:
    kind = given.WhichOneof("kind")
    if kind == "example_list_with_context":
        inner = given.example_list_with_context
        context = inner.context.SerializeToString()
        return [context + one.SerializeToString() for one in inner.examples]
    return [one.SerializeToString() for one in given.example_list.examples]
