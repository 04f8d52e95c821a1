"""Data that lies in a bucket, brought to the disk of the step that reads it.

KFP's launcher brings artifacts; where the rows come from is a setting, of which it knows nothing.
"""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

from zeroskew import buckets
from zeroskew.errors import DataError

_PLACEHOLDER = re.compile(r"\{[A-Z]+(:\d+)?\}")
_WILD = re.compile(r"[*?\[{]")


def bring_input_data(properties: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Returns the properties with local paths in place of buckets.

    Args:
        properties: of an execution: `input_base` of TFX's ExampleGens, or `data`, the settings of
            this project's.
        folder: receives the files.

    Raises:
        DataError: there is no such file.
    """
    changed = dict(properties)
    base = properties.get("input_base")
    if isinstance(base, str) and buckets.is_bucket(base):
        changed["input_base"] = bring(base, folder)
    if isinstance(properties.get("data"), str):
        # Only the steps that read rows have these settings, and they import this anyway.
        from data_ingestion.settings import PLACES_OF_ROWS

        data = json.loads(properties["data"])
        for key in PLACES_OF_ROWS:
            if isinstance(data.get(key), str) and buckets.is_bucket(data[key]):
                data[key] = bring(data[key], folder)
        changed["data"] = json.dumps(data)
    return changed


def bring(place: str, folder: Path) -> str:
    """Copies what a place in a bucket stands for: a file, a folder, or a pattern.

    Returns:
        The local place that stands for the same files.
    """
    scheme, _, path = place.rstrip("/").partition("://")
    local = folder / path
    wild = _WILD.search(path)
    if wild is None and buckets.exists(place):
        buckets.download_file(place, local)
        return str(local)
    parent = path[: wild.start()].rpartition("/")[0] if wild else path
    pattern = _PLACEHOLDER.sub("*", path)
    wanted = [pattern, f"{pattern}/*"]
    count = 0
    for file in buckets.files_below(f"{scheme}://{parent}"):
        name = f"{parent}/{file}"
        if any(fnmatch.fnmatchcase(name, one) for one in wanted):
            buckets.download_file(f"{scheme}://{name}", folder / name)
            count += 1
    if not count:
        raise DataError(
            "the data must exist",
            allowed="a file, a folder or a pattern in the bucket",
            received=f"{place} (nothing there)",
            action="check data.path, and that the step may read the bucket",
        )
    return str(local)
