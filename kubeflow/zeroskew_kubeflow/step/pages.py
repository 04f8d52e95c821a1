"""The page of a run as KFP's dashboard wants it: one file, with places that others can find."""

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zeroskew.files import write_atomically
from zeroskew_kubeflow.step.local_paths import LocalPaths

PAGE_TITLE = "pipeline.RunReport"


def shown_file(page: Any, inputs: Mapping[str, Iterable[Any]], paths: LocalPaths) -> str:
    """Returns what the dashboard has to open for an artifact: the page itself, and no folder.

    Args:
        page: a `RunReport`.
        inputs: of its step, whose places in the bucket take that of their local ones in the page.
        paths: where the launcher keeps files.
    """
    from pipeline.report.rendering import REPORT_FILE

    file = Path(page.uri, REPORT_FILE)
    text = file.read_text(encoding="utf-8")
    for artifacts in inputs.values():
        for one in artifacts:
            text = text.replace(html.escape(one.uri), html.escape(paths.uri(one.uri)))
    write_atomically(file, text)
    return str(file)
