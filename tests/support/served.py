"""Small models that the prediction service serves, and the service as a process."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import tensorflow as tf
from known import write_known
from pushed_model import write_record

from model import Categorical, Integer, MultiCategory
from model.feature_engineering.columns import Column
from model.serving.requests import write_requests

TOKEN = "a token that no log may show"
ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    Column("fare", "FLOAT"),
    Column("month", "INT"),
    Column("company", "BYTES"),
    Column("tags", "BYTES", None),
    Column("vector", "FLOAT", 2),
]
ROW: dict[str, Any] = {
    "fare": 1.5,
    "month": 3,
    "company": "Blue",
    "tags": ["a", "b"],
    "vector": [1.0, 0.5],
}
FEATURES = [
    Integer("month", name="spring", low=3, high=5),
    Categorical("company", vocabulary=("Blue", "Red")),
    MultiCategory("tags"),
]


class _Model(tf.Module):
    """Says of a row twice its fare, and a number of its own."""

    def __init__(self, added: float) -> None:
        super().__init__()
        self._added = tf.constant(added)

    def columns(self, fare: Any, month: Any, company: Any, tags: Any, vector: Any) -> Any:
        return {
            "double": 2.0 * fare + self._added,
            "month": month,
            "name": company,
            "tags": tf.reduce_sum(tf.cast(tags != "", tf.int64), axis=1),
            "vector": vector,
        }

    def examples(self, examples: Any) -> Any:
        return {"double": 2.0 * _fare(examples) + self._added}

    def classes(self, inputs: Any) -> Any:
        yes = tf.sigmoid(_fare(inputs))
        names = tf.tile(tf.constant([["no", "yes"]]), [tf.shape(inputs)[0], 1])
        return {"classes": names, "scores": tf.stack([1.0 - yes, yes], axis=1)}

    def number(self, inputs: Any) -> Any:
        return {"outputs": 2.0 * _fare(inputs) + self._added}

    def tensors(self, image: Any, times: Any) -> Any:
        # `times` has no rows, so these are never asked with others.
        text = tf.strings.as_string(tf.reduce_sum(image, axis=[1, 2]) * times)
        return {"sum_bytes": text, "image": image}


def _fare(examples: Any) -> Any:
    spec = {"fare": tf.io.FixedLenFeature([], tf.float32, 0.0)}
    return tf.io.parse_example(examples, spec)["fare"]


def save_version(folder: Path, added: float = 0.0, *, small: bool = False) -> Path:
    """Writes a version, whole or not there, whose `double` has something added.

    Its signatures are `serving_columns` and `serving_default`, and unless it is to be small
    `classes`, `number` and `tensors`.
    """
    model = _Model(added)
    columns = {
        one.name: tf.TensorSpec(
            [None] if one.length == 1 else [None, one.length], one.dtype, one.name
        )
        for one in COLUMNS
    }
    text = {name: tf.TensorSpec([None], tf.string, name) for name in ("examples", "inputs")}
    image = tf.TensorSpec([None, 2, 2], tf.float32, "image")
    times = tf.TensorSpec([], tf.float32, "times")
    signatures = {
        "serving_columns": tf.function(model.columns).get_concrete_function(**columns),
        "serving_default": tf.function(model.examples).get_concrete_function(text["examples"]),
    }
    others = {
        "classes": tf.function(model.classes).get_concrete_function(text["inputs"]),
        "number": tf.function(model.number).get_concrete_function(text["inputs"]),
        "tensors": tf.function(model.tensors).get_concrete_function(image=image, times=times),
    }
    partial = folder.with_name(f".{folder.name}")
    tf.saved_model.save(
        model, str(partial), signatures=signatures if small else {**signatures, **others}
    )
    write_requests(str(partial), COLUMNS, ROW)
    write_known(partial, FEATURES, {"tags": ["a", "b"]})
    write_record(partial)
    os.rename(partial, folder)
    return folder


def save_broken_version(folder: Path) -> Path:
    """Writes what has the name of a version, and is none."""
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"no model")
    return folder


def fare_example(fare: float) -> bytes:
    """Returns a serialized tf.Example with a fare."""
    example = tf.train.Example()
    example.features.feature["fare"].float_list.value.append(fare)
    return example.SerializeToString()


class Served:
    """`zeroskew serve` as a process, on ports that are free.

    Args:
        *words: what follows the command.
        environment: further variables.
        program: `zeroskew`, wherever it runs.
    """

    def __init__(
        self,
        *words: object,
        environment: dict[str, str] | None = None,
        program: Sequence[str] = (sys.executable, "-m", "pipeline"),
    ) -> None:
        self._process = subprocess.Popen(
            [*program, "serve", "--port", "0", "--grpc-port", "0", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: list[str] = []
        self.errors: list[str] = []
        # Else a full pipe would stop the service.
        self._reading = threading.Thread(target=self._read_errors, daemon=True)
        self._reading.start()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *unused: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def said(self) -> str:
        """What it says when it has started; waits for it."""
        assert self._process.stdout is not None
        while not self._said or not self._said[-1].startswith("try "):
            line = self._process.stdout.readline()
            if not line:
                self._reading.join()
                raise AssertionError(f"it has ended: {''.join(self.errors)}")
            self._said.append(line)
        return "".join(self._said)

    @property
    def model(self) -> str:
        """The address of the model."""
        return self._found(r"REST +(\S+)")

    @property
    def rest(self) -> str:
        """The address of REST: scheme, host and port."""
        return self.model.partition("/v1/")[0]

    @property
    def grpc(self) -> str:
        """The address of gRPC."""
        return self._found(r"gRPC +(\S+)")

    def terminate(self) -> None:
        """Asks it to end."""
        self._process.send_signal(signal.SIGTERM)

    def end(self) -> tuple[int, str]:
        """Waits for its end; returns its exit code, and what it has said last."""
        assert self._process.stdout is not None
        last = self._process.stdout.read()
        return self._process.wait(30), last

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found[1]

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self.errors.extend(self._process.stderr)


def metrics_of(text: str) -> dict[str, float]:
    """Returns what Prometheus would read: a value by name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def ask(url: str, rows: Sequence[Any], client: httpx.Client, **more: Any) -> list[Any]:
    """Asks `serving_columns` by rows."""
    body = {"signature_name": "serving_columns", "instances": rows}
    answer = client.post(f"{url}:predict", content=json.dumps(body), **more)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["predictions"]
    return found
