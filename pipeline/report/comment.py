"""A run as a comment of a pull request: Markdown, with another run beside it."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.report.comparison import ComparedMetric, Comparison, Row, compare_runs
from pipeline.report.runs import Run, read_last
from pipeline.report.sections.verdict import Verdict, verdict
from pipeline.report.text import count, number, plain
from zeroskew.errors import WorkspaceError
from zeroskew.markdown import code, code_block, inert, table_line

_LONGEST = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_LONGEST_ERROR = 6_000
_LONGEST_CELL = 200
_MOST_ROWS = 50
_FOLDED = ("Versions", "Steps")


def to_markdown(folder: Path, other: Path | None = None) -> str:
    """Returns the last run of an output folder as Markdown.

    Args:
        folder: of the run.
        other: another one, to compare with; where no run has ended in it, the comment says so.

    Raises:
        WorkspaceError: no run has started in the folder.
    """
    run = read_last(folder)
    base = _ended(other) if other else None
    lines = [*_verdict(verdict(run), "###"), *_against(run, folder, base, other)]
    text = "\n".join(lines).rstrip()
    if len(text) <= _LONGEST:
        return text
    return text[: text.rindex("\n", 0, _LONGEST)] + "\n\nThe rest is left out: it is too long."


def _ended(folder: Path) -> Run | None:
    try:
        run = read_last(folder)
    except WorkspaceError:
        return None
    return run if run.record else None


def _verdict(found: Verdict, level: str) -> Iterator[str]:
    yield from (f"{level} {inert(found.headline)}", "", inert(plain(found.summary, 600)), "")
    if found.error:
        cut = "\n... the rest is left out" if len(found.error) > _LONGEST_ERROR else ""
        yield from (code_block(found.error[:_LONGEST_ERROR] + cut), "")
    failed, passed = (
        [one.text for one in found.reasons if one.passed is outcome] for outcome in (False, True)
    )
    if failed:
        yield from (*_list(failed, "✗"), "")
    if passed:
        yield from _folded(f"{count(len(passed), 'check')} passed", list(_list(passed, "✓")))
    if found.alarms:
        yield from ("What speaks against the features:", "", *_list(found.alarms, "!"), "")


def _list(texts: Sequence[str], mark: str) -> Iterator[str]:
    yield from (f"- {mark} {inert(plain(one, 400))}" for one in texts[:_MOST_ROWS])
    yield from _more(texts)


def _against(run: Run, folder: Path, base: Run | None, other: Path | None) -> Iterator[str]:
    if other is None:
        return
    if base is None:
        yield f"No run has ended in {code(str(other))}, so there is nothing to compare with."
        return
    before = verdict(base)
    yield from (f"#### Against {code(str(other))}", "")
    yield from _folded(inert(before.headline), list(_verdict(before, "#####")))
    if run.record is None:
        return
    compared = compare_runs(base, run)
    names = (code(str(other)), code(str(folder)))
    if compared.metrics:
        yield from (compared.rows, "", *_metrics(compared.metrics, names), "")
    yield from _tables(compared, names)


def _metrics(metrics: Sequence[ComparedMetric], names: tuple[str, str]) -> Iterator[str]:
    yield table_line(["metric", *names, "change", "95 % interval", "in words"])
    yield table_line(["---", "---:", "---:", "---:", "---", "---"])
    for one in metrics:
        values = [number(one.first), number(one.second)]
        yield table_line([one.title, *values, one.change, one.between or "-", one.words])


def _tables(compared: Comparison, names: tuple[str, str]) -> Iterator[str]:
    for name, caption, rows in compared.tables:
        text = list(_table(rows, names))
        if name in _FOLDED and rows:
            yield from _folded(f"{name}: {caption.lower()}", text)
        elif rows:
            yield from (f"**{name}**: {caption.lower()}", "", *text, "")
        elif name not in _FOLDED:
            yield from (f"**{name}**: no difference", "")


def _table(rows: Sequence[Row], names: tuple[str, str]) -> Iterator[str]:
    yield table_line(["what", *names])
    yield table_line(["---"] * 3)
    for row in rows[:_MOST_ROWS]:
        cells = (plain(row.name, 200), *_from_difference(row.first, row.second))
        yield table_line([code(one or "-") for one in cells])
    yield from _more(rows)


def _from_difference(first: str, second: str) -> tuple[str, str]:
    """Returns two texts as short as a table wants them, from where they begin to differ if long."""
    if max(len(first), len(second)) <= _LONGEST_CELL:
        return plain(first, _LONGEST_CELL), plain(second, _LONGEST_CELL)
    pairs = zip(first, second, strict=False)
    alike = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, alike - _LONGEST_CELL // 4)
    begin = "…" if start else ""
    return (
        plain(begin + first[start:], _LONGEST_CELL),
        plain(begin + second[start:], _LONGEST_CELL),
    )


def _more(things: Sequence[object]) -> Iterable[str]:
    left = len(things) - _MOST_ROWS
    return ["", f"{left:,} more are not shown."] if left > 0 else []


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]
