"""Which kind of label a column makes, and which columns could be one."""

from collections.abc import Sequence

from model.proposals.columns import TRUE
from model.proposals.numbers import scaling_of
from model.proposals.proposal import Answers, Proposal, Question, call
from model.proposals.texts import are_texts
from model.proposals.words import missing, shorten
from zeroskew.column_facts import ColumnFacts
from zeroskew.errors import FeatureError

MOST_CLASSES = 100
_FEW = 10
_UNEVEN = 0.2
_YES = {*TRUE, "positive", "pos", "good", "pass", "passed", "success", "default", "spam", "fraud"}


def propose_label(facts: ColumnFacts, answers: Answers | None = None) -> Proposal:
    """Proposes a label.

    Args:
        facts: what the rows hold of its column.
        answers: to questions of an earlier proposal.

    Raises:
        FeatureError: the column can be none.
    """
    _check(facts)
    if facts.distinct == 2:
        return _yes_no(facts)
    if facts.type == "BYTES":
        return _classes(facts, f"{facts.distinct} classes")
    if facts.type == "FLOAT" or facts.distinct > _FEW:
        return _amount(facts)
    return _counts_or_classes(facts, answers or {})


def could_be_label(facts: ColumnFacts) -> bool:
    """Tells whether somebody may ask for the column."""
    try:
        _check(facts)
    except FeatureError:
        return False
    return facts.type == "FLOAT" or facts.distinct <= MOST_CLASSES or facts.type == "INT"


def _check(facts: ColumnFacts) -> None:
    wrong = ""
    if facts.is_list:
        wrong = "lists of values"
    elif facts.distinct < 2:
        wrong = f"{facts.distinct} different values"
    elif facts.type == "BYTES" and (facts.distinct > MOST_CLASSES or are_texts(facts)):
        wrong = f"{facts.distinct:,} different texts"
    if wrong:
        raise FeatureError(
            f"a label has one value in each row: numbers, or 2 to {MOST_CLASSES} classes",
            received=f"{facts.name!r}, which holds {wrong}",
            action="name another column with --label, or write the label by hand: an expression "
            "can compute it",
        )


def _yes_no(facts: ColumnFacts) -> Proposal:
    (one, often), (other, seldom) = facts.counts
    texts = dict(zip((one, other), facts.texts, strict=True))
    # What is looked for is mostly the rarer one.
    yes = next((value for value in (other, one) if _is_yes(texts[value])), other)
    no = one if yes == other else other
    share = 100 * (seldom if yes == other else often) / (often + seldom)
    said = f"{shorten(texts[yes])} in {share:.1f} % of the rows{missing(facts)}"
    if facts.type == "BYTES":
        line = call("YesNo", facts.name, positive=texts[yes], negative=texts[no])
    elif facts.type == "INT":
        line = call("YesNo", facts.name, positive=yes, negative=no)
    elif (yes, no) == (1.0, 0.0):
        line = call("YesNo", facts.name)
    else:
        return _amount(facts)
    return Proposal(facts.name, (line,), said)


def _is_yes(text: str) -> bool:
    return text.lower().removesuffix(".0") in _YES


def _classes(facts: ColumnFacts, said: str) -> Proposal:
    most = shorten(facts.texts[0])
    said = f"{said}, mostly {most}{missing(facts)}"
    return Proposal(facts.name, (call("OneOf", facts.name),), said)


def _amount(facts: ColumnFacts) -> Proposal:
    values = facts.numbers
    scaling = "log" if scaling_of(values) == "log" else None
    said = f"numbers, {values.min():.6g} to {values.max():.6g}{missing(facts)}"
    return Proposal(facts.name, (call("Amount", facts.name, scaling=scaling),), said)


def _counts_or_classes(facts: ColumnFacts, answers: Answers) -> Proposal:
    values = sorted(value for value, _ in facts.counts)
    are_neighbours = values == list(range(values[0], values[0] + len(values)))
    are_uneven = facts.counts[-1][1] < _UNEVEN * facts.counts[0][1]
    question = Question(
        f"what {facts.name!r} is",
        f"{facts.name!r} holds {', '.join(map(str, values))}. What are they?",
        {
            "classes": "names of classes: the model gives each a probability",
            "amounts": "amounts: the model answers with a number in between, too",
        },
        "amounts" if are_neighbours and are_uneven and len(values) > _FEW / 2 else "classes",
    )
    if question.answer(answers) == "classes":
        found = _classes(facts, f"{facts.distinct} classes")
    else:
        found = _amount(facts)
    return Proposal(found.column, found.features, found.reason, question=question)


def candidates(facts: Sequence[ColumnFacts]) -> list[str]:
    """Returns the columns that could be labels, those with few different values first."""
    able = [one for one in facts if could_be_label(one)]
    return [one.name for one in sorted(able, key=lambda one: one.distinct)]
