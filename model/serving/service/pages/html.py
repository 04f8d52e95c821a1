"""From what is known of a model to HTML: each page is one file that asks no other host."""

import base64
import functools
import hashlib
import importlib.resources
import json
import re
from typing import Any

import jinja2
from markupsafe import Markup, escape

_TEMPLATES = importlib.resources.files("model.serving.service.pages") / "templates"
_CODE = re.compile("`([^`]*)`")


def fragment(template: str, **values: Any) -> str:
    """Returns a part of a page, in which everything that is no markup of ours is escaped."""
    return _environment().get_template(template).render(values)


def page(source: str, content: str | None) -> str:
    """Returns a page.

    Args:
        source: where its content is, relative to the page.
        content: the content; None if the page is to ask for a token first, and for the content
            with it.
    """
    return fragment(
        "page.html",
        source=source,
        content=None if content is None else Markup(content),
        style=Markup(_read("page.css")),
        script=Markup(_read("page.js")),
    )


@functools.cache
def headers() -> tuple[tuple[bytes, bytes], ...]:
    """Returns what a browser is told of each page: to load nothing, and to ask only its server."""
    rules = {
        "default-src": "'none'",
        "style-src": _hash("page.css"),
        "script-src": _hash("page.js"),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    policy = "; ".join(f"{name} {value}" for name, value in rules.items())
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"marked": _marked, "written": _written}
    return environment


def _marked(text: str) -> Markup:
    """Returns a text of OpenAPI, in which code stands between backticks, as HTML."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def _written(value: Any, indent: int | None = 2) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _hash(name: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_read(name).encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
