import asyncio
import json

import numpy as np
from served import ROW, fare_example

from model.serving.predict import predict_rows
from model.serving.service.engine.batching import Batcher
from model.serving.service.refusals import Code, RefusedError


def request_of(signature, rows):
    return signature.rows([tuple(row.get(name) for name in signature.columns) for row in rows])


def run(questions, rows=1024, queued=8192):
    """Asks all at once; returns the answers, and the rows of each batch."""
    batches = []
    batcher = Batcher(rows, queued, lambda count, counts: batches.append((count, counts)))

    async def ask():
        return await asyncio.gather(
            *(batcher.answer(*one) for one in questions), return_exceptions=True
        )

    try:
        return asyncio.run(ask()), batches
    finally:
        batcher.close()


def test_each_request_gets_its_own_rows_whatever_it_is_asked_with(loaded, place):
    signature = loaded.signature("serving_columns")
    rows = [
        {"fare": float(one), "tags": ["x"] * (one % 4), "company": f"c{one}", "month": one}
        for one in range(40)
    ]
    parts = [rows[:1], rows[1:4], rows[4:5], rows[5:30], rows[30:]]
    answers, batches = run([(signature, request_of(signature, part)) for part in parts])
    assert [count for count, _ in batches] == [40]
    for part, answer in zip(parts, answers, strict=True):
        alone = predict_rows(place / "3", part)
        for name, array in answer.arrays.items():
            expected = [one[name] for one in alone]
            found = [one.decode() for one in array] if array.dtype == object else array.tolist()
            np.testing.assert_array_equal(found, expected)


def test_a_batch_has_no_more_rows_than_allowed_unless_one_request_has(loaded):
    signature = loaded.signature("serving_columns")
    sizes = [1, 3, 2, 9, 1, 3]
    questions = [(signature, request_of(signature, [ROW] * size)) for size in sizes]
    answers, batches = run(questions, rows=5)
    assert [count for count, _ in batches] == [5, 5, 9]
    assert [len(answer.arrays["double"]) for answer in answers] == sizes


def test_different_signatures_are_asked_apart(loaded):
    columns, examples = loaded.signature("serving_columns"), loaded.signature("")
    questions = [(columns, request_of(columns, [ROW])), (examples, examples.rows([(b"",)]))] * 3
    answers, batches = run(questions)
    assert [count for count, _ in batches] == [3, 3]
    assert [answer.arrays["double"].tolist() for answer in answers] == [[3.0], [0.0]] * 3


def test_an_error_of_one_request_hurts_no_other(loaded):
    signature = loaded.signature("serving_default")
    cells = [fare_example(1.0), fare_example(2.0), b"no example \xff", fare_example(3.0)]
    answers, batches = run([(signature, signature.rows([(cell,)])) for cell in cells])
    assert isinstance(answers[2], RefusedError)
    assert answers[2].code is Code.INVALID_ARGUMENT
    assert "Could not parse example" in answers[2].message
    sound = [answer.arrays["double"].tolist() for answer in answers if answer is not answers[2]]
    assert sound == [[2.0], [4.0], [6.0]]
    assert [count for count, _ in batches] == [1, 1, 1]


def test_arrays_are_joined_too_and_lists_of_them_filled_up(loaded):
    signature = loaded.signature("serving_columns")
    questions = [
        (signature, signature.tensors({"tags": np.array([["a", "b"]] * size, object)}))
        for size in (1, 2)
    ]
    wide = signature.tensors({"tags": np.array([["a", "b", "c", ""]], object)})
    answers, batches = run([*questions, (signature, wide)])
    assert [answer.arrays["tags"].tolist() for answer in answers] == [[2], [2, 2], [3]]
    assert [count for count, _ in batches] == [4]


def test_what_has_no_rows_is_asked_alone(loaded):
    signature = loaded.signature("tensors")
    image, times = np.ones((3, 2, 2), np.float32), np.array(2.0, np.float32)
    request = signature.tensors({"image": image, "times": times})
    answers, batches = run([(signature, request)] * 3)
    assert [answer.arrays["sum_bytes"].tolist() for answer in answers] == [[b"8.000000"] * 3] * 3
    assert len(batches) == 3


def test_missing_values_are_counted_by_column(loaded):
    signature = loaded.signature("serving_columns")
    rows = [ROW, {"fare": 1.0}, {"company": "", "tags": [], "month": 1}]
    _, ((count, counts),) = run([(signature, request_of(signature, rows))])
    expected = {"fare": 1, "month": 1, "company": 2, "tags": 2, "vector": 2}
    assert (count, counts.missing) == (3, expected)
    arrays = {"fare": np.array([np.nan, 1.0], np.float32), "month": np.array([-(2**63), 1])}
    _, ((count, counts),) = run([(signature, signature.tensors(arrays))])
    expected = {"fare": 1, "month": 1, "company": 2, "tags": 2, "vector": 2}
    assert (count, counts.missing) == (2, expected)


def test_rows_with_unseen_values_are_counted_by_feature_whatever_they_come_as(loaded):
    signature = loaded.signature("serving_columns")
    rows = [
        ROW,
        {},
        {"month": 2, "company": "Green", "tags": ["a", "c", "d"]},
        {"month": 6, "company": {"b64": "UmVk"}, "tags": ["b"]},
    ]
    _, ((_, counts),) = run([(signature, request_of(signature, rows))])
    expected = {("spring", "month"): 2, ("company", "company"): 1, ("tags", "tags"): 1}
    assert counts.unseen == expected
    arrays = {
        "month": np.array([3, -(2**63), 2, 6]),
        "company": np.array([b"Blue", b"", b"Green", b"Red"], object),
        "tags": np.array([[b"a", b""], [b"", b""], [b"c", b"d"], [b"b", b""]], object),
    }
    _, ((_, counts),) = run([(signature, signature.tensors(arrays))])
    assert counts.unseen == expected


def test_a_full_queue_refuses_what_comes_and_answers_what_waits(loaded):
    signature = loaded.signature("serving_columns")
    questions = [(signature, request_of(signature, [ROW] * 4))] * 5
    answers, _ = run(questions, queued=8)
    refused = [one for one in answers if isinstance(one, RefusedError)]
    # All come before the first is taken from the queue.
    assert len(refused) == 3
    assert {(one.code, one.http, one.retry_after) for one in refused} == {
        (Code.UNAVAILABLE, 503, 1)
    }
    assert "no more than 8 rows may wait" in refused[0].message


def test_who_no_longer_waits_is_not_asked_for(loaded):
    signature = loaded.signature("serving_columns")
    batches = []
    batcher = Batcher(64, 64, lambda count, counts: batches.append(count))

    async def ask():
        tasks = [
            asyncio.create_task(batcher.answer(signature, request_of(signature, [ROW] * size)))
            for size in (1, 2, 4)
        ]
        await asyncio.sleep(0)
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(ask())
    batcher.close()
    assert isinstance(answers[1], asyncio.CancelledError)
    assert len(answers[2].arrays["double"]) == 4
    assert sum(batches) == 5


def test_the_example_beside_the_model_is_known(loaded, place):
    request = json.loads((place / "3" / "assets.extra" / "request.json").read_text())
    assert loaded.example == request["instances"][0] == ROW
