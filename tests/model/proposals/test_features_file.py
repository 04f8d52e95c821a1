"""The features file that is proposed: Python that loads, whatever columns are called."""

import random
import tempfile
from pathlib import Path

from facts_of import table_of
from hypothesis import given
from hypothesis import strategies as st

from model.feature_engineering.columns import Column
from model.feature_engineering.feature_set import load_features
from model.proposals.columns import propose
from model.proposals.features_file import features_file
from model.proposals.labels import propose_label
from model.proposals.proposal import Proposal

NAMES = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12).filter(
    str.strip
)


def test_it_reads_like_one_that_an_engineer_wrote() -> None:
    label = Proposal("churn", ('YesNo("churn", positive="Yes")',), "'Yes' in 27.0 % of the rows")
    columns = [
        Proposal("age", ('Numeric("age")', 'Cyclic("age", name="x", period=9)'), "9 numbers"),
        Proposal("id", (), "9 different values: an id"),
        Proposal("a" * 60, (f'Numeric("{"a" * 60}")',), "a reason that is long enough"),
    ]
    long = "a" * 60
    assert features_file("Who leaves?", label, columns) == (
        '"""Who leaves?"""\n'
        "\n"
        "from model import Cyclic, FeatureSet, Numeric, YesNo\n"
        "\n"
        "FEATURES = FeatureSet(\n"
        "    # 'Yes' in 27.0 % of the rows\n"
        '    label=YesNo("churn", positive="Yes"),\n'
        "    features=[\n"
        '        Numeric("age"),  # 9 numbers\n'
        '        Cyclic("age", name="x", period=9),\n'
        "        # a reason that is long enough\n"
        f'        Numeric("{long}"),\n'
        "    ],\n"
        ")\n"
        "\n"
        "# Left out:\n"
        "#   id: 9 different values: an id\n"
    )


@given(st.lists(NAMES, min_size=9, max_size=9, unique=True), st.text(max_size=30))
def test_it_loads_and_fits_the_table_whatever_columns_are_called(
    names: list[str], word: str
) -> None:
    draw = random.Random(1)
    values = [
        [draw.choice(["yes", "no"]) for _ in range(60)],
        [draw.random() for _ in range(60)],
        [draw.randrange(5) for _ in range(60)],
        [draw.choice(["p", f"q{word}"]) for _ in range(60)],
        [f"2024-01-{n % 28 + 1:02}" for n in range(60)],
        [draw.sample(["p", "q", "r"], 2) for _ in range(60)],
        [draw.choice([True, False]) for _ in range(60)],
        [f"{word} some of the words {n}" for n in range(60)],
        [word] * 60,
    ]
    values[6] = [int(one) for one in values[6]]
    table = table_of(dict(zip(names, values, strict=True)))
    label, *others = table.columns
    text = features_file(word, propose_label(label), [propose(one) for one in others])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "features.py").write_text(text, encoding="utf-8")
        features = load_features(str(Path(folder, "features.py")))
    columns = {
        one.name: Column(one.name, one.type, None if one.is_list else 1) for one in table.columns
    }
    features.check(columns)
    assert features.label.sources == (names[0],)
    left_out = {names[8]} if table.columns[8].distinct < 2 else set()
    assert set(features.sources) == set(names[1:]) - left_out
