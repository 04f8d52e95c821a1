"""Two columns and a label that follows them, trained on in a second."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from example_files import write

from model import Categorical, FeatureSet, Numeric, YesNo
from model.feature_engineering.feature_set import ROW_KEY
from model.feature_engineering.labels import WEIGHT
from model.settings import TrainerSettings
from model.training.fitting import Record
from model.training.trainer import train

ROWS = 6_000
SETTINGS = TrainerSettings(
    hidden_units=(8,), dropout=0.0, batch_size=64, epochs=3, learning_rate=0.01, members=1
)
FEATURES = FeatureSet(
    YesNo("y", lambda row: row["z"] > 0, uses=("z",)),
    [Numeric("x"), Categorical("c", max_tokens=8, embedding=2)],
)


def draw_rows(count: int, sort: bool) -> pa.RecordBatch:
    """A label that follows x and c, but not always; sorted, all negative rows come first."""
    random = np.random.default_rng(5)
    x = random.normal(size=count).astype(np.float32)
    c = random.integers(0, 10, count)
    y = (x + 0.3 * c + random.logistic(size=count) > 1.5).astype(np.int64)
    keys = random.integers(0, 2**62, count)
    order = np.argsort(y, kind="stable") if sort else np.arange(count)
    return pa.RecordBatch.from_arrays(
        [pa.array(one[order]) for one in (x, c, y, np.ones(count, np.float32), keys)],
        ["x_xf", "c_xf", "y", WEIGHT, ROW_KEY],
    )


def write_rows(folder: Path, batch: pa.RecordBatch) -> list[str]:
    folder.mkdir(parents=True)
    half = len(batch) // 2
    for number, part in enumerate((batch.slice(0, half), batch.slice(half))):
        write(folder / f"transformed_examples-{number}", part)
    return [f"{folder}/*"]


def run_training(folder: Path, rows: int = ROWS, sort: bool = False, **changes: object) -> Record:
    trained = train(
        FEATURES,
        SETTINGS.model_copy(update=changes),
        columns={},
        classes=(),
        seed=1,
        train_files=write_rows(folder / "train", draw_rows(rows, sort)),
        log_dir=str(folder / "log"),
    )
    return trained.record
