"""A table as people export them: an index, an id, missing values, dates, lists, and a leak."""

import csv
import random
from pathlib import Path
from typing import Any

COLUMNS = ("", "customerID", "visits", "plan", "joined", "tags", "leaked", "always", "Churn?")


def write_customers(file: Path, rows: int = 600) -> None:
    """Writes customers, who leave if they rarely come and have the plan A, but not always."""
    draw = random.Random(1)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for number in range(rows):
            writer.writerow(_customer(number, draw))


def _customer(number: int, draw: random.Random) -> list[Any]:
    visits, plan = draw.randrange(300), draw.choice("ABC")
    leaves = (plan == "A") - visits / 150 + draw.gauss(0, 0.3) > -0.3
    day = f"{draw.randrange(1, 28)}/{draw.randrange(1, 13)}/2023"
    tags = "|".join(draw.sample(["new", "vip", "late"], draw.randrange(3)))
    name = f"c{number:05}-{draw.randrange(10**6)}"
    known = visits if draw.random() > 0.1 else ""
    reason, churn = ("moved", "Yes") if leaves else ("-", "No")
    return [number, name, known, plan, day, tags, reason, "x", churn]
