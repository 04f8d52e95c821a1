"""A run that stops before its first step."""

import io
import signal
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.early_stop import page_of_early_stop
from pipeline.interrupts import Interrupted
from pipeline.settings import Settings, load_settings
from zeroskew.errors import SettingsError
from zeroskew.files import exclusive


@pytest.fixture
def settings(output: Path) -> Settings:
    output.mkdir()
    return load_settings(overrides={"output": str(output)})


def stop(settings: Settings, error: BaseException, log: Path | None = None) -> str:
    """Returns what is said of a run that this stops."""
    said = io.StringIO()
    early = page_of_early_stop(settings, Console(file=said), log)
    with pytest.raises(type(error)) as raised, early:
        raise error
    assert raised.value is error
    return said.getvalue()


def test_ctrl_c_leaves_a_page(settings: Settings, output: Path) -> None:
    log = output / "run.log"
    said = stop(settings, Interrupted(signal.SIGINT), log)
    page = output / "report.html"
    assert said == f"report     {page}\n"
    text = page.read_text(encoding="utf-8")
    assert "<h1>The run stopped before its first step</h1>" in text
    assert "Interrupted by SIGINT. What was served before is still served." in text
    assert f"<dt>log</dt><dd>{log}</dd>" in text
    assert '<th scope="row">parity_rows</th><td class="value"><code>500</code>' in text


def test_an_error_says_where_its_page_is(settings: Settings, output: Path) -> None:
    error = SettingsError("the <schema> must fit", received="none")
    stop(settings, error)
    assert error.report == str(output / "report.html")
    text = (output / "report.html").read_text(encoding="utf-8")
    assert "The &lt;schema&gt; must fit. What was served before is still served." in text
    assert "<pre>the &lt;schema&gt; must fit\n  received: none</pre>" in text


def test_an_error_that_nobody_foresaw_has_a_page_too(settings: Settings, output: Path) -> None:
    assert stop(settings, KeyError("fare")) == f"report     {output / 'report.html'}\n"
    assert "<pre>KeyError: &#39;fare&#39;</pre>" in (output / "report.html").read_text()


def test_the_page_of_a_run_at_work_is_left_alone(settings: Settings, output: Path) -> None:
    error = SettingsError("the schema must fit")
    with exclusive(output):
        assert stop(settings, error) == ""
    assert error.report is None
    assert not (output / "report.html").exists()
