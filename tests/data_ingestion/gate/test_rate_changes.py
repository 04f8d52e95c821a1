from data_ingestion.gate.rate_changes import rate_anomalies

NAMES = {"big_tip": "tips > 0.2 * fare", "cash": "way = 'Cash'"}
BEFORE = {"big_tip": 0.168, "cash": 0.7363}


def changed(largest: float | None, **now: float) -> dict[str, str]:
    found = rate_anomalies(now, BEFORE, NAMES, largest, "span 2013")
    assert all(one.kind == "rate" and one.stops for one in found)
    return {one.subject: f"{one.expected}; {one.observed}" for one in found}


def test_a_rate_that_has_changed_too_much_either_way() -> None:
    assert changed(0.05, big_tip=0.2214, cash=0.6706) == {
        "big_tip": "at most 0.05 away from 0.1680 of span 2013: tips > 0.2 * fare; 0.2214",
        "cash": "at most 0.05 away from 0.7363 of span 2013: way = 'Cash'; 0.6706",
    }


def test_a_change_within_the_limit_is_none() -> None:
    assert changed(0.07, big_tip=0.2214, cash=0.6706) == {}


def test_without_a_limit_a_rate_may_be_anything() -> None:
    assert changed(None, big_tip=1.0, cash=0.0) == {}


def test_a_rate_that_can_no_longer_be_measured() -> None:
    assert changed(0.9, big_tip=0.168) == {
        "cash": "at most 0.9 away from 0.7363 of span 2013: way = 'Cash'; "
        "no row for which it is true or false"
    }


def test_a_new_rate_has_nothing_to_be_compared_with() -> None:
    names = {"new": "fare > 3"}
    assert rate_anomalies({"new": 0.9}, BEFORE, names, 0.1, "span 2013") == []
