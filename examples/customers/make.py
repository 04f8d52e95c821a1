"""Writes a table of made-up customers, with what tables have: an index, an id, gaps, a leak.

Usage: python examples/customers/make.py customers.csv
"""

import argparse
import csv
import datetime
import random
from pathlib import Path
from typing import Any

COLUMNS = (
    *("", "customer_id", "visits", "plan", "joined", "interests", "monthly_fee", "newsletter"),
    *("country", "reason_for_leaving", "churn"),
)
FIRST_DAY = datetime.date(2023, 1, 1)
FEES = {"basic": 9.9, "plus": 19.9, "family": 29.9}
INTERESTS = ("music", "films", "sports", "news")


def customer(number: int, draw: random.Random) -> list[Any]:
    """Makes a customer, who leaves if the visits are few and the plan is basic, but not always."""
    visits, plan = draw.randrange(300), draw.choice(list(FEES))
    leaves = (plan == "basic") - visits / 150 + draw.gauss(0, 0.3) > -0.3
    day = FIRST_DAY + datetime.timedelta(days=draw.randrange(365))
    return [
        number,
        f"c{number:05}-{draw.randrange(10**6):06}",
        visits if draw.random() > 0.1 else "",
        plan,
        day.strftime("%d/%m/%Y"),
        "|".join(draw.sample(INTERESTS, draw.randrange(4))),
        f"€ {FEES[plan] + draw.choice((0, 2, 5)):.2f}",
        draw.choice(("yes", "no")),
        "DE",
        "moved" if leaves else "-",
        "yes" if leaves else "no",
    ]


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=800)
    arguments = parser.parse_args()
    draw = random.Random(1)
    with arguments.file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(customer(number, draw) for number in range(arguments.rows))


if __name__ == "__main__":
    main()
