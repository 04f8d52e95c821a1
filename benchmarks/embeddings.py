"""`zeroskew embed`, an index, and a search against a loop over the model and faiss, in one run.

Usage::

    python -m benchmarks.embeddings [--variant bag static BERT] [--rows 60000] [--vectors 100000]

The first table: rows of text from a CSV file to a Parquet file of vectors, by `zeroskew embed`, and
by a loop that calls the signature `embed` with 32 rows at a time, as many a job does, on columns
that pandas has read. The loop gets fewer rows. The models are trained first, on made-up texts. That
of the bag of words gives the mean of their vectors; the static table and BERT are the tiny ones of
the tests, with random weights. Both clocks start when the model is loaded.

The second table: clustered vectors, the index that the step Index builds of them, and its search,
against the calls of faiss that do the same. Nothing is asserted.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import processes
from benchmarks.ours import run_ours
from zeroskew.errors import StepError

PROBE = (sys.executable, "-m", "benchmarks.embeddings_probe")
COMMAND = (sys.executable, "-m", "pipeline", "embed", "--json", "--key", "doc_id")
LOOP_SHARE = {"bag": 0.2, "static": 0.2, "BERT": 0.05}
"""Of the rows, those that the loop gets."""
_ENCODERS = processes.REPOSITORY / "tests" / "model" / "encoders"
VARIANTS = {
    "bag": 'Text("text", output="int", embedding=64)',
    "static": f'PretrainedText("text", folder={str(_ENCODERS / "tiny-static")!r})',
    "BERT": f'PretrainedText("text", folder={str(_ENCODERS / "tiny-bert")!r})',
}
_FEATURES = """
from model import Embedding, FeatureSet, OneOf, PretrainedText, Text

FEATURES = FeatureSet(
    label=OneOf("topic"), features=[{feature}], embedding=Embedding("text")
)
"""
_SCHEMA = "".join(
    f'feature {{ name: "{name}" type: BYTES presence {{ min_fraction: 1 min_count: 1 }} '
    "value_count { min: 1 max: 1 } }\n"
    for name in ("doc_id", "text", "topic")
)
_TOPICS = ("sport", "food", "space")
_WORDS, _LENGTH, _TAUGHT = 500, 40, 4_000


def write_documents(file: Path, rows: int) -> Path:
    """Writes made-up texts of forty words, half of which tell the topic."""
    draw = random.Random(1)
    with file.open("w", encoding="utf-8") as stream:
        stream.write("doc_id,text,topic\n")
        for row in range(rows):
            topic = draw.choice(_TOPICS)
            said = [f"{topic}{draw.randrange(_WORDS)}" for _ in range(_LENGTH // 2)]
            said += [f"word{draw.randrange(_WORDS)}" for _ in range(_LENGTH // 2)]
            draw.shuffle(said)
            stream.write(f"d{row},{' '.join(said)},{topic}\n")
    return file


def train(folder: Path, variant: str) -> Path:
    """Trains a model that gives vectors; returns its folder.

    Raises:
        StepError: the run leaves no model.
    """
    folder.mkdir()
    features = _FEATURES.format(feature=VARIANTS[variant])
    (folder / "features.py").write_text(features, encoding="utf-8")
    (folder / "schema.pbtxt").write_text(_SCHEMA, encoding="utf-8")
    write_documents(folder / "taught.csv", _TAUGHT)
    (folder / "settings.yaml").write_text(
        "features: features.py\nschema_file: schema.pbtxt\ndata: {path: taught.csv}\n"
        "trainer: {epochs: 1, members: 1}\n",
        encoding="utf-8",
    )
    run_ours(folder, ["--config", str(folder / "settings.yaml")])
    found = sorted(folder.rglob("Trainer/model/*/Format-Serving"))
    if not found:
        raise StepError("the Trainer must leave a model", received=f"none below {folder}")
    return found[-1]


def measure_rows(folder: Path, variant: str, rows: int) -> dict[str, Any]:
    """Returns rows/s of the command and of the loop, and how far their vectors are apart."""
    model = train(folder / variant, variant)
    data = write_documents(folder / "documents.csv", rows)
    few = write_documents(folder / "few.csv", round(LOOP_SHARE[variant] * rows))
    ours, loop = folder / f"{variant}.parquet", folder / f"{variant}.npy"
    command = [*COMMAND, "--rows", str(data), "--model", str(model), "--output", str(ours)]
    log = folder / f"{variant}.log"
    mine = processes.run(command, processes.REPOSITORY, log).last_json()
    arguments = ["loop", str(model), str(few), str(loop), str(ours)]
    other = processes.run([*PROBE, *arguments], processes.REPOSITORY, log).last_json()
    return {
        "ours": mine["rows_per_second"],
        "loop": other["rows_per_second"],
        "times": mine["rows_per_second"] / other["rows_per_second"],
        "apart": other["apart"],
    }


def show_rows(found: dict[str, dict[str, Any]], console: Console) -> None:
    """Prints the first table."""
    table = Table("vectors of texts", "zeroskew embed", "loop of 32", "times", "vectors differ by")
    for variant, one in found.items():
        speeds = (f"{one[name]:,.0f} rows/s" for name in ("ours", "loop"))
        table.add_row(variant, *speeds, f"{one['times']:.1f}", f"{one['apart']:.1e}")
    console.print(table)


def show_index(found: dict[str, dict[str, float]], console: Console) -> None:
    """Prints the second table."""
    table = Table("index", "ours", "faiss", "ratio")
    for name, one in found.items():
        digits = ".4f" if name.startswith("recall") else ".3f"
        ours, faiss = one["ours"], one["faiss"]
        table.add_row(name, f"{ours:{digits}}", f"{faiss:{digits}}", f"{ours / faiss:.2f}")
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, and prints the tables."""
    parser = argparse.ArgumentParser(description="Measure vectors and their index.")
    parser.add_argument("--variant", choices=tuple(VARIANTS), nargs="*", default=list(VARIANTS))
    parser.add_argument("--rows", type=int, default=60_000, help="of text, default 60000")
    parser.add_argument("--vectors", type=int, default=100_000, help="default 100000; 0 for none")
    options = parser.parse_args(arguments)
    console = Console()
    console.print(f"{processes.machine_line()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="embeddings-") as name:
        folder = Path(name)
        found = {one: measure_rows(folder, one, options.rows) for one in options.variant}
        if found:
            show_rows(found, console)
        if options.vectors:
            command = [*PROBE, "index", str(folder / "index"), str(options.vectors)]
            done = processes.run(command, processes.REPOSITORY, folder / "index.log")
            show_index(done.last_json(), console)
    console.print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
