"""Settings files, and what is said of them."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import load_settings
from zeroskew.errors import SettingsError

TOP = (
    "beam, beam_args, cache, data, embeddings, features, gate, index, max_missing_labels, name, "
    "output, parity_rows, schema_file, seed, serve, slices, trainer"
)
TRAINER = (
    "batch_size, dropout, epochs, hidden_units, l1_inputs, l2_ids, learning_rate, members, "
    "memory_mib, patience, validation, weight_decay"
)


def settings_file(folder: Path, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "settings.yaml"
    file.write_text("\n".join(["schema_file: trips.pbtxt", *lines, ""]), encoding="utf-8")
    return file


def message_of(file: Path | None = None, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, overrides)
    return str(caught.value)
