"""The paths of what people see.

| path | what it is |
| --- | --- |
| `/` | a form with the raw columns, and what the model says of the row in it |
| `/docs` | the REST API of this model |
| `/openapi.json` | the same for programs |
| `/page/form`, `/page/docs` | what the pages show, for those who have sent a token |
| `POST /page/unseen/V` | which values of some rows the vocabularies of version V do not have |
"""

import asyncio
import functools
import re
from collections.abc import Callable
from weakref import WeakKeyDictionary

from model.serving.fingerprint import read_fingerprint
from model.serving.raw_columns import SIGNATURE
from model.serving.service.engine.loaded import Loaded
from model.serving.service.pages import html, openapi, schemas
from model.serving.service.pages.fields import fields_of
from model.serving.service.pages.openapi import Served
from model.serving.service.pages.unseen import write_unseen
from model.serving.service.refusals import Code, RefusedError
from model.serving.service.rest import json_text
from model.serving.service.rest.http import Request, Response, Router
from model.serving.service.service import Service

_HTML = b"text/html; charset=utf-8"
_UNSEEN = "/page/unseen/"
_NUMBER = re.compile("[0-9]{1,19}")

Fragment = Callable[[Served], str]


class Pages:
    """Answers the paths of the table above, for the newest version.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        # Weak, so that a version that is gone is not kept in memory.
        self._fingerprints: WeakKeyDictionary[Loaded, str] = WeakKeyDictionary()

    def add_to(self, router: Router) -> None:
        """Adds the paths; a page with a token is open, but shows nothing until it is sent."""
        for path, source, fragment in (("/", "form", _form), ("/docs", "docs", _docs)):
            router.add(path, functools.partial(self._page, source, fragment), is_open=True)
            router.add(f"/page/{source}", functools.partial(self._fragment, fragment))
        router.add("/openapi.json", self._openapi)
        router.add_below(_UNSEEN, self._unseen)

    async def _page(self, source: str, fragment: Fragment, request: Request) -> Response:
        del request
        content = None if self._asks_token else fragment(await self._newest())
        return _html(html.page(f"page/{source}", content))

    async def _fragment(self, fragment: Fragment, request: Request) -> Response:
        del request
        return _html(fragment(await self._newest()))

    async def _openapi(self, request: Request) -> Response:
        del request
        body = json_text.write(openapi.document(await self._newest()))
        return Response(body, method="openapi")

    async def _unseen(self, request: Request) -> Response:
        number = request.path[len(_UNSEEN) :]
        if request.method != "POST" or not _NUMBER.fullmatch(number):
            raise RefusedError(Code.NOT_FOUND, f"there is nothing at {request.path}")
        versions = self._service.versions
        version = versions.take(versions.name, int(number))
        try:
            assert version.loaded is not None
            body = write_unseen(request.body, version.loaded, self._service.settings)
        finally:
            versions.give_back(version)
        return Response(body, method="page")

    @property
    def _asks_token(self) -> bool:
        return self._service.token is not None

    async def _newest(self) -> Served:
        """Returns the newest version that answers.

        Raises:
            RefusedError: there is none.
        """
        versions = self._service.versions
        version = next(iter(versions.available.values()), None)
        if version is None or version.loaded is None:
            raise RefusedError(Code.UNAVAILABLE, "no version is served yet")
        loaded = version.loaded
        if loaded not in self._fingerprints:
            # In a thread, since it parses the whole graph.
            fingerprint = await asyncio.to_thread(read_fingerprint, loaded.folder)
            self._fingerprints[loaded] = fingerprint
        return Served(
            versions.name,
            version.number,
            self._fingerprints[loaded],
            loaded,
            self._service.settings,
            self._asks_token,
            version.index,
        )


def _form(served: Served) -> str:
    takes_rows = SIGNATURE in served.loaded.definitions
    fields = []
    if takes_rows:
        signature = served.loaded.signature(SIGNATURE)
        cells = schemas.cell_schemas(served.loaded, signature)
        fields = fields_of(cells, served.loaded.example or {})
    return html.fragment(
        "form.html", served=served, fields=fields, takes_rows=takes_rows, signature=SIGNATURE
    )


def _docs(served: Served) -> str:
    return html.fragment("docs.html", served=served, document=openapi.document(served))


def _html(text: str) -> Response:
    return Response(text.encode(), content_type=_HTML, headers=html.headers(), method="page")
