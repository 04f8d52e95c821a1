"""A schema file is changed like a person would: the line in question, and nothing else."""

import difflib

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from data_ingestion.schema.text import merge, merged

SCHEMA = """\
# The contract. { not a brace "
feature {
  name: "fare"  # in dollars
  type: FLOAT
  float_domain { name: "fare # 1" min: 0.0 }
}

feature { name: "month" type: INT int_domain { min: 1 max: 12 } }
feature <
  name: 'way'  'to pay'
  type: BYTES
  presence: {
    min_fraction: 1.0
  }
  domain: "ways" # closed
>
string_domain {
  name: "ways"
  value: ["Cash", "Card"]
  value: "Other"  # all else
}
dataset_constraints { min_examples_count: 10 }
# The end.
"""


def changes(text: str, change: str) -> list[str]:
    """Returns the lines that a change takes away and puts in."""
    lines = difflib.unified_diff(text.splitlines(), merge(text, change).splitlines(), n=0)
    return [f"{line[0]} {line[1:]}" for line in list(lines)[2:] if line[0] in "+-"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            'feature { name: "fare" float_domain { min: -3.5 } }',
            ['-   float_domain { name: "fare # 1" min: 0.0 }', "+   float_domain { min: -3.5 }"],
        ),
        (
            'feature { name: "fare" presence { min_fraction: 0.5 } }',
            ["+   presence { min_fraction: 0.5 }"],
        ),
        (
            'feature { name: "month" int_domain { min: 1 max: 13 } lifecycle_stage: BETA }',
            [
                '- feature { name: "month" type: INT int_domain { min: 1 max: 12 } }',
                '+ feature { name: "month" type: INT int_domain { min: 1 max: 13 } '
                "lifecycle_stage: BETA }",
            ],
        ),
        (
            'feature { name: "wayto pay" presence { min_count: 0 } }',
            [
                "-   presence: {",
                "-     min_fraction: 1.0",
                "-   }",
                "+   presence { min_count: 0 }",
            ],
        ),
        (
            'feature { name: "wayto pay" lifecycle_stage: DEPRECATED }',
            ["+   lifecycle_stage: DEPRECATED"],
        ),
        (
            'string_domain { name: "ways" value: "Card" value: "Chèque \\"x\\"" }',
            ['+   value: "Chèque \\"x\\""'],
        ),
        (
            "dataset_constraints { min_examples_count: 3 }",
            [
                "- dataset_constraints { min_examples_count: 10 }",
                "+ dataset_constraints { min_examples_count: 3 }",
            ],
        ),
        (
            'feature { name: "new" presence { min_count: 1 } type: BYTES domain: "n" } '
            'string_domain { name: "n" value: "a" value: "b" }',
            [
                "+ feature {",
                '+   name: "new"',
                "+   type: BYTES",
                '+   domain: "n"',
                "+   presence { min_count: 1 }",
                "+ }",
                "+ string_domain {",
                '+   name: "n"',
                '+   value: "a"',
                '+   value: "b"',
                "+ }",
            ],
        ),
    ],
)
def test_only_the_lines_in_question_change(change: str, expected: list[str]) -> None:
    assert changes(SCHEMA, change) == expected


def test_another_choice_of_the_same_field_takes_its_place() -> None:
    new = merge(SCHEMA, 'feature { name: "month" bool_domain { } }')
    assert 'feature { name: "month" type: INT bool_domain { } }' in " ".join(new.split())
    assert "int_domain" not in new


def test_a_domain_goes_with_the_type_that_could_have_it() -> None:
    assert changes(SCHEMA, 'feature { name: "fare" type: BYTES }') == [
        "-   type: FLOAT",
        '-   float_domain { name: "fare # 1" min: 0.0 }',
        "+   type: BYTES",
    ]


def test_a_domain_stays_with_a_type_that_can_have_it() -> None:
    assert changes(SCHEMA, 'feature { name: "wayto pay" type: BYTES }') == []


def test_several_changes_at_once_mean_what_each_means() -> None:
    change = (
        'feature { name: "fare" type: INT presence { min_count: 1 } } '
        'feature { name: "month" value_count { min: 0 max: 1 } } '
        'string_domain { name: "ways" value: "Coin" }'
    )
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    new = text_format.Parse(merge(SCHEMA, change), schema_pb2.Schema())
    assert new == merged(schema, text_format.Parse(change, schema_pb2.Schema()))
    fare, month, _ = new.feature
    assert (fare.type, fare.presence.min_count, fare.WhichOneof("domain_info")) == (
        schema_pb2.INT,
        1,
        None,
    )
    assert (month.value_count.max, month.int_domain.max) == (1, 12)
    assert list(new.string_domain[0].value) == ["Cash", "Card", "Other", "Coin"]


def test_a_change_that_is_made_already_changes_nothing() -> None:
    change = 'string_domain { name: "ways" value: "Coin" }'
    once = merge(SCHEMA, change)
    assert merge(once, change) == once


def test_an_empty_schema_takes_a_column() -> None:
    assert merge("# nothing yet\n", 'feature { name: "a" type: INT }') == (
        '# nothing yet\nfeature {\n  name: "a"\n  type: INT\n}\n'
    )
