"""The models and indexes that runs have pushed to an output folder."""

import dataclasses
from pathlib import Path

from model.serving.blessed import SAVED_MODEL
from model.serving.vectors.records import INDEX_RECORD, IndexRecord
from model.serving.vectors.space import SPACE_FILE, read_space, require_space
from pipeline.settings import INDEXES, SERVING
from zeroskew.errors import SettingsError
from zeroskew.versions import list_versions


def newest_model(output: Path) -> Path:
    """Returns the newest model.

    Args:
        output: folder of the runs.

    Raises:
        SettingsError: there is none.
    """
    return _served(output)[0]


@dataclasses.dataclass(frozen=True)
class Pair:
    """An index, and a model whose vectors lie in its space.

    Attributes:
        index: folder of the index.
        record: what the index says of itself.
        model: folder of the SavedModel; None if no model is asked.
    """

    index: Path
    record: IndexRecord
    model: Path | None


def newest_pair(output: Path, model: Path | None = None, index: Path | None = None) -> Pair:
    """Returns the newest index of whose space there is a model, and the newest such model.

    Args:
        output: folder of the runs.
        model: the only model that may be taken.
        index: the only index that may be taken.

    Raises:
        DataError: the model declares no embedding, or index and model lie in different spaces.
        SettingsError: a run has pushed no index, or no model.
    """
    indexes = [index] if index else _indexes(output)
    models = [model] if model else _served(output)
    declared = [one for one in models if (one / SPACE_FILE).exists()]
    spaces = {one: read_space(one) for one in declared or models}
    records = {one: IndexRecord.read(one) for one in indexes}
    pairs = [
        Pair(folder, record, one)
        for folder, record in records.items()
        for one, space in spaces.items()
        if space.fingerprint == record.space.fingerprint
    ]
    if not pairs:
        newest, record = next(iter(records.items()))
        space = next(iter(spaces.values()))
        require_space(space, record.space.fingerprint, f"the index {newest}")
    return pairs[0]


def _served(output: Path) -> list[Path]:
    place = output / SERVING
    known = list_versions(str(place), SAVED_MODEL)
    if not known:
        raise SettingsError(
            "without --model, the newest that a run has pushed is asked",
            received=f"none in {place}",
            action="name a model with --model, or make one: zeroskew run",
        )
    return [place / str(version) for version in reversed(known)]


def _indexes(output: Path) -> list[Path]:
    place = output / INDEXES
    known = list_versions(str(place), INDEX_RECORD)
    if not known:
        raise SettingsError(
            "without --index, the newest that a run has pushed is searched",
            received=f"none in {place}",
            action="name an index with --index, or make one: zeroskew run, with "
            "embedding=Embedding(...) in the features file and `embeddings` in the settings",
        )
    return [place / str(version) for version in reversed(known)]
