"""Tables on consoles that are too narrow for them."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_WIDE = 10_000


def print_table(table: Table, console: Console) -> None:
    """Prints a table or, where it would be cut, its rows one below the other.

    The first column names the row.
    """
    options = console.options.update(width=_WIDE)
    if Measurement.get(console, options, table).maximum <= console.width:
        console.print(table)
        return
    names, *columns = table.columns
    width = max(len(str(column.header)) for column in columns)
    for place, name in enumerate(names.cells):
        console.print(name, highlight=False)
        for column in columns:
            value = " ".join(str(list(column.cells)[place]).split("\n"))
            if value:
                label = Text(f"  {column.header!s:<{width}}  ")
                console.print(label + Text.from_markup(value), highlight=False)
