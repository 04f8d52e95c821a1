"""Clients of REST and gRPC that ask without a pause, and look at each answer for its version.

The models answer `2 x + version` and `version`: an answer that was made of two versions shows.
"""

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import grpc
import httpx
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

NAME = "swapped"
_ROWS = (1, 2, 7)
_SECONDS = 20.0

Answers = tuple[Sequence[float], Sequence[float]]
"""For each row the model's `double` and its `version`; over gRPC also the one that it names."""
Ask = Callable[[Sequence[float]], Awaitable[Answers]]


@dataclasses.dataclass
class Found:
    """What clients of one protocol have seen.

    Attributes:
        answers: how many rows came from which version.
        requests: that were answered.
        failed: requests that were not, in the words of the error.
        mixed: answers that no single version gives.
        back: answers of a version before the one that the same client had before.
    """

    answers: Counter[int] = dataclasses.field(default_factory=Counter)
    requests: int = 0
    failed: list[str] = dataclasses.field(default_factory=list)
    mixed: int = 0
    back: int = 0

    def look_at(self, numbers: Sequence[float], answers: Answers, before: int) -> int:
        """Looks at an answer; returns its version.

        Args:
            numbers: that were asked.
            answers: to them.
            before: the version that has answered the client before.
        """
        doubles, versions = answers
        self.requests += 1
        version = int(versions[0])
        expected = [2 * one + version for one in numbers]
        self.mixed += [*doubles] != expected or {*versions} != {version}
        self.back += version < before
        self.answers[version] += len(numbers)
        return version


async def ask_on(ask: Ask, found: Found, end: asyncio.Event) -> None:
    """Asks until the end."""
    chance = random.Random()
    version = 0
    while not end.is_set():
        numbers = [float(chance.randrange(1000)) for _ in range(chance.choice(_ROWS))]
        try:
            answers = await ask(numbers)
        except (httpx.HTTPError, grpc.RpcError, KeyError) as error:
            found.failed.append(repr(error))
            continue
        version = found.look_at(numbers, answers, version)


def over_rest(client: httpx.AsyncClient, port: int) -> Ask:
    """Returns what asks over REST."""
    url = f"http://127.0.0.1:{port}/v1/models/{NAME}:predict"

    async def ask(numbers: Sequence[float]) -> Answers:
        rows = [{"x": one} for one in numbers]
        body = {"signature_name": "serving_columns", "instances": rows}
        answer = await client.post(url, json=body, timeout=_SECONDS)
        answer.raise_for_status()
        said = answer.json()["predictions"]
        return [one["double"] for one in said], [one["version"] for one in said]

    return ask


def over_grpc(channel: grpc.aio.Channel) -> Ask:
    """Returns what asks over gRPC."""
    stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)

    async def ask(numbers: Sequence[float]) -> Answers:
        request = predict_pb2.PredictRequest()
        request.model_spec.name = NAME
        request.model_spec.signature_name = "serving_columns"
        request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.array(numbers, np.float32)))
        answer = await stub.Predict(request, timeout=_SECONDS)
        doubles, versions = (
            tf.make_ndarray(answer.outputs[name]).tolist() for name in ("double", "version")
        )
        return doubles, [*versions, float(answer.model_spec.version.value)]

    return ask
