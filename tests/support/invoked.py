"""Commands in the process of the tests."""

from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app


def invoke(*arguments: object) -> Result:
    """Calls `zeroskew`; what it raises, but for the end of the process, is raised."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done
