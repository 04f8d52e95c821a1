"""Options of Beam that cannot work, found before they are needed."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.beam import BeamSettings
from pipeline.logs import quiet
from zeroskew.errors import SettingsError, did_you_mean
from zeroskew.parallel import is_distributed


def check_beam(settings: BeamSettings, extra: Sequence[str]) -> None:
    """Checks what an engine needs on this machine.

    Args:
        settings: the engine.
        extra: more options, written by hand.

    Raises:
        SettingsError: a file or program is missing, or an option is none of Beam's.
    """
    for name in ("job_server_jar", "setup_file"):
        file = getattr(settings, name)
        if file and "://" not in file and not Path(file).is_file():
            raise SettingsError(
                f"beam.{name} is a file that exists",
                received=file,
                action="correct the path, which counts from the current folder",
            )
    if settings.master and not shutil.which("java"):
        raise SettingsError(
            "a Beam job server that is started here needs Java",
            received=f"beam.master={settings.master}, and no program java on the PATH",
            action="install a JRE, or name a job server that runs: beam.job_endpoint",
        )
    # Other engines have options of their own, which their job servers know.
    if extra and not settings.distributed and not is_distributed(extra):
        _check_names(extra)


def _check_names(extra: Sequence[str]) -> None:
    with quiet():
        from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

    parser = _BeamArgumentParser(allow_abbrev=False, exit_on_error=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    known = {name for action in parser._actions for name in action.option_strings}
    given = [one.partition("=")[0] for one in extra if one.startswith("--")]
    for name in given:
        if name not in known:
            raise SettingsError(
                "beam_args are options of Apache Beam",
                allowed="what apache_beam.options.pipeline_options describes",
                received=name,
                action=did_you_mean(name, known) or "remove it",
            )
