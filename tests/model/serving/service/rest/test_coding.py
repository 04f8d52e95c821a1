"""gzip of requests and answers, over real sockets."""

import asyncio
import gzip
import json

import httpx
import pytest
from in_process import listening
from served import ROW, ask, metrics_of

from model.serving.service.rest.coding import Unpacker
from model.serving.service.settings import ServeSettings

MIB = 1 << 20
GZIP = {"content_encoding": "gzip"}


@pytest.fixture(scope="module")
def address(place):
    with listening(place / "3", ServeSettings(body_mib=1)) as found:
        yield found


def body_of(rows):
    return json.dumps({"signature_name": "serving_columns", "instances": rows}).encode()


def predict(address, content, **headers):
    return httpx.post(
        f"{address}/v1/models/small:predict",
        content=content,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_a_request_may_be_compressed(address, coding):
    plain = body_of([ROW, {"fare": 2.0}])
    answer = predict(address, gzip.compress(plain), content_encoding=coding)
    assert [one["double"] for one in answer.json()["predictions"]] == [3.0, 4.0]
    halves = gzip.compress(plain[:20]) + gzip.compress(plain[20:])
    assert predict(address, halves, content_encoding=coding).json() == answer.json()
    assert predict(address, plain, content_encoding="identity").json() == answer.json()


def test_the_limit_is_that_of_the_unpacked_bytes(address):
    plain = body_of([ROW])
    fits = gzip.compress(plain + b" " * (MIB - len(plain)))
    assert predict(address, fits, **GZIP).status_code == 200
    bomb = gzip.compress(b" " * (40 * MIB))
    assert len(bomb) < MIB
    for one in (gzip.compress(plain + b" " * (MIB - len(plain) + 1)), bomb, fits + fits):
        answer = predict(address, one, **GZIP)
        assert answer.status_code == 413
        assert answer.json()["error"] == "a body may have 1 MiB (setting serve.body_mib)"


def test_a_body_of_many_files_of_gzip_is_refused(address):
    answer = predict(address, gzip.compress(body_of([ROW])) + gzip.compress(b"") * 16, **GZIP)
    assert answer.status_code == 400
    assert answer.json()["error"] == "a body of gzip may be 16 files of it, end to end"


@pytest.mark.parametrize("content", [body_of([ROW]), gzip.compress(body_of([ROW]))[:-9]])
def test_what_is_no_gzip_or_half_of_one_is_refused(address, content):
    answer = predict(address, content, **GZIP)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the body must be what Content-Encoding says: gzip")


def test_another_coding_is_refused_by_name(address):
    answer = predict(address, b"", content_encoding="br")
    assert answer.status_code == 415
    assert answer.json()["error"] == "a body may be compressed with gzip, not with br"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("br, GZIP;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, br", None),
        ("br", None),
        ("", None),
    ],
)
def test_a_long_answer_is_compressed_for_those_who_take_it(address, accepted, coding):
    answer = predict(address, body_of([ROW] * 100), accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert [one["double"] for one in answer.json()["predictions"]] == [3.0] * 100
    assert (int(answer.headers["content-length"]) < 1000) is (coding == "gzip")


def test_a_short_answer_is_not(address):
    answer = predict(address, body_of([ROW]), accept_encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers


def test_thousands_of_rows_and_the_metrics_are_as_they_were(address):
    rows = [{"fare": float(one)} for one in range(4000)]
    with httpx.Client() as client:
        answers = ask(f"{address}/v1/models/small", rows, client)
        counted = client.get(f"{address}/metrics")
    assert [one["double"] for one in answers] == [2.0 * one for one in range(4000)]
    assert counted.headers["content-encoding"] == "gzip"
    assert metrics_of(counted.text)['zeroskew_serving_rows_total{model="small"}'] >= 4000


def test_only_so_many_unpacked_bytes_are_held_at_a_time():
    packed = gzip.compress(b" " * MIB)
    held = []

    async def hold(unpacker, now):
        async with unpacker.unpacked(packed, [(b"content-encoding", b"gzip")]) as body:
            now.append(len(body))
            held.append(sum(now))
            await asyncio.sleep(0.01)
            now.pop()

    async def many():
        now, unpacker = [], Unpacker(MIB)
        await asyncio.gather(*(hold(unpacker, now) for _ in range(20)))

    asyncio.run(many())
    assert len(held) == 20
    assert max(held) == 4 * MIB
