"""Pictures as inline SVG: no script, no style of their own, and each number in a title.

Colours and line styles are classes of the page's style sheet, so that a picture follows the page
from light to dark and onto paper.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from model.feature_engineering.labels.pictures import Picture

_WIDTH, _HEIGHT = 440, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 10, 42
_SMALL_WIDTH, _SMALL_HEIGHT = 216, 56


@dataclasses.dataclass(frozen=True)
class Bar:
    """One group of bars.

    Attributes:
        label: the value or the range.
        shares: the height of each bar, one for each series, from 0 to 1.
    """

    label: str
    shares: Sequence[float]


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """Returns an element; whatever is no markup is escaped. `class_` is the attribute `class`."""
    written = [
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _short(value))
        for key, value in attributes.items()
    ]
    inside = Markup("").join(children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), Markup("").join(written), inside)


def svg(width: int, height: int, alternative: str, drawn: Sequence[Markup], kind: str) -> Markup:
    """Returns a picture of this size, with what is seen in words."""
    label = tag("title", alternative)
    size = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    return tag("svg", label, *drawn, role="img", class_=kind, **size)


def bars(groups: Sequence[Bar], names: Sequence[str], alternative: str) -> Markup:
    """Draws a small picture of groups of bars.

    Args:
        groups: from left to right.
        names: of the series.
        alternative: what is seen, for those who do not see it.
    """
    highest = max((share for group in groups for share in group.shares), default=0.0) or 1.0
    step = _SMALL_WIDTH / max(1, len(groups))
    width = step * 0.84 / max(1, len(names))
    drawn = []
    for place, group in enumerate(groups):
        said = ", ".join(
            f"{name} {share:.1%}" for name, share in zip(names, group.shares, strict=True)
        )
        inside = [
            _bar(place * step + number * width, share / highest, width, number)
            for number, share in enumerate(group.shares)
        ]
        drawn.append(tag("g", tag("title", f"{group.label}: {said}"), *inside))
    return svg(_SMALL_WIDTH, _SMALL_HEIGHT, alternative, drawn, "small")


def chart(picture: Picture) -> Markup:
    """Draws a picture of numbers with its axes."""
    xs = [x for series in picture.series for x in series.x]
    ys = [y for series in picture.series for y in series.y]
    ends = picture.guide
    across = _Axis.over([*xs, *(x for x, _ in ends)], is_share=picture.square)
    base = [0.0] if picture.form == "bars" else []
    up = _Axis.over([*ys, *(y for _, y in ends), *base], is_share=picture.square)
    frame = _Frame(across, up)
    drawn = [*frame.grid(picture.across, picture.up)]
    if ends:
        drawn.append(tag("g", tag("title", picture.guide_name), frame.path(ends, "guide")))
    for number, series in enumerate(picture.series):
        points = list(zip(series.x, series.y, strict=True))
        drawn.append(tag("g", *_series(frame, points, picture.form, number, len(picture.series))))
    names = " and ".join(series.name for series in picture.series)
    alternative = f"{picture.title} of {names}. {picture.meaning}"
    return svg(_WIDTH, _HEIGHT, alternative, drawn, "chart")


def _series(
    frame: "_Frame", points: Sequence[tuple[float, float]], form: str, number: int, count: int
) -> Iterator[Markup]:
    if form == "bars":
        distance = points[1][0] - points[0][0] if len(points) > 1 else 1.0
        yield from frame.bars(points, distance, number, count)
        return
    if form == "line":
        yield frame.path(points, f"line s{number}")
    if form == "points" or len(points) <= 40:
        for x, y in points:
            title = tag("title", f"{_say(x)}: {_say(y)}")
            place = {"cx": frame.x(x), "cy": frame.y(y), "r": 2.6}
            yield tag("circle", title, class_=f"dot s{number}", **place)


@dataclasses.dataclass(frozen=True)
class _Axis:
    """What an axis reaches, and where its ticks are."""

    low: float
    high: float
    ticks: Sequence[float]

    @classmethod
    def over(cls, values: Sequence[float], *, is_share: bool) -> "_Axis":
        if is_share:
            return cls(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        if low == high:
            low, high = low - 0.5, high + 0.5
        step = _step((high - low) / 4)
        first, last = math.floor(low / step), math.ceil(high / step)
        ticks = [number * step for number in range(first, last + 1)]
        return cls(ticks[0], ticks[-1], ticks)


@dataclasses.dataclass(frozen=True)
class _Frame:
    """Where numbers lie in a picture."""

    across: _Axis
    up: _Axis

    def x(self, value: float) -> float:
        share = (value - self.across.low) / (self.across.high - self.across.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.up.low) / (self.up.high - self.up.low)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def grid(self, across: str, up: str) -> Iterator[Markup]:
        left, right = _LEFT, _WIDTH - _RIGHT
        for tick in self.up.ticks:
            y = self.y(tick)
            yield tag("line", x1=left, x2=right, y1=y, y2=y, class_="grid")
            yield tag("text", _say(tick), x=left - 6, y=y + 4, text_anchor="end")
        for tick in self.across.ticks:
            y = _HEIGHT - _BOTTOM + 15
            yield tag("text", _say(tick), x=self.x(tick), y=y, text_anchor="middle")
        middle = (left + right) / 2
        yield tag("text", across, x=middle, y=_HEIGHT - 8, text_anchor="middle", class_="axis")
        turned = f"translate(12 {(_HEIGHT - _BOTTOM + _TOP) / 2}) rotate(-90)"
        yield tag("text", up, transform=turned, text_anchor="middle", class_="axis")

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> Markup:
        places = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        return tag("polyline", points=places, class_=kind)

    def bars(
        self, points: Sequence[tuple[float, float]], distance: float, number: int, count: int
    ) -> Iterator[Markup]:
        room = abs(self.x(distance) - self.x(0.0)) * 0.86
        for x, y in points:
            left = self.x(x) - room / 2 + number * room / count
            size = {"width": room / count, "height": max(0.0, self.y(0.0) - self.y(y))}
            title = tag("title", f"{_say(x)}: {y:.2%}")
            yield tag("rect", title, x=left, y=self.y(y), class_=f"bar s{number}", **size)


def _bar(left: float, share: float, width: float, number: int) -> Markup:
    # What is there at all is seen.
    height = max(share * (_SMALL_HEIGHT - 2), 1.0 if share else 0.0)
    top = _SMALL_HEIGHT - height
    return tag("rect", x=left, y=top, width=width, height=height, class_=f"bar s{number}")


def _step(wanted: float) -> float:
    """Returns the round number that is nearest above."""
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(power * one for one in (1, 2, 2.5, 5, 10) if power * one >= wanted * 0.999)


def _short(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value


def _say(value: float) -> str:
    """Returns a number as an axis shows it; 0 has no sign."""
    return f"{value + 0.0:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
