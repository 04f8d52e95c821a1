import logging

import pytest

from zeroskew import progress
from zeroskew.progress import Progress, listening, tell


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (Progress(30_000, 90_000, "rows"), "30,000 of 90,000 rows"),
        (Progress(30_000, 0, "rows"), "30,000 rows"),
        (Progress(2, 30, "epochs", "loss 0.412"), "2 of 30 epochs, loss 0.412"),
    ],
)
def test_it_reads_as_people_say_it(told, text):
    assert str(told) == text


def test_each_listener_hears_until_it_leaves():
    heard, also_heard = [], []
    with listening(heard.append):
        tell(1, 2, "rows")
        with listening(also_heard.append):
            tell(2, 2, "rows", "done")
    tell(3, 2, "rows")
    assert heard == [Progress(1, 2, "rows"), Progress(2, 2, "rows", "done")]
    assert also_heard == [Progress(2, 2, "rows", "done")]


def test_the_log_gets_a_line_from_time_to_time(monkeypatch, caplog):
    now = 1000.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    log = progress._Log()
    with caplog.at_level(logging.INFO, "zeroskew"):
        for seconds in (0, 1, 29, 31, 32):
            now = 1000.0 + seconds
            log(Progress(seconds, 40, "rows"))
    assert caplog.messages == ["0 of 40 rows", "31 of 40 rows"]
