"""The card says what is known of a model, in tables that no name can break."""

import dataclasses

from pushed_model import PARTS, RECORD

from model import Categorical, FeatureSet, Numeric, YesNo
from model.evaluation.baselines import BaselineScore
from model.evaluation.metrics import SliceMetrics
from model.evaluation.model_card import model_card

FEATURES = FeatureSet(
    YesNo("big_tip", column="tips"), [Numeric("fare"), Categorical("a|b", name="a|b")]
)
MEASURED = [
    SliceMetrics("all rows", {"rows": 3000.0, "auc": 0.96}, {"auc": (0.95, 0.97)}, 3000),
    SliceMetrics("company=A|B", {"rows": 2000.0, "auc": 0.7}, {"auc": (0.65, 0.75)}, 2000),
    SliceMetrics("company=C", {"rows": 980.0, "auc": 0.955}, {"auc": (0.94, 0.97)}, 980),
    SliceMetrics("company=D", {"rows": 20.0}, {}, 20),
]
RULES = [BaselineScore("majority class", {"auc": 0.5}), BaselineScore("fare alone", {"auc": 0.8})]


def card(**changes: object) -> list[str]:
    record = dataclasses.replace(RECORD, **changes)
    return model_card(FEATURES, record, MEASURED, RULES).splitlines()


def test_it_says_what_it_predicts_and_of_what_it_was_made() -> None:
    lines = card()
    assert lines[0] == r"# Model card: big\_tip"
    assert lines[2].startswith("Predicts `big_tip`, yes or no, from 2 columns. It was blessed by")
    assert f"| fingerprint | {PARTS.whole} |" in lines
    assert "| data | span 2014, 12,002 train, 3,000 eval rows |" in lines
    assert r"| training | seed 1, hidden\_units \[128, 64\] |" in lines


def test_it_says_how_good_it_is() -> None:
    lines = card()
    start = lines.index("## How good it is")
    assert lines[start + 2 : start + 9] == [
        "| eval rows | how many | AUC |",
        "| --- | ---: | ---: |",
        "| `all rows` | 3,000 | 0.9600 (0.9500 to 0.9700) |",
        r"| `company=A\|B` | 2,000 | 0.7000 (0.6500 to 0.7500) |",
        "| `company=C` | 980 | 0.9550 (0.9400 to 0.9700) |",
        "| `company=D` | 20 | - |",
        "| the rule `fare alone` |  | 0.8000 |",
    ]


def test_it_names_the_slices_that_are_surely_worse_and_those_that_are_small() -> None:
    lines = card()
    start = lines.index("## For whom it is less sure")
    assert lines[start + 2 : start + 5] == [
        r"- `company=A\|B`: AUC 0.7000 (0.6500 to 0.7500), 0.9600 on all rows",
        "- `company=D`: only 20 rows tell of it",
        "",
    ]


def test_without_slices_it_says_so() -> None:
    lines = model_card(FEATURES, RECORD, MEASURED[:1], RULES).splitlines()
    assert "No slice that was measured is surely worse than all rows." in lines


def test_reasons_and_features_are_markdown_of_their_own() -> None:
    lines = card(blessed=False, reasons=["auc <b> must be at least 0.9"])
    assert "## Why it may not serve" in lines
    assert "- auc &lt;b&gt; must be at least 0.9" in lines
    (feature,) = [line for line in lines if line.startswith(r"| `a\|b` ")]
    assert feature.split(" | ")[1:3] == ["categorical", r"`a\|b`"]
