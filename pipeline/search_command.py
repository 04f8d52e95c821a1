"""`zeroskew search`: the rows whose vectors are nearest."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.logs import quiet
from pipeline.narrow import print_table
from pipeline.options import Assignments, Config, Debug, Output, read_settings
from zeroskew.errors import SettingsError

if TYPE_CHECKING:
    from model.serving.vectors.index import Neighbour, VectorIndex
    from pipeline.served_models import Pair

_WIDE = 10_000


@dataclasses.dataclass(frozen=True)
class _Asked:
    """What a search starts from: one of three."""

    text: str | None
    row: str | None
    key: str | None

    def check(self) -> None:
        given = [f"--{name}" for name, value in vars(self).items() if value is not None]
        if len(given) != 1:
            raise SettingsError(
                "a search starts from one of --text, --row and --key",
                received=" and ".join(given) or "none of them",
                action="leave out the others" if given else "add one",
            )


def search(
    text: Annotated[
        str | None,
        typer.Option(help="Rows like this text, if the vectors are made of one column of text."),
    ] = None,
    row: Annotated[
        str | None,
        typer.Option(help='Rows like this one, an object of JSON: \'{"title": "Moby-Dick"}\'.'),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Rows like the one in the index that has this key, but for itself."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many rows at most.")] = 10,
    offset: Annotated[
        int, typer.Option(min=0, help="Leave out so many of the nearest: those already seen.")
    ] = 0,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="COLUMN=VALUE",
            help="What a column holds, or >= or <= for =. Of several values of a column any will "
            "do; of several columns all must hold. May be repeated.",
        ),
    ] = None,
    config: Config = None,
    output: Output = None,
    model: Annotated[
        Path | None,
        typer.Option(help="A SavedModel. Default: the newest pushed one that fits the index."),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(help="An index. Default: the newest pushed one that fits a model."),
    ] = None,
    assignments: Assignments = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, the last line of stdout.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Find the rows whose vectors are nearest to those of a text, a row, or a row of the index.

    Index and model are the newest that a run with `embeddings` in its settings has pushed, and
    bear the same fingerprint: vectors of two spaces are never compared.

    [bold]Examples[/bold]

      zeroskew search --config my_case/settings.yaml --text 'a whale and its captain'
      zeroskew search --config my_case/settings.yaml --key d000017 --limit 5
      zeroskew search --config my_case/settings.yaml --row '{"title": "Moby-Dick", "year": 1851}' \
--filter genre=novel --filter genre=tale --filter 'year>=1800'
      zeroskew search --model runs/docs/serving/1795988882 --index runs/docs/index/1795988890 \
--text 'a whale' --json
    """
    asked = _Asked(text, row, key)
    asked.check()
    settings = read_settings(config, output=output, assignments=assignments)
    # Files and other commands get whole lines.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    with Console(stderr=True).status("loading the index and the model ..."), quiet():
        from model.serving.vectors.index import VectorIndex
        from pipeline.search_query import parse_filters

        pair = _pair(asked, settings.output, model, index)
        opened = VectorIndex(pair.index)
        chosen = parse_filters(filters or [], opened.types)
        found = _find(asked, pair, opened, limit, offset, chosen)
    if as_json:
        typer.echo(json.dumps(_as_json(found, pair, offset), ensure_ascii=False))
        return
    console.print(_headline(pair, opened), highlight=False, soft_wrap=True, markup=False)
    if found:
        print_table(_table(found, pair, offset), console)
    else:
        console.print("no row: the filters, or --offset, leave none", highlight=False)


def _pair(asked: _Asked, output: Path, model: Path | None, index: Path | None) -> "Pair":
    from model.serving.vectors.records import IndexRecord
    from pipeline.served_models import Pair, newest_pair

    if asked.key is not None and index is not None and model is None:
        # The vector is in the index.
        return Pair(index, IndexRecord.read(index), None)
    return newest_pair(output, model, index)


def _find(
    asked: _Asked,
    pair: "Pair",
    index: "VectorIndex",
    limit: int,
    offset: int,
    chosen: dict[str, Any],
) -> "list[Neighbour]":
    from model.serving.predict import ask
    from model.serving.raw_columns import open_model
    from model.serving.vectors.space import EMBED, EMBEDDING
    from pipeline.search_query import key_of, row_of_json, row_of_text

    if asked.key is not None:
        key = key_of(asked.key, index.keys.type)
        vector = index.vector_of(key)
        (nearest,) = index.neighbours(vector[None], offset + limit + 1, filter=chosen)
        return [one for one in nearest if one.key != key][offset : offset + limit]
    assert pair.model is not None
    space = pair.record.space
    if asked.text is not None:
        row = row_of_text(asked.text, space)
    else:
        row = row_of_json(asked.row or "", space)
    vectors = ask(open_model(pair.model), EMBED, [row])[EMBEDDING]
    (nearest,) = index.neighbours(vectors, limit, offset=offset, filter=chosen)
    return nearest


def _headline(pair: "Pair", index: "VectorIndex") -> str:
    score = "the cosine" if pair.record.metric == "cosine" else "the distance"
    model = f" and model {pair.model}" if pair.model else ""
    return (
        f"index {pair.index}{model}, fingerprint {pair.record.space.fingerprint}: "
        f"{index.rows:,} rows, score is {score}"
    )


def _table(found: "list[Neighbour]", pair: "Pair", offset: int) -> Table:
    record = pair.record.table
    table = Table("rank", "score", *map(escape, (record.key, *record.columns)))
    for rank, one in enumerate(found, start=offset + 1):
        cells = [one.key, *(one.columns[name] for name in record.columns)]
        table.add_row(str(rank), f"{one.score:.4f}", *map(_cell, cells))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return escape(f"{value:g}" if isinstance(value, float) else str(value))


def _as_json(found: "list[Neighbour]", pair: "Pair", offset: int) -> dict[str, Any]:
    return {
        "index": str(pair.index),
        "model": str(pair.model) if pair.model else None,
        "vector_fingerprint": pair.record.space.fingerprint,
        "metric": pair.record.metric,
        "neighbours": [
            {"rank": rank, **dataclasses.asdict(one)}
            for rank, one in enumerate(found, start=offset + 1)
        ],
    }
