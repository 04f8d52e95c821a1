"""The kinds of anomalies: few words for the many of TFDV, the same in reports and rules."""

SCHEMA_KINDS: dict[str, tuple[str, ...]] = {
    "new_column": ("SCHEMA_NEW_COLUMN",),
    "missing_column": ("SCHEMA_MISSING_COLUMN",),
    "type": (
        "UNEXPECTED_DATA_TYPE",
        "ENUM_TYPE_BYTES_NOT_STRING",
        "ENUM_TYPE_FLOAT_NOT_STRING",
        "ENUM_TYPE_INT_NOT_STRING",
        "FLOAT_TYPE_NON_STRING",
        "FLOAT_TYPE_NOT_FLOAT",
        "FLOAT_TYPE_STRING_NOT_FLOAT",
        "FLOAT_TYPE_UNKNOWN_TYPE_NUMBER",
        "INT_TYPE_INT_EXPECTED",
        "INT_TYPE_NOT_INT_STRING",
        "INT_TYPE_NOT_STRING",
        "INT_TYPE_STRING_EXPECTED",
        "INT_TYPE_UNKNOWN_TYPE_NUMBER",
        "STRING_TYPE_NOW_FLOAT",
        "STRING_TYPE_NOW_INT",
    ),
    "presence": (
        "FEATURE_TYPE_NOT_PRESENT",
        "FEATURE_TYPE_LOW_FRACTION_PRESENT",
        "FEATURE_TYPE_LOW_NUMBER_PRESENT",
    ),
    "value_count": (
        "FEATURE_TYPE_HIGH_NUMBER_VALUES",
        "FEATURE_TYPE_LOW_NUMBER_VALUES",
        "FEATURE_TYPE_NO_VALUES",
        "FEATURE_TYPE_UNEXPECTED_REPEATED",
        "INVALID_FEATURE_SHAPE",
        "VALUE_NESTEDNESS_MISMATCH",
    ),
    "range": (
        "FLOAT_TYPE_BIG_FLOAT",
        "FLOAT_TYPE_SMALL_FLOAT",
        "INT_TYPE_BIG_INT",
        "INT_TYPE_SMALL_INT",
    ),
    "domain": (
        "BOOL_TYPE_BIG_INT",
        "BOOL_TYPE_SMALL_INT",
        "BOOL_TYPE_UNEXPECTED_FLOAT",
        "BOOL_TYPE_UNEXPECTED_STRING",
        "ENUM_TYPE_INVALID_UTF8",
        "ENUM_TYPE_UNEXPECTED_STRING_VALUES",
    ),
    "uniqueness": (
        "FEATURE_TYPE_HIGH_UNIQUE",
        "FEATURE_TYPE_LOW_UNIQUE",
        "FEATURE_TYPE_NO_UNIQUE",
    ),
    "row_count": ("DATASET_HIGH_NUM_EXAMPLES", "DATASET_LOW_NUM_EXAMPLES", "NO_DATA_IN_SPAN"),
    "row_count_drift": ("COMPARATOR_HIGH_NUM_EXAMPLES", "COMPARATOR_LOW_NUM_EXAMPLES"),
}
"""Where data breaks the schema, with TFDV's words for it."""

SCHEMA = "schema"
"""What TFDV finds wrong besides, such as a domain that does not fit the column's type."""

COLUMN_KINDS = (*SCHEMA_KINDS, SCHEMA, "drift", "skew")
"""What can be wrong with a column."""

DATA_SET = "number of rows"
"""What an anomaly is about that is about no column."""

_KIND_OF = {name: kind for kind, names in SCHEMA_KINDS.items() for name in names}


def kind_of(reason: str) -> str:
    """Returns the kind of TFMD's `AnomalyInfo.Type` with this name."""
    return _KIND_OF.get(reason, SCHEMA)
