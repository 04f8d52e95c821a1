"""Source files of a user's own, written for a test."""

from collections.abc import Mapping
from pathlib import Path

FEATURES = """
from limits import CLIP
from model import FeatureSet, YesNo, Numeric

FEATURES = FeatureSet(
    label=YesNo("late", lambda row: row["delay"] > CLIP, uses=("delay",)),
    features=[Numeric("distance")],
)
"""


def write_sources(folder: Path, sources: Mapping[str, str]) -> Path:
    """Writes files by their paths below a folder, and returns it."""
    for path, text in sources.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def write_use_case(folder: Path, sources: Mapping[str, str] | None = None) -> Path:
    """Writes a features file that imports `limits` beside it; returns its path."""
    limits = {"features.py": FEATURES, "limits.py": "CLIP = 5.0\n"}
    return write_sources(folder, {**limits, **(sources or {})}) / "features.py"


def install_made_up(folder: Path, version: str, text: str = "VALUE = 1\n") -> Path:
    """Installs the package `made_up` of the distribution `Made-Up`; returns where to."""
    sources = {
        "made_up/__init__.py": text,
        "made_up/inner.py": "",
        "Made_Up-1.dist-info/METADATA": f"Name: Made-Up\nVersion: {version}\n",
        "Made_Up-1.dist-info/RECORD": "made_up/__init__.py,,\nmade_up/inner.py,,\n",
    }
    return write_sources(folder / "site-packages", sources)
