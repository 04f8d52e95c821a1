"""What is asked of a service about vectors, and what it should answer."""

import json

import numpy as np
import pytest
from indexed import KEY, entities

ROWS = entities()
LIST = ROWS.to_pylist()
QUERY = {"company": "Red", "fare": 9.0}


def post(client, method, place="", **body):
    """Asks the model; returns status code and answer."""
    answer = client.post(f"/v1/models/small{place}:{method}", content=json.dumps(body))
    return answer.status_code, answer.json()


def found(client, **body):
    """Returns the neighbours of each query."""
    code, answer = post(client, "neighbours", **body)
    assert code == 200, answer
    return answer["neighbours"]


def refused(client, method="neighbours", **body):
    """Returns status code and message of an answer that is an error."""
    code, answer = post(client, method, **body)
    return code, answer["error"]


def assert_nearest(neighbours, vectors, query, chosen=None):
    """Compares with the cosines of all rows, or of the places that are chosen."""
    cosines = vectors @ (query / np.linalg.norm(query))
    best = np.sort(cosines if chosen is None else cosines[chosen])[::-1]
    assert [one["score"] for one in neighbours] == pytest.approx(best[: len(neighbours)], abs=1e-6)
    # Rows of one cosine may come in any order.
    own = {row[KEY]: cosine for row, cosine in zip(LIST, cosines, strict=True)}
    for one in neighbours:
        assert one["score"] == pytest.approx(own[one["key"]], abs=1e-6)
    assert len({one["key"] for one in neighbours}) == len(neighbours)
