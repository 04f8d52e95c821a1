"""What is known of a pushed model that never was."""

import dataclasses
import json
from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2

from model.serving.fingerprint import FINGERPRINT, Fingerprint, stamp
from model.serving.lineage import LINEAGE, Lineage

PARTS = Fingerprint("a", "b", "c", "d")
RECORD = Lineage(
    fingerprint=PARTS.whole,
    span=2014,
    data="split:input",
    rows={"train": 12_002, "eval": 3_000},
    schema="57b263152baa9747",
    code="4ed4dd66cb939f05",
    versions={"zeroskew": "0.1.0", "tensorflow": "2.16.2"},
    features={
        "label": {"kind": "yes or no", "name": "big_tip"},
        "features": [
            {"kind": "numeric", "name": "fare", "column": "fare", "scaling": "log"},
            {"kind": "crossed", "name": "both", "column": "both", "of": ["fare", "company"]},
        ],
    },
    training={"seed": 1, "epochs": None, "hidden_units": [128, 64]},
    metrics={"auc": 0.9601},
    reasons=["auc 0.9601 on all rows is at least 0.92"],
    blessed=True,
)


def write_pushed(folder: Path, record: Lineage = RECORD, parts: Fingerprint = PARTS) -> Path:
    """Writes all of a version that says of what it was made; it answers nothing."""
    saved = saved_model_pb2.SavedModel()
    saved.meta_graphs.add().meta_info_def.meta_graph_version = parts.whole
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    content = {"fingerprint": parts.whole, **dataclasses.asdict(parts)}
    (folder / FINGERPRINT).write_text(json.dumps(content))
    (folder / LINEAGE).write_text(record.to_json(), encoding="utf-8")
    return folder


def write_record(folder: Path) -> None:
    """Lets a SavedModel say of what it was made, which is nothing of that."""
    stamp(str(folder), PARTS)
    (folder / LINEAGE).write_text(RECORD.to_json(), encoding="utf-8")
