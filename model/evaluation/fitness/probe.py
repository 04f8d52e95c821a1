"""What a server asks a SavedModel, asked in a process that has TensorFlow and nothing of ours.

This file is run by its path, and imports nothing of the project, nor anything that only training
needs: these are blocked. It prints a line of JSON before and after each thing it does, so that it
is known what a process did that died.

It runs the graph as TensorFlow Serving does: a session, with values by the names in a signature.
"""

import functools
import gc
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
BLOCKED = (
    *("data_ingestion", "model", "pipeline", "zeroskew", "zeroskew_kubeflow"),
    *("tensorflow_transform", "tensorflow_text", "tfx", "tfx_bsl"),
)
MANY_ROWS = 10_000
ROWS_AT_ONCE = 1_024
_COLUMNS, _EXAMPLES = "serving_columns", "serving_default"
_SECONDS = 0.5
"""How long one thing is measured, at most."""
_LEAST_CALLS, _MOST_CALLS = 20, 1_000
_TOLERANCE = 1e-5

Arrays = dict[str, Any]


class _Blocker:
    """Hides modules from `import`."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is not there where the model is served")


sys.meta_path.insert(0, _Blocker())  # type: ignore[arg-type]
# Most of what is imported stays: to look for garbage in it takes an eighth of the time.
gc.disable()

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.core.protobuf import config_pb2  # noqa: E402

gc.freeze()
gc.enable()


class Served:
    """A SavedModel in a session.

    Args:
        folder: the SavedModel's.
    """

    def __init__(self, folder: str) -> None:
        with tf.Graph().as_default():
            self._session = tf.compat.v1.Session()
            loaded = tf.compat.v1.saved_model.load(self._session, [tf.saved_model.SERVING], folder)
        self.signatures = dict(loaded.signature_def)
        # Each one is optimised on its own, which takes as long as many calls.
        self.caller = functools.cache(self._caller)

    def _caller(self, signature: str, *names: str) -> Callable[..., list[Any]]:
        """Returns a function of the inputs with these names, as they come."""
        definition = self.signatures[signature]
        options = config_pb2.CallableOptions()
        options.feed.extend(definition.inputs[name].name for name in names)
        outputs = definition.outputs
        options.fetch.extend(outputs[name].name for name in sorted(outputs))
        # The public ways convert the values first: a wrong type would never reach the model.
        with self._session.graph.as_default():
            function: Callable[..., list[Any]] = self._session._make_callable_from_options(options)
        return function

    def call(self, signature: str, inputs: Arrays) -> list[Any]:
        """Returns the outputs in the order of their names."""
        return self.caller(signature, *inputs)(*inputs.values())


def _end_with_parent() -> None:
    """Ends this process when the one that started it does, however that ended."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main(folder: str) -> None:
    """Asks everything, and prints what came of it."""
    own = _peak_mib()
    started = time.perf_counter()
    with _Doing("load the model with plain TensorFlow"):
        served = Served(folder)
    seconds = time.perf_counter() - started
    _say(loaded={"tensorflow": tf.__version__, "seconds": round(seconds, 3)})
    with _Doing("replay the warm-up requests"):
        count = _replay(served, folder)
    _say(replayed=count)
    row = json.loads(Path(folder, "assets.extra/request.json").read_text(encoding="utf-8"))
    inputs = columns_of(served, row["instances"])
    example = Path(folder, "assets.extra/example.pb").read_bytes()
    _ask(served, inputs, example)
    speeds = {_COLUMNS: inputs, _EXAMPLES: {"examples": np.array([example], object)}}
    for signature, one in speeds.items():
        with _Doing(f"measure {signature}"):
            _say(speed={"signature": signature, **_speed(served, signature, one)})
    _say(memory_mib=round(_peak_mib() - own))


def columns_of(served: Served, rows: Sequence[Mapping[str, Any]]) -> Arrays:
    """Returns rows as `serving_columns` takes them."""
    inputs = served.signatures[_COLUMNS].inputs
    return {
        name: np.array([row[name] for row in rows], tf.as_dtype(one.dtype).as_numpy_dtype)
        for name, one in sorted(inputs.items())
    }


def _replay(served: Served, folder: str) -> int:
    # Its protocol buffers are all that TensorFlow Serving's package is needed for.
    from tensorflow_serving.apis import prediction_log_pb2

    count = 0
    records = tf.data.TFRecordDataset(f"{folder}/assets.extra/tf_serving_warmup_requests")
    for record in records.as_numpy_iterator():
        request = prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        values = {name: tf.make_ndarray(one) for name, one in request.inputs.items()}
        served.call(request.model_spec.signature_name, values)
        count += 1
    if not count:
        raise ValueError("there is none")
    return count


def _ask(served: Served, inputs: Arrays, example: bytes) -> None:
    expected = served.call(_COLUMNS, inputs)
    for words, wrong in _bad_columns(inputs):
        _refused(words, served, _COLUMNS, wrong)
        _still_answers(words, served, inputs, expected)
    for words, broken in (("text", b"none"), ("half", example[: len(example) // 2])):
        words = f"{words} instead of a tf.Example"
        _refused(words, served, _EXAMPLES, {"examples": np.array([broken], object)})
        _still_answers(words, served, inputs, expected)
    for rows in (0, MANY_ROWS):
        with _Doing(f"ask {rows:,} rows at once"):
            many = {name: np.repeat(one, rows, axis=0) for name, one in inputs.items()}
            found = served.call(_COLUMNS, many)
            same = all(map(_equal, [np.repeat(one, rows, axis=0) for one in expected], found))
        _say(asked=f"{rows:,} rows at once", passed=same, answer="answered" if same else _OTHER)


_OTHER = "answered otherwise than one row alone"


def _bad_columns(inputs: Arrays) -> Iterator[tuple[str, Arrays]]:
    """Yields requests that a model must refuse, in words and as arrays."""
    numbers = [name for name, one in inputs.items() if one.dtype != object]
    texts = [name for name in inputs if name not in numbers]
    first = next(iter(inputs))
    for name in numbers[:1]:
        text = np.full(inputs[name].shape, b"text", object)
        yield f"text in {name!r}, which takes numbers", {**inputs, name: text}
    for name in texts[:1]:
        number = np.zeros(inputs[name].shape, np.float32)
        yield f"a number in {name!r}, which takes text", {**inputs, name: number}
    first_by_rank = {one.ndim: name for name, one in reversed(inputs.items())}
    for _, name in sorted(first_by_rank.items()):
        yield f"a value too deep in brackets in {name!r}", {**inputs, name: inputs[name][..., None]}
    if len(inputs) > 1:
        twice = np.repeat(inputs[first], 2, axis=0)
        yield f"two values of {first!r} and one of each other column", {**inputs, first: twice}
    others = {name: one for name, one in inputs.items() if name != first}
    yield f"no {first!r}", others


def _refused(words: str, served: Served, signature: str, inputs: Arrays) -> None:
    with _Doing(f"ask {words}"):
        try:
            served.call(signature, inputs)
        except tf.errors.InvalidArgumentError as error:
            passed, answer = True, f"refused: {_brief(error)}"
        except UnicodeDecodeError:
            # Its own message quotes the bytes, and Python wants them to be text.
            passed, answer = True, "refused: InvalidArgumentError"
        except Exception as error:
            passed, answer = False, f"failed, as if it were not the client: {_brief(error)}"
        else:
            passed, answer = False, "answered, as if it were right"
    _say(asked=words, passed=passed, answer=answer)


def _brief(error: Exception) -> str:
    """Returns what an error says, but for TensorFlow's names of nodes."""
    return " ".join(re.sub(r"\[*\{\{.*?\}\}\]*|\[\[.*?\]\]", "", str(error)).split())[:160]


def _still_answers(words: str, served: Served, inputs: Arrays, expected: Sequence[Any]) -> None:
    found = served.call(_COLUMNS, inputs)
    if not all(map(_equal, expected, found)):
        _say(asked=f"a right row after {words}", passed=False, answer="answered otherwise")


def _equal(expected: Any, found: Any) -> bool:
    if expected.shape != found.shape:
        return False
    if expected.dtype == object:
        return bool((expected == found).all())
    return bool(np.allclose(expected, found, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True))


def _speed(served: Served, signature: str, inputs: Arrays) -> dict[str, float]:
    call = served.caller(signature, *inputs)
    single = _times(call, inputs.values())
    many = [np.repeat(one, ROWS_AT_ONCE, axis=0) for one in inputs.values()]
    together = _times(call, many)
    return {
        "p50_ms": round(float(np.percentile(single, 50)) * 1e3, 3),
        "p99_ms": round(float(np.percentile(single, 99)) * 1e3, 3),
        "rows_per_second": round(ROWS_AT_ONCE / float(np.median(together))),
    }


def _times(call: Callable[..., Any], values: Any) -> list[float]:
    """Returns the seconds of each call, after the first ones, which prepare what is kept."""
    arguments = [*values]
    for _ in range(3):
        call(*arguments)
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < _LEAST_CALLS or (len(times) < _MOST_CALLS and time.perf_counter() < end):
        started = time.perf_counter()
        call(*arguments)
        times.append(time.perf_counter() - started)
    return times


def _peak_mib() -> float:
    # `getrusage` would count what the process that started this one had.
    (peak,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak) / 1024


def _say(**content: Any) -> None:
    print(json.dumps(content), flush=True)


class _Doing:
    """Says what begins; what ends is said by what it gave."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        _say(doing=self._what)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            _say(failed=self._what, error=f"{type(error).__name__}: {' '.join(str(error).split())}")


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    main(sys.argv[1])
