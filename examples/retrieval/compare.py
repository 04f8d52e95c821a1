"""Runs the pipeline with each way to read a text, and holds the searches against the questions.

Recall at 10 is the share of a question's answers among the first ten rows that are found, and the
reciprocal rank 1 / the place of the first answer, 0 if it is not among them; both are means over
the questions. A run whose index is there is not run again.

Usage: python examples/retrieval/compare.py [bag] [static] [bert]
"""

import csv
import dataclasses
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.table import Table

from model.embeddings.embedder import VECTOR, Embedder
from model.embeddings.vector_table import to_matrix
from model.serving.vectors.index import VectorIndex
from model.serving.vectors.space import require_space
from pipeline.logs import quiet

HERE = Path(__file__).parent
VARIANTS = ("bag", "static", "bert")
NEAREST = 10


@dataclasses.dataclass(frozen=True)
class Quality:
    """How well a search finds the answers.

    Attributes:
        recall: at 10.
        reciprocal_rank: the mean.
        dimension: of the vectors.
    """

    recall: float
    reciprocal_rank: float
    dimension: int


def read_questions(file: Path) -> dict[str, set[str]]:
    """Returns the keys of each question's answers."""
    answers: dict[str, set[str]] = {}
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            answers.setdefault(row["question"], set()).add(row["key"])
    return answers


def measure(output: Path, answers: dict[str, set[str]]) -> Quality:
    """Asks the newest index of a run all questions."""
    index = VectorIndex(newest(output / "index"))
    embedder = Embedder(output / "serving" / str(index.record.table.model_version))
    require_space(embedder.space, index.record.space.fingerprint, "the index")
    texts = pa.array([question.encode() for question in answers])
    vectors = to_matrix(
        embedder.answer(pa.RecordBatch.from_pydict({"text": texts})).answers[VECTOR]
    )
    recalls, ranks = [], []
    for found, wanted in zip(index.neighbours(vectors, NEAREST), answers.values(), strict=True):
        places = [place for place, one in enumerate(found, 1) if one.key in wanted]
        recalls.append(len(places) / len(wanted))
        ranks.append(1 / places[0] if places else 0.0)
    count = len(answers)
    return Quality(sum(recalls) / count, sum(ranks) / count, vectors.shape[1])


def newest(folder: Path) -> Path:
    """Returns the newest version in a folder."""
    return max(folder.iterdir(), key=lambda version: int(version.name))


def run(variant: str) -> Path:
    """Runs the pipeline unless it has been run; returns the output folder."""
    output = HERE.parent.parent / "runs" / f"retrieval_{variant}"
    if not (output / "index").exists():
        program = Path(sys.executable).with_name("zeroskew")
        settings = ["--config", str(HERE / "settings.yaml"), "--output", str(output)]
        features = ["--set", f"features={HERE / f'features_{variant}.py'}"]
        subprocess.run([str(program), "run", *settings, *features], check=True)
    return output


def main(variants: Sequence[str]) -> None:
    """Prints a line for each variant."""
    answers = read_questions(HERE / "questions.csv")
    table = Table("text as", "numbers", f"recall@{NEAREST}", "MRR")
    for variant in variants or VARIANTS:
        output = run(variant)
        with quiet():
            found = measure(output, answers)
        scores = [f"{found.recall:.3f}", f"{found.reciprocal_rank:.3f}"]
        table.add_row(variant, str(found.dimension), *scores)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
