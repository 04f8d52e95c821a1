"""Which rows get vectors, and how they are searched."""

from typing import Annotated, Literal

from pydantic import Field

from model.settings import Fraction, PositiveInt, Section


class EmbeddingsSettings(Section):
    """What stands beside a vector.

    Attributes:
        key: column that names the row; no two rows have the same.
        columns: more columns, by which a search can be filtered, and which it shows.
        numpy: whether vectors and keys are written as `.npy` files as well.
        projector_rows: how many vectors TensorBoard's projector gets; 0 for none.
    """

    key: str
    columns: tuple[str, ...] = ()
    numpy: bool = False
    projector_rows: Annotated[int, Field(ge=0)] = 5_000


class IndexSettings(Section):
    """How vectors are searched.

    Attributes:
        kind: ``flat`` compares with each vector; ``hnsw`` follows a graph of neighbours; ``ivf``
            looks into the nearest of many lists. ``auto`` is flat where there are few, and hnsw.
        flat_up_to: vectors that ``auto`` still compares each.
        neighbours: of a vector in the graph of hnsw.
        build_width: candidates that hnsw looks at for each vector that it adds.
        search_width: candidates that hnsw looks at for each query.
        lists: of ivf; four times the root of the number of vectors unless given.
        probes: lists that ivf looks into; one in 16, but at least 8, unless given.
        recall: share of the ten nearest vectors that a search must find.
        queries: rows of the eval split that measure it.
    """

    kind: Literal["auto", "flat", "hnsw", "ivf"] = "auto"
    flat_up_to: PositiveInt = 10_000
    neighbours: Annotated[int, Field(ge=2)] = 32
    build_width: PositiveInt = 100
    search_width: PositiveInt = 64
    lists: PositiveInt | None = None
    probes: PositiveInt | None = None
    recall: Fraction = 0.95
    queries: PositiveInt = 500
