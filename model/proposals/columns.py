"""Which features an engineer would make of a column, by what it holds.

The recognisers are asked in order; the first that knows the column decides.
"""

from collections.abc import Callable, Sequence

from model.feature_engineering.kinds import Boolean
from model.proposals import names, numbers, texts
from model.proposals.dates import Dates, find_dates, first_and_last
from model.proposals.proposal import Answers, Proposal, Question, call
from model.proposals.words import missing, shorten
from zeroskew.column_facts import ColumnFacts

Recogniser = Callable[[ColumnFacts, Answers], Proposal | None]

FEW_ROWS = 50
"""With fewer rows, values may all be different by chance."""
_UNIQUE = 0.98
_MOST_EVENTS = 30
"""Of a list of numbers; what is older seldom says more than it costs."""
TRUE = {"true", "yes", "t", "y", "1", "ja", "j", "oui", "si", "sí", "on", "wahr", "x"}
FALSE = {"false", "no", "f", "n", "0", "nein", "non", "off", "falsch"}


def propose(facts: ColumnFacts, answers: Answers | None = None) -> Proposal:
    """Proposes what becomes of a column.

    Args:
        facts: what the rows hold of it.
        answers: to questions of an earlier proposal.
    """
    for recognise in _RECOGNISERS:
        found = recognise(facts, answers or {})
        if found is not None:
            return found
    return texts.category(facts)


def _empty(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    if facts.distinct:
        return None
    return Proposal(facts.name, (), "no row has a value")


def _constant(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    if facts.is_list or facts.distinct > 1 or facts.missing:
        return None
    return Proposal(facts.name, (), f"always {shorten(facts.texts[0])}")


def _sequence(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    if facts.type != "INT" or facts.is_list or facts.missing or facts.rows < 3:
        return None
    values = facts.numbers
    step = values[1] - values[0]
    if step == 0 or (values[1:] - values[:-1] != step).any():
        return None
    if not (names.sounds_like_index(facts.name) or facts.rows >= FEW_ROWS):
        return None
    return Proposal(facts.name, (), "numbers the rows, as an index does")


def _identifier(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    if facts.is_list or facts.type == "FLOAT" or len(facts.values) < FEW_ROWS:
        return None
    seen = f"{facts.distinct:,} different values in {len(facts.values):,} rows"
    is_id = names.sounds_like_id(facts.name)
    if facts.distinct >= _UNIQUE * len(facts.values):
        if is_id if facts.type == "INT" else not texts.are_texts(facts):
            unique = facts.distinct == len(facts.values)
            return Proposal(facts.name, (), f"{seen}: tells the rows apart", unique=unique)
    elif is_id and facts.distinct > max(FEW_ROWS, 0.05 * len(facts.values)):
        return _entity(facts, answers, seen)
    return None


def _entity(facts: ColumnFacts, answers: Answers, seen: str) -> Proposal:
    question = Question(
        f"what {facts.name!r} is",
        f"{facts.name!r} has {seen}. What is it?",
        {
            "entity": "who or what a row is about: its rows stay in one split, no feature",
            "category": "a property that other rows share: a feature",
        },
        "entity",
    )
    if question.answer(answers) == "entity":
        return Proposal(facts.name, (), f"{seen}: an entity", entity=True, question=question)
    return Proposal(
        facts.name, texts.category(facts).features, f"{seen}: a category", question=question
    )


def _date(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    dates = find_dates(facts)
    if dates is None:
        return None
    if dates.format is None or dates.other is None:
        line = _date_line(facts, dates, dates.format)
        return Proposal(facts.name, (line,), _say(dates), moment=dates.format is None)
    first, second = sorted((dates.format, dates.other))
    meant = {"day": first, "month": second}
    default = "day" if "." in first else "month"
    question = Question(
        f"date order of {facts.name!r}",
        f"In {facts.name!r}, such as {shorten(facts.texts[0])}: what comes first?",
        {"day": f"the day ({first})", "month": f"the month ({second})"},
        default,
    )
    chosen = meant[question.answer(answers)]
    line = _date_line(facts, dates, chosen)
    return Proposal(
        facts.name,
        (line,),
        f"dates, as {chosen}, or the other way round",
        question=question,
    )


def _date_line(facts: ColumnFacts, dates: Dates, format: str | None) -> str:
    first, last = first_and_last(facts, dates.unit, format)
    return call(
        "DateTime",
        facts.name,
        format=format,
        unit=dates.unit if dates.unit not in ("", "s") else None,
        parts=None if dates.has_time else ("month", "day_of_week"),
        days_since=first.isoformat(),
        scale=float(max(1, (last - first).days)),
    )


def _say(dates: Dates) -> str:
    if dates.unit:
        return f"moments, counted in {dates.unit} since 1970"
    written = f"as {dates.format}" if dates.format else "as ISO 8601 has them"
    return f"{'moments' if dates.has_time else 'dates'}, {written}"


def _boolean(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    if facts.is_list or not 1 <= facts.distinct <= 2:
        return None
    words = {_plain(word) for word in facts.texts}
    yes, no = words & TRUE, words & FALSE
    if len(yes) > 1 or len(no) > 1 or words != yes | no:
        return None
    given = not words <= {*Boolean.true, *Boolean.false}
    line = call(
        "Boolean",
        facts.name,
        true=(*yes,) if given and yes else None,
        false=(*no,) if given and no else None,
    )
    return Proposal(
        facts.name, (line,), f"{' or '.join(map(shorten, facts.texts))}{missing(facts)}"
    )


def _plain(word: str) -> str:
    """Returns ``"1"`` for ``1.0``, and small letters."""
    return word.lower().removesuffix(".0")


def _list(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    if not facts.is_list:
        return None
    shortest, longest = facts.lengths
    said = f"lists of {shortest} to {longest} values{missing(facts)}"
    if facts.type == "FLOAT":
        if shortest == longest > 1:
            said = f"vectors of {longest} numbers{missing(facts)}"
            return Proposal(facts.name, (call("Vector", facts.name, dimension=longest),), said)
        last = min(max(longest, 2), _MOST_EVENTS)
        line = call("Sequence", facts.name, numbers=(facts.name,), last=last)
        return Proposal(facts.name, (line,), f"{said}, numbers, taken for events in their order")
    return Proposal(facts.name, (texts.list_of_words(facts),), said)


def _number(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    return numbers.number(facts) if facts.type != "BYTES" else None


def _text(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    return texts.text(facts) if texts.are_texts(facts) else None


def _cells(facts: ColumnFacts, answers: Answers) -> Proposal | None:
    del answers
    return texts.cells(facts)


_RECOGNISERS: Sequence[Recogniser] = (
    _empty,
    _constant,
    _list,
    _sequence,
    _boolean,
    _date,
    _cells,
    _identifier,
    _text,
    _number,
)
