"""Which values of a row a model does not know, for those who typed them in."""

from typing import Any

from model.serving.service.engine.loaded import Loaded
from model.serving.service.engine.signature import Rows
from model.serving.service.refusals import invalid
from model.serving.service.rest import json_text
from model.serving.service.rest.predict import read_predict
from model.serving.service.settings import ServeSettings


def write_unseen(body: bytes, loaded: Loaded, settings: ServeSettings) -> bytes:
    """Writes, by feature, the values in a predict request that its vocabulary does not have.

    Raises:
        RefusedError: the body is none that the model takes.
    """
    asked = read_predict(body, loaded, settings, lambda rows: None)
    if not isinstance(asked.request, Rows):
        raise invalid("what is looked at are rows")
    found = asked.signature.unseen(asked.request)
    return json_text.write({name: [*map(_text, values)] for name, values in found.items()})


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
