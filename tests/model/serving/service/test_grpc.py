"""TensorFlow Serving's gRPC API, asked with the stubs of tensorflow-serving-api."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import tensorflow as tf
from served import ROW, fare_example
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)


@pytest.fixture(scope="module")
def channel(served):
    with grpc.insecure_channel(served.grpc) as one:
        yield one


@pytest.fixture(scope="module")
def prediction(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="module")
def models(channel):
    return model_service_pb2_grpc.ModelServiceStub(channel)


def question(signature="serving_columns", name="small", **inputs):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return request


def row(**changed):
    values = {
        "fare": np.array([ROW["fare"]], np.float32),
        "month": np.array([ROW["month"]]),
        "company": np.array([ROW["company"]]),
        "tags": np.array([ROW["tags"]]),
        "vector": np.array([ROW["vector"]], np.float32),
    }
    return {**values, **changed}


def refused(call, request):
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=20)
    return caught.value.code(), caught.value.details()


def test_predict_answers_with_values_in_the_field_of_their_type(prediction):
    answer = prediction.Predict(question(**row()), timeout=20)
    spec = answer.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("small", 3, "serving_columns")
    assert list(answer.outputs["double"].float_val) == [3.0]
    assert list(answer.outputs["month"].int64_val) == [3]
    assert list(answer.outputs["name"].string_val) == [b"Blue"]
    found = {name: tf.make_ndarray(one).tolist() for name, one in answer.outputs.items()}
    assert found == {
        "double": [3.0],
        "month": [3],
        "name": [b"Blue"],
        "tags": [2],
        "vector": [[1.0, 0.5]],
    }


def test_predict_takes_versions_labels_filters_and_columns_left_out(prediction):
    request = question(fare=np.array([1.0, 2.0], np.float32))
    request.output_filter.extend(["double", "tags"])
    request.model_spec.version.value = 3
    answer = prediction.Predict(request, timeout=20)
    assert {name: tf.make_ndarray(one).tolist() for name, one in answer.outputs.items()} == {
        "double": [2.0, 4.0],
        "tags": [0, 0],
    }
    request.model_spec.version_label = "stable"
    assert prediction.Predict(request, timeout=20) == answer


def test_predict_takes_inputs_without_rows(prediction):
    image, times = np.ones((2, 2, 2), np.float32), np.float32(2.0)
    answer = prediction.Predict(question("tensors", image=image, times=times), timeout=20)
    assert tf.make_ndarray(answer.outputs["sum_bytes"]).tolist() == [b"8.000000"] * 2


def test_clients_at_once_get_each_their_own_answer(prediction):
    def ask(number):
        tags = np.array([["x"] * (1 + number % 3)], object)
        request = question(fare=np.array([number], np.float32), tags=tags)
        outputs = prediction.Predict(request, timeout=20).outputs
        return outputs["double"].float_val[0], outputs["tags"].int64_val[0]

    with ThreadPoolExecutor(8) as threads:
        found = [*threads.map(ask, range(60))]
    assert found == [(2.0 * number, 1 + number % 3) for number in range(60)]


def test_classify_and_regress_take_examples_and_their_context(prediction):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name, request.model_spec.signature_name = "small", "classes"
    request.input.example_list.examples.add().ParseFromString(fare_example(0.0))
    result = prediction.Classify(request, timeout=20).result
    (row,) = result.classifications
    assert [(one.label, one.score) for one in row.classes] == [("no", 0.5), ("yes", 0.5)]

    number = regression_pb2.RegressionRequest()
    number.model_spec.name, number.model_spec.signature_name = "small", "number"
    inner = number.input.example_list_with_context
    inner.context.ParseFromString(fare_example(2.0))
    inner.examples.add()
    inner.examples.add()
    answer = prediction.Regress(number, timeout=20)
    assert [one.value for one in answer.result.regressions] == [4.0, 4.0]
    assert answer.model_spec.version.value == 3


def test_metadata_are_the_signatures(prediction, loaded):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "small"
    request.metadata_field.append("signature_def")
    answer = prediction.GetModelMetadata(request, timeout=20)
    found = get_model_metadata_pb2.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(found)
    assert dict(found.signature_def) == dict(loaded.definitions)
    assert answer.model_spec.version.value == 3


def test_the_state_of_versions(models):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "small"
    (status,) = models.GetModelStatus(request, timeout=20).model_version_status
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert (status.version, status.state, status.status.error_code) == (3, available, 0)
    request.model_spec.version.value = 4
    assert refused(models.GetModelStatus, request) == (
        grpc.StatusCode.NOT_FOUND,
        "Could not find version 4 of model small",
    )


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (question(name="other"), "NOT_FOUND", "Servable not found for request: Latest(other)"),
        (question(name=""), "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        (question("x"), "INVALID_ARGUMENT", "signature_name must name a signature"),
        (question(), "INVALID_ARGUMENT", "the inputs must be those of the signature"),
        (
            question(**row(fair=[1.0])),
            "INVALID_ARGUMENT",
            "the inputs must be those of the signature",
        ),
        (
            question(**row(fare=[1])),
            "INVALID_ARGUMENT",
            "the input 'fare' must have its type and shape",
        ),
        (
            question(**row(vector=np.ones((1, 3), np.float32))),
            "INVALID_ARGUMENT",
            "the input 'vector' must have its type and shape",
        ),
        (
            question(**row(fare=np.ones(2, np.float32))),
            "INVALID_ARGUMENT",
            "each of the inputs must have a value for each row",
        ),
        (
            question("serving_default", examples=[b"no example"]),
            "INVALID_ARGUMENT",
            "Could not parse example",
        ),
    ],
)
def test_a_question_that_is_wrong_is_refused(prediction, request_, code, text):
    found, details = refused(prediction.Predict, request_)
    assert found == grpc.StatusCode[code]
    assert details.startswith(text)


def test_other_wrong_questions_are_refused_as_well(prediction, models):
    filtered = question(**row())
    filtered.output_filter.append("triple")
    classify = classification_pb2.ClassificationRequest()
    classify.model_spec.name, classify.model_spec.signature_name = "small", "classes"
    metadata = get_model_metadata_pb2.GetModelMetadataRequest()
    metadata.model_spec.name = "small"
    for call, request, code, text in [
        (prediction.Predict, filtered, "INVALID_ARGUMENT", "output_filter must name outputs"),
        (prediction.Classify, classify, "INVALID_ARGUMENT", "Input is empty."),
        (prediction.GetModelMetadata, metadata, "INVALID_ARGUMENT", "metadata_field must name"),
        (
            prediction.MultiInference,
            inference_pb2.MultiInferenceRequest(),
            "UNIMPLEMENTED",
            "MultiInference is not served",
        ),
        (
            models.HandleReloadConfigRequest,
            model_management_pb2.ReloadConfigRequest(),
            "UNIMPLEMENTED",
            "the versions served are a matter of the settings",
        ),
    ]:
        found, details = refused(call, request)
        assert found == grpc.StatusCode[code]
        assert details.startswith(text)
