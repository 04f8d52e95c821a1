import pytest
from tiny_encoders import BERT

from model import (
    Bucketized,
    Crossed,
    FeatureSet,
    Integer,
    Numeric,
    PretrainedText,
    YesNo,
)
from model.feature_engineering.feature_set import load_features
from model.feature_engineering.feature_table import to_markdown


def test_each_feature_is_a_line_and_the_label_the_last():
    features = FeatureSet(
        YesNo(
            "yes", lambda row: row["answer"] > 0, uses=("answer", "fare"), known_before=("fare",)
        ),
        [
            Numeric("fare", scaling="log"),
            Bucketized("cents", value=lambda row: row["fare"] % 1.0, uses=("fare",), buckets=4),
            Integer("month", low=1, high=12, embedding=0),
            Crossed("cell", of=("cents", "month"), hash_buckets=50),
        ],
    )
    assert to_markdown(features) == "\n".join(
        [
            "| feature | kind | reads | parameters |",
            "| --- | --- | --- | --- |",
            "| `fare` | numeric | `fare` | scaling=log, impute=mean, missing_indicator=False |",
            "| `cents` | bucketized | `fare` | value=&lt;value&gt;, embedding=8, buckets=4 |",
            "| `month` | integer | `month` | embedding=0, low=1, high=12 |",
            "| `cell` | crossed | `cents`, `month` | embedding=8, hash_buckets=50 |",
            "| `yes` | label: yes or no | `answer`, `fare` |  |",
        ]
    )


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("annual income", "`annual income`"),
        ("a|b", r"`a\|b`"),
        ("`q` or ``", "``` `q` or `` ```"),
        ("größe\n\t", r"`größe\n\t`"),
    ],
)
def test_a_name_that_markdown_would_take_for_its_own_stays_in_its_cell(name, cell):
    features = FeatureSet(YesNo(name, lambda row: row[name] > 0, uses=(name,)), [Numeric("fare")])
    assert to_markdown(features).splitlines()[-1] == f"| {cell} | label: yes or no | {cell} |  |"


def test_so_does_what_somebody_else_wrote():
    encoder = PretrainedText("review", folder=str(BERT), licence="[mit](x) | <b>`_")
    line = to_markdown(FeatureSet(YesNo("tips"), [encoder])).splitlines()[2]
    assert r"licence=\[mit\](x) \| &lt;b&gt;\`\_," in line


def test_the_built_in_list_has_a_line_for_each_of_its_features():
    lines = to_markdown(load_features("model.features")).splitlines()
    assert lines[2].startswith("| `fare` | numeric | `fare` |")
    assert lines[-1] == "| `big_tip` | label: yes or no | `tips`, `fare` |  |"
    names = [feature.name for feature in load_features("model.features").features]
    assert [line.split("`")[1] for line in lines[2:-1]] == names
