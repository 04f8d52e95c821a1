"""From what the sections show to HTML: one file that asks for no other."""

import base64
import hashlib
import importlib.resources
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

from pipeline.report import text
from zeroskew import __version__
from zeroskew.files import write_atomically

REPORT_FILE = "report.html"

_TEMPLATES = importlib.resources.files("pipeline.report") / "templates"


def render(sections: Mapping[str, object], template: str = "page.html") -> str:
    """Returns the page, in which everything that is no markup of ours is escaped.

    Args:
        sections: what the template shows, with `headline` and `title`.
        template: which of the pages it is.
    """
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {
        "number": text.number,
        "percent": text.percent,
        "plain": text.plain,
    }
    script = _read("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        sections,
        style=Markup(_read("page.css")),
        script=Markup(script),
        script_hash=f"sha256-{digest}",
        version=__version__,
    )


def write(folder: Path, page: str) -> Path:
    """Writes the page of a run into a folder, and returns the file."""
    file = folder / REPORT_FILE
    write_atomically(file, page)
    return file


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
