"""The picture of a model's lineage: of what it was made, who judged it, where it is served."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup

from pipeline.report.pictures import svg, tag

if TYPE_CHECKING:
    from model.serving.lineage import Lineage

_WIDTH, _HEIGHT, _ACROSS, _DOWN, _GAP = 196, 44, 236, 56, 5


def draw(found: "Lineage", version: str) -> Markup:
    """Draws boxes and the lines between them.

    Args:
        found: the record of the model.
        version: under which it is served; empty if it is not.
    """
    features = len(found.features["features"])
    failed = "blessed" if found.blessed else "not blessed"
    sources = [
        ("data" + (f", span {found.span}" if found.span else ""), found.rows_in_words),
        (f"{features} features", f"code {found.code}"),
        ("schema", found.schema),
    ]
    chain = [
        ("model", found.fingerprint),
        ("ModelGate", f"{failed}, {len(found.reasons)} checks"),
        *([("served", f"version {version}")] if version else []),
    ]
    drawn = [
        *(_box(0, row, *texts) for row, texts in enumerate(sources)),
        *(_box(column, 1, *texts) for column, texts in enumerate(chain, start=1)),
        *_lines(len(sources), len(chain)),
    ]
    said = " → ".join([" and ".join(first for first, _ in sources), *(one for one, _ in chain)])
    width = len(chain) * _ACROSS + _WIDTH + 2
    return svg(width, (len(sources) - 1) * _DOWN + _HEIGHT + 2, said, drawn, "family")


def _box(column: int, row: int, title: str, detail: str) -> Markup:
    x, y = 1 + column * _ACROSS, 1 + row * _DOWN
    middle = x + _WIDTH / 2
    return tag(
        "g",
        tag("rect", x=x, y=y, width=_WIDTH, height=_HEIGHT, rx=5, class_="box"),
        tag("text", title, x=middle, y=y + 18, text_anchor="middle", class_="axis"),
        tag("text", detail, x=middle, y=y + 34, text_anchor="middle"),
    )


def _lines(sources: int, chain: int) -> Iterator[Markup]:
    middle = 1 + _DOWN + _HEIGHT / 2
    for row in range(sources):
        yield _line(0, 1 + row * _DOWN + _HEIGHT / 2, middle)
    for column in range(1, chain):
        yield _line(column, middle, middle)


def _line(column: int, start: float, end: float) -> Markup:
    left, right = 1 + column * _ACROSS + _WIDTH, 1 + (column + 1) * _ACROSS
    head = f"{right - _GAP},{end - _GAP} {right},{end} {right - _GAP},{end + _GAP}"
    points = f"{left},{start} {right},{end} {head} {right},{end}"
    return tag("polyline", points=points, class_="guide")
