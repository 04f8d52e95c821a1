import re

import pytest

from zeroskew import errors
from zeroskew.errors import DataError, ZeroskewError, did_you_mean


def tree(cls: type[ZeroskewError]) -> dict[str, int]:
    """Exit codes of a class and of everything below it, by class name."""
    found = {cls.__name__: cls.exit_code}
    for child in cls.__subclasses__():
        found.update(tree(child))
    return found


def test_a_message_has_the_rule_and_one_aligned_line_for_each_part() -> None:
    error = DataError(
        "the data file must exist",
        allowed="a CSV file",
        received="/data/trips.csv",
        action="check the path given with --data",
    )
    assert str(error) == (
        "the data file must exist\n"
        "  allowed:  a CSV file\n"
        "  received: /data/trips.csv\n"
        "  do:       check the path given with --data"
    )
    assert (error.rule, error.allowed) == ("the data file must exist", "a CSV file")
    assert error.received == "/data/trips.csv"
    assert error.action == "check the path given with --data"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "no rows"),
        ({"action": None, "received": ""}, "no rows"),
        ({"received": "0"}, "no rows\n  received: 0"),
        ({"action": "wait"}, "no rows\n  do:       wait"),
    ],
)
def test_a_part_that_is_not_given_has_no_line(parts: dict[str, str], message: str) -> None:
    assert str(ZeroskewError("no rows", **parts)) == message


def test_the_classes_and_exit_codes_are_those_of_the_drawn_tree() -> None:
    drawn = re.findall(r"^[ │├└─]*(\w+Error) +(\d)", errors.__doc__ or "", re.MULTILINE)
    assert {name: int(code) for name, code in drawn} == {
        "SettingsError": 2,
        "WorkspaceError": 2,
        "FeatureError": 2,
        "DataError": 4,
        "AnomalyError": 4,
        "ParityError": 5,
        "StepError": 1,
    }
    in_this_module = {
        name: code for name, code in tree(ZeroskewError).items() if name in vars(errors)
    }
    assert in_this_module == {"ZeroskewError": 1, **{name: int(code) for name, code in drawn}}
    assert issubclass(errors.AnomalyError, errors.DataError)


def test_no_error_has_the_exit_code_of_a_run_that_ended() -> None:
    assert (errors.EXIT_OK, errors.EXIT_NOT_BLESSED) == (0, 3)
    assert not {errors.EXIT_OK, errors.EXIT_NOT_BLESSED} & set(tree(ZeroskewError).values())


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("fair", "did you mean 'fare'?"),
        ("trip_mile", "did you mean 'trip_miles'?"),
        ("fare", "did you mean 'fare'?"),
        ("colour", None),
        ("", None),
    ],
)
def test_did_you_mean_names_the_nearest_known_name_if_one_is_near(
    name: str, suggestion: str | None
) -> None:
    assert did_you_mean(name, iter(["fare", "trip_miles", "tips"])) == suggestion


def test_a_prefix_that_all_names_share_does_not_make_them_alike() -> None:
    assert did_you_mean("SED", ["SEED", "NAME"], prefix="MY_") == "did you mean 'MY_SEED'?"
    assert did_you_mean("HOME_OF", ["SEED"], prefix="MY_") is None


def test_did_you_mean_has_nothing_to_say_when_nothing_is_known() -> None:
    assert did_you_mean("fare", []) is None
